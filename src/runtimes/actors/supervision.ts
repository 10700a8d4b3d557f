import { isTailfoldError, type TailfoldError } from '../../core/base/errors.ts'
import type { Platform } from '../../core/base/platform.ts'

/** How an actor is treated whose handler throws. A refusal, a conflict or an unreachable store is no failure of it. */
export interface SupervisionOptions {
  /** Restarts allowed within `withinMs`; one more failure stops the actor. Default 10. */
  readonly maxRestarts?: number
  /** Length of that window in milliseconds. Default 60,000. */
  readonly withinMs?: number
  /** Wait before the first restart, doubled for each further one in the window. Default 10 ms. */
  readonly backoffMs?: number
  /** Longest wait. Default 1,000 ms. */
  readonly maxBackoffMs?: number
  /** Told of every failure and what followed. Default: one line on stderr. */
  readonly onFailure?: (failure: ActorFailure) => void
}

/** What happened to an actor, and what was done about it. */
export interface ActorFailure {
  /** `account/acc-001`. */
  readonly entity: string
  readonly error: TailfoldError
  /** `resumed`: the command of a `tell` failed for another reason, a refusal for example, and nobody waited for it. */
  readonly decision: 'restarted' | 'stopped' | 'resumed'
  /** Restarts within the window, this one included. */
  readonly restarts: number
  /** Milliseconds until the actor takes messages again; 0 when stopped. */
  readonly delayMs: number
}

/** True for the errors after which an actor is restarted: its own handlers failed. */
export function isActorFailure(error: unknown): error is TailfoldError {
  return (
    isTailfoldError(error, 'handler-failed') ||
    isTailfoldError(error, 'unknown-event') ||
    isTailfoldError(error, 'not-json')
  )
}

/** Counts restarts within the window: what to do about the next failure. */
export function restartWindow(platform: Platform, options: SupervisionOptions) {
  const { maxRestarts = 10, withinMs = 60_000, backoffMs = 10, maxBackoffMs = 1_000 } = options
  let restartedAt: readonly number[] = []
  return (): Pick<ActorFailure, 'decision' | 'restarts' | 'delayMs'> => {
    const now = platform.now()
    restartedAt = restartedAt.filter((time) => now - time < withinMs)
    const restarts = restartedAt.length
    if (restarts >= maxRestarts) return { decision: 'stopped', restarts, delayMs: 0 }
    restartedAt = [...restartedAt, now]
    const delayMs = Math.min(maxBackoffMs, backoffMs * 2 ** restarts)
    return { decision: 'restarted', restarts: restarts + 1, delayMs }
  }
}

/** The default of `onFailure`. */
export function reportFailure({ entity, error, decision, restarts, delayMs }: ActorFailure): void {
  const what = {
    restarted: `restarted from its journal in ${delayMs} ms (restart ${restarts})`,
    stopped: `stopped after ${restarts} restarts`,
    resumed: 'Nobody waited for the answer.',
  }[decision]
  console.error(`tailfold: ${entity}: ${error.code}: ${error.message} ${what}`, error.cause ?? '')
}
