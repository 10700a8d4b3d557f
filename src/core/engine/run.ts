import { type Meter, startMeter } from '../base/cost.ts'
import { describeEntity, type EntityKey } from '../base/entity-key.ts'
import { conflictBudgetExhausted } from '../base/failures.ts'
import { type Platform, sleep } from '../base/platform.ts'
import type { Backoff } from './backoff.ts'
import type { Effort } from './observer.ts'

/** How long and how often the engine tries. */
export interface RetryOptions {
  /** Attempts of one batch or read, the first included: lost races and store faults both count. Default 100. */
  readonly maxAttempts?: number
  /** Milliseconds a command may take when the caller gives no deadline. Default 10,000. */
  readonly timeoutMs?: number
  /** Milliseconds after which one request to the store counts as unanswered. Default 3,000. */
  readonly requestTimeoutMs?: number
}

/** One execution of a batch, or one read: its clock, deadline, attempts, pauses and cost. All pauses have full jitter. */
export interface Run {
  readonly platform: Platform
  readonly entity: EntityKey
  /** Milliseconds since the Unix epoch. */
  readonly deadline: number
  /** How often an entity had been forgotten when it began; see `Shared.keep`. */
  readonly forgets: number
  /** Milliseconds until the deadline; never negative. */
  remainingMs(): number
  /** Another writer won. Pauses as the contention asks for; throws `conflict-budget-exhausted` where no attempt is left. */
  backOff(beganWarm: boolean): Promise<void>
  /** The store failed or did not answer: pauses, twice as long each time. False where no attempt is left. */
  afterFault(): Promise<boolean>
  /** Attempts begun, the first included. */
  attempts(): number
  /** Attempts that another writer won. */
  conflicts(): number
  /** Counts commits that were folded. */
  countFolded(commits: number): void
  /** Receives the cost of each request; `undefined` unless costs are asked for. */
  readonly meter: Meter | undefined
  /** Counts a read of the commits of the period in which ids are remembered. */
  countPeriodRead(): void
  /** What was spent so far on so many commands, decided on that revision. */
  effort(commands: number, revisionBefore: number | undefined): Effort
}

const faultPauseMs = 25
const longestFaultPauseMs = 1_000

/** What a run is made of. */
export interface RunOptions {
  readonly platform: Platform
  readonly backoff: Backoff
  readonly roundTripMs: () => number
  readonly entity: EntityKey
  readonly deadline: number
  readonly forgets: number
  readonly maxAttempts: number
  /** True to count what is spent. */
  readonly costs: boolean
}

/** Starts a run. */
export function startRun(options: RunOptions): Run {
  const { platform, backoff, roundTripMs, entity, deadline, forgets, maxAttempts, costs } = options
  const name = describeEntity(entity)
  const spent = costs ? startMeter() : undefined
  let attempts = 1
  let conflicts = 0
  let faults = 0
  let foldedCommits = 0
  let periodReads = 0
  const remainingMs = () => Math.max(0, deadline - platform.now())

  async function pause(longestMs: number): Promise<boolean> {
    if (attempts >= maxAttempts || remainingMs() < roundTripMs()) return false
    attempts += 1
    const pauseMs = platform.random() * Math.min(longestMs, remainingMs() / 2)
    if (pauseMs > 0) await sleep(platform, pauseMs)
    return remainingMs() >= roundTripMs()
  }

  return {
    platform,
    entity,
    deadline,
    forgets,
    remainingMs,
    async backOff(beganWarm) {
      conflicts += 1
      const longestMs = beganWarm && conflicts === 1 ? 0 : backoff.pauseAfterConflict(name, conflicts)
      if (!(await pause(longestMs))) throw conflictBudgetExhausted(entity, conflicts)
    },
    afterFault: () => pause(Math.min(longestFaultPauseMs, faultPauseMs * 2 ** faults++)),
    attempts: () => attempts,
    conflicts: () => conflicts,
    countFolded: (commits) => void (foldedCommits += commits),
    meter: spent?.meter,
    countPeriodRead: () => void (periodReads += 1),
    effort: (commands, revisionBefore) => ({
      revisionBefore,
      attempts,
      conflicts,
      replayedCommits: foldedCommits,
      periodReads,
      cost: spent && { ...spent.total(), attempts, commands },
    }),
  }
}
