import type { RequestOptions } from '../core/base/cost.ts'
import type { Platform } from '../core/base/platform.ts'
import type { RowStore } from '../journal/row-store.ts'
import type { FollowedJournal } from './missing-commits.ts'
import type { Positions } from './positions.ts'
import type { DeliveryTally } from './tally.ts'

/** One batch on its way to one consumer. */
export interface Delivery<Of> {
  readonly consumer: Of
  readonly journal: FollowedJournal
  readonly rows: RowStore
  readonly positions: Positions
  readonly platform: Platform
  readonly tally: DeliveryTally
  readonly request: RequestOptions
  /** The `meta.replay` of the events. */
  readonly replay: boolean
  /** Asked before each handler: with false, what is left must be delivered again. */
  readonly mayBegin: () => boolean | Promise<boolean>
  /** Delivers entities that are behind or to be retried, however much that is. */
  readonly takesHeld: boolean
  /** Commits before it are not delivered of entities without a position. Absent: all are. */
  readonly startTime?: number | undefined
}
