import type { Change } from '../../core/journal/journal.ts'
import type { ParkedEntity } from '../../consumers/index.ts'
import type { ConsumerFault } from './classes.ts'
import type { ConsumersPlan } from './plan.ts'
import type { ShardEnd } from './run-shard.ts'
import type { Effect } from './target.ts'

/** What happened. */
export interface ConsumersHistory {
  readonly plan: ConsumersPlan
  readonly counts: ReadonlyMap<ConsumerFault, number>
  /** The key of each entity. */
  readonly keys: readonly string[]
  /** Every commit there is, in order. */
  readonly changes: readonly Change[]
  /** The sequence number of the last event of a commit. */
  readonly lastOf: (key: string, revision: number) => number
  readonly effects: readonly Effect[]
  /** The effects when the feed had been read to its end, before anything was done about what was lost or parked. */
  readonly afterShard: readonly Effect[]
  readonly shard: ShardEnd
  /** The positions at that time. */
  readonly positionsAfterShard: ReadonlyMap<string, number>
  /** What was reported as parked. */
  readonly parked: readonly ParkedEntity[]
  /** Keys of the entities that were parked when the feed had been read. */
  readonly held: readonly string[]
  /** What was found broken while it ran. */
  readonly problems: readonly string[]
  /** Requests for commits, and writes of positions, of the feed. */
  readonly reads: number
  readonly writes: number
  readonly calls: (key: string, sequenceNr: number) => number
  /** Whether the crash at a wait came. */
  readonly crashed: boolean
}
