import { type Platform, sleep } from './platform.ts'

/** How long and how often the engine tries. */
export interface RetryOptions {
  /** Attempts to write one command (or batch) when others win. Default 100. */
  readonly maxAttempts?: number
  /** Milliseconds a command may take when the caller gives no deadline. Default 10,000. */
  readonly timeoutMs?: number
  /** Milliseconds after which one request to the store counts as unanswered. Default 3,000. */
  readonly requestTimeoutMs?: number
}

/** The attempts and the time left to one batch of commands. */
export interface RetryBudget {
  /** Milliseconds until the deadline; never negative. */
  remainingMs(): number
  /** Waits, then answers whether another attempt may begin. Another writer won: wait a few round trips, with full jitter. */
  afterConflict(): Promise<boolean>
  /** The store failed or said nothing: wait longer each time, with full jitter. */
  afterFault(): Promise<boolean>
  /** Attempts begun, the first included. */
  attempts(): number
  /** Attempts that another writer won. */
  conflicts(): number
}

/**
 * The first conflict is answered at once: the winner is known, and mostly there was just one. Then full jitter over 4,
 * 8 and 16 round trips: writers spread out, and nobody waits long on a store that is fast.
 */
const conflictRoundTrips = [0, 4, 8, 16]
const faultBaseMs = 25
const faultMaxMs = 1_000

/** Starts a budget. `roundTripMs` is asked at every wait. */
export function startRetryBudget(
  platform: Platform,
  options: { readonly deadline: number; readonly maxAttempts: number; readonly roundTripMs: () => number },
): RetryBudget {
  let attempts = 1
  let conflicts = 0
  let faults = 0
  const remainingMs = () => Math.max(0, options.deadline - platform.now())

  async function pause(longestMs: number): Promise<boolean> {
    if (attempts >= options.maxAttempts) return false
    const waitMs = platform.random() * longestMs
    if (waitMs >= remainingMs()) return false
    await sleep(platform, waitMs)
    attempts += 1
    return true
  }

  return {
    remainingMs,
    attempts: () => attempts,
    conflicts: () => conflicts,
    afterConflict: () => pause(options.roundTripMs() * (conflictRoundTrips[conflicts++] ?? 16)),
    afterFault: () => pause(Math.min(faultMaxMs, faultBaseMs * 2 ** faults++)),
  }
}
