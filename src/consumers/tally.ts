import type { Commit } from '../core/journal/commit.ts'
import type { Hint } from './hints.ts'

/** What became of a batch for one consumer. */
export interface DeliveryReport {
  /** `<name>@<version>`. */
  readonly consumer: string
  readonly events: number
  readonly commits: number
  /** Changes whose commits had been handled before. */
  readonly repeats: number
  /** Commits that were read from the journal, as their records did not come with the batch. */
  readonly gapReads: number
  /** Entities that were not delivered because they are parked, or wait to be delivered apart. */
  readonly held: number
  /** Entities parked by this batch. */
  readonly parked: readonly ParkedEntity[]
  /** Entities to be delivered again, and why. */
  readonly failed: readonly FailedEntity[]
  /** Milliseconds from the commits to the end of their handling, by the clocks of both. 0 without commits. */
  readonly lagMs: { readonly max: number; readonly mean: number }
}

/** An entity that a consumer could not go on with. */
export interface ParkedEntity {
  /** The key of the entity: `account/acc-001`. */
  readonly key: string
  /** The commit that could not be handled. `undefined` of a view that was given the newest state, not a certain commit. */
  readonly revision: number | undefined
  readonly error: unknown
}

/** An entity whose delivery failed on what passes by itself. */
export interface FailedEntity {
  readonly key: string
  /** Where its changes are in the batch. */
  readonly places: readonly number[]
  readonly error: unknown
}

/** Counts what becomes of a batch. */
export interface DeliveryTally {
  handled(commits: readonly Commit[], now: number): void
  repeated(changes: number): void
  read(commits: number): void
  held(): void
  parked(entity: ParkedEntity): void
  failed(hint: Hint, error: unknown): void
  report(): DeliveryReport
}

/** Starts at nothing. */
export function startDeliveryTally(consumer: string): DeliveryTally {
  const count = { events: 0, commits: 0, repeats: 0, gapReads: 0, held: 0 }
  const lag = { max: 0, sum: 0 }
  const parked: ParkedEntity[] = []
  const failed: FailedEntity[] = []
  return {
    handled(commits, now) {
      for (const { events, timestamp } of commits) {
        const ms = Math.max(0, now - timestamp)
        lag.max = Math.max(lag.max, ms)
        lag.sum += ms
        count.events += events.length
        count.commits += 1
      }
    },
    repeated: (changes) => void (count.repeats += changes),
    read: (commits) => void (count.gapReads += commits),
    held: () => void (count.held += 1),
    parked: (entity) => void parked.push(entity),
    failed: ({ key, places }, error) => void failed.push({ key, places, error }),
    report: () => ({
      consumer,
      ...count,
      parked,
      failed,
      lagMs: { max: lag.max, mean: count.commits === 0 ? 0 : lag.sum / count.commits },
    }),
  }
}
