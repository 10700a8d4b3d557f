import type { Change } from '../../core/journal/journal.ts'
import type { ParkedEntity } from '../../consumers/index.ts'
import type { ConsumerFault } from './classes.ts'
import type { ConsumersPlan } from './plan.ts'
import type { Reached } from './read-models/checked-rows.ts'
import type { RowCosts } from './read-models/row-costs.ts'
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
  /** Requests for commits of entities whose states ride, and writes of positions, of the feed. */
  readonly reads: number
  readonly writes: number
  readonly calls: (key: string, sequenceNr: number) => number
  /** Whether the crash at a wait came. */
  readonly crashed: boolean
  readonly readModels: ReadModelsHistory
}

/** What happened to the rows of the view and the projection. */
export interface ReadModelsHistory {
  /** How far each entity is, by consumer id and key, when the feed has been read. */
  readonly afterShard: ReadonlyMap<string, Reached>
  readonly atEnd: ReadonlyMap<string, Reached>
  /** Keys of the entities that were parked until the code was mended, by consumer id. */
  readonly held: ReadonlyMap<string, readonly string[]>
  /** What was found broken in rows as they were written, in answers, and in what a rebuild made. */
  readonly written: readonly string[]
  readonly read: readonly string[]
  readonly rebuilt: readonly string[]
  /** Whether a rebuild came to its end. */
  readonly isRebuilt: boolean
  /** Reads that were answered. */
  readonly answered: number
  /** What the consumers of the feed asked of the row store, by their ids. */
  readonly costs: ReadonlyMap<string, RowCosts>
  /** The key of each state that was read for a row. */
  readonly recovered: readonly string[]
}
