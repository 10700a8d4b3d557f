import type { Platform } from '../../core/base/platform.ts'
import type { ActorFailure } from './failure.ts'

/** What happens to an actor whose handler throws. A rejection, a conflict or an unreachable store is not its failure. */
export interface SupervisionOptions {
  /** Restarts allowed within `withinMs`; one more failure stops the actor. Default 10; 0 stops it at the first. */
  readonly maxRestarts?: number
  /** Length of that window in milliseconds. Default 60,000. */
  readonly withinMs?: number
  /** Wait before the first restart in milliseconds, doubled for each further one in the window. Default 10. */
  readonly backoffMs?: number
  /** Longest wait in milliseconds. Default 1,000. */
  readonly maxBackoffMs?: number
  /**
   * Called once for each failure, and for each told command that failed. What it throws, or rejects later, is written to
   * stderr and changes nothing. Default: one line on stderr.
   */
  readonly onFailure?: (failure: ActorFailure) => unknown
}

/** Counts the restarts of one actor. */
export interface Supervisor {
  /** Counts a failure and says what follows. */
  decide(): Pick<ActorFailure, 'decision' | 'restarts' | 'delayMs'>
  /** Restarts that still count. */
  restarts(): number
  /** True when one more failure stops the actor. */
  nextStops(): boolean
}

/** Makes the supervisor of one actor. */
export function supervisor(platform: Platform, options: SupervisionOptions): Supervisor {
  const { maxRestarts = 10, withinMs = 60_000, backoffMs = 10, maxBackoffMs = 1_000 } = options
  let restartedAt: readonly number[] = []

  function restarts(): number {
    if (restartedAt.length === 0) return 0
    const now = platform.now()
    restartedAt = restartedAt.filter((time) => now - time < withinMs)
    return restartedAt.length
  }

  return {
    restarts,
    nextStops: () => restarts() >= maxRestarts,
    decide() {
      const before = restarts()
      if (before >= maxRestarts) return { decision: 'stopped', restarts: before, delayMs: 0 }
      restartedAt = [...restartedAt, platform.now()]
      const delayMs = Math.min(maxBackoffMs, backoffMs * 2 ** before)
      return { decision: 'restarted', restarts: before + 1, delayMs }
    },
  }
}
