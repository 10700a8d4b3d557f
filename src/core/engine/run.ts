import type { Contention } from './backoff.ts'
import { type CommandCost, type Meter, startMeter } from '../base/cost.ts'
import { type Platform, sleep } from '../base/platform.ts'

/** How long and how often the engine tries. */
export interface RetryOptions {
  /** Attempts to write one command (or batch) when others win. Default 100. */
  readonly maxAttempts?: number
  /** Milliseconds a command may take when the caller gives no deadline. Default 10,000. */
  readonly timeoutMs?: number
  /** Milliseconds after which one request to the store counts as unanswered. Default 3,000. */
  readonly requestTimeoutMs?: number
}

/** The attempts and the time left to one batch of commands. All pauses have full jitter. */
export interface RetryBudget {
  /** Milliseconds until the deadline; never negative. */
  remainingMs(): number
  /** Another writer won: pauses as the contention asks for, then answers whether another attempt may begin. */
  afterConflict(): Promise<boolean>
  /** The store failed or said nothing: pauses twice as long each time, then answers the same. */
  afterFault(): Promise<boolean>
  /** Attempts begun, the first included. */
  attempts(): number
  /** Attempts that another writer won. */
  conflicts(): number
  /** Notes that so many commits were folded. */
  folded(commits: number): void
  /** Commits folded so far. */
  foldedCommits(): number
  /** Told the cost of each request; `undefined` unless costs are asked for. */
  readonly meter: Meter | undefined
  /** What was spent so far on so many commands; `undefined` unless costs are asked for. */
  cost(commands: number): CommandCost | undefined
}

const faultPauseMs = 25
const longestFaultPauseMs = 1_000

/** What bounds a budget. */
export interface RetryLimits {
  readonly deadline: number
  readonly maxAttempts: number
  /** True to count what is spent. */
  readonly costs: boolean
}

/** Starts a budget that ends at `deadline`, in milliseconds since the Unix epoch, or after `maxAttempts`. */
export function startRetryBudget(
  platform: Platform,
  contention: Contention,
  { deadline, maxAttempts, costs }: RetryLimits,
): RetryBudget {
  const spent = costs ? startMeter() : undefined
  let attempts = 1
  let conflicts = 0
  let faults = 0
  let foldedCommits = 0
  const remainingMs = () => Math.max(0, deadline - platform.now())

  async function pause(longestMs: number): Promise<boolean> {
    if (attempts >= maxAttempts || remainingMs() < contention.roundTripMs()) return false
    attempts += 1
    const pauseMs = platform.random() * Math.min(longestMs, remainingMs() / 2)
    if (pauseMs > 0) await sleep(platform, pauseMs)
    return remainingMs() >= contention.roundTripMs()
  }

  return {
    meter: spent?.meter,
    cost: (commands) => spent && { ...spent.total(), attempts, commands },
    remainingMs,
    attempts: () => attempts,
    conflicts: () => conflicts,
    folded: (commits) => void (foldedCommits += commits),
    foldedCommits: () => foldedCommits,
    afterConflict() {
      conflicts += 1
      return pause(contention.conflict(conflicts))
    },
    afterFault: () => pause(Math.min(longestFaultPauseMs, faultPauseMs * 2 ** faults++)),
  }
}
