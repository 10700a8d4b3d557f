import { checkNames, type OptionNames, requestNames } from '../core/base/check-options.ts'
import type { RequestOptions } from '../core/base/cost.ts'
import type { ChangeFeed } from '../core/journal/journal.ts'
import { catchUp } from './catch-up.ts'
import type { Consumers } from './consumers.ts'
import { catchUpRequest } from './feed-cursor.ts'

/** Options of {@link runDueCatchUps}. */
export interface DueCatchUpsOptions extends RequestOptions {
  /** Reaches back to the first commit, and ends: `dynamoDbScan`. */
  readonly feed: ChangeFeed
  /** Milliseconds since the Unix epoch; nothing begins after it. Default: none. */
  readonly deadline?: number | undefined
}

const optionNames: OptionNames<DueCatchUpsOptions> = { ...requestNames, feed: true, deadline: true }

/**
 * Does the catch-ups that `tailfold consumers catch-up` has asked for, and the first of each consumer that starts from the
 * beginning, one consumer after the other. What the deadline cuts off is continued by the next call. For functions that no
 * follower serves; `streamHandler` calls it. Throws what the feed and the row store throw.
 */
export async function runDueCatchUps(consumers: Consumers, given: DueCatchUpsOptions): Promise<void> {
  checkNames('runDueCatchUps', given, optionNames)
  const { deadline = Infinity, ...options } = given
  const { feed: _, ...request } = options
  for (const consumer of consumers.consumers) {
    if (consumers.platform.now() >= deadline) return
    const due = await catchUpRequest(consumers.rows, consumer, request)
    if (due === undefined) continue
    const { run } = due
    const { complete, failed } = await catchUp(consumers, { ...options, only: consumer.id, run, deadline })
    if (complete && failed === 0) await due.end()
  }
}
