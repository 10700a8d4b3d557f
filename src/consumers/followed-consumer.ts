import type { ChangeFeed } from '../core/journal/journal.ts'
import type { Consumers } from './consumers.ts'

/** What following one consumer takes. */
export interface FollowedConsumer {
  readonly consumers: Consumers
  /** The id of the consumer. */
  readonly consumer: string
  readonly feed: ChangeFeed
  readonly signal: AbortSignal
  readonly onError: (error: unknown, consumer: string) => void
  /** Called whenever it begins to fail, or goes on. */
  readonly onFailing: (failing: boolean, consumer: string) => void
  /** Names this follower. */
  readonly holder: string
}
