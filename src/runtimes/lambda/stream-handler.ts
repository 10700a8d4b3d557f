import {
  type ConsumerHealth,
  type Consumers,
  firstFailedPlace,
  runDueCatchUps,
} from '../../consumers/index.ts'
import { aFunction, type Checks, checkOptions, wholeNumber } from '../../core/base/check-options.ts'
import type { ChangeFeed } from '../../core/journal/journal.ts'
import { type DynamoDbStreamRecord, streamChange } from '../../stores/dynamodb/streams/stream-record.ts'
import { callHook } from '../../core/engine/hooks.ts'
import type { LambdaContext } from './handler.ts'

/** Options of {@link streamHandler}. */
export interface StreamHandlerOptions {
  /** Milliseconds kept of the remaining time for the answer; no consumer's handler begins after that. Default 1,000. */
  readonly safetyMarginMs?: number
  /**
   * Called for each scheduled event with how the consumers are, for metrics: one request for each consumer. What it throws
   * is ignored. Default: none.
   */
  readonly onHealth?: (consumers: readonly ConsumerHealth[]) => void
  /**
   * All commits, such as `dynamoDbScan({ tableName })`: scheduled events then do the catch-ups that
   * `tailfold consumers catch-up` asks for, and the first of each consumer that starts from the beginning. A stream holds
   * the last 24 hours only. Default: none.
   */
  readonly catchUpFeed?: ChangeFeed
}

const checks: Checks<StreamHandlerOptions> = {
  safetyMarginMs: wholeNumber(0),
  onHealth: aFunction,
  catchUpFeed: ['a feed of changes', (value) => typeof (value as ChangeFeed | null)?.changes === 'function'],
}

/** What Lambda reads of the answer: it delivers again from the lowest of these records on. */
export interface StreamBatchResponse {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[]
}

/**
 * The consumers as a Lambda handler for the event source mapping of a table's stream, with `ReportBatchItemFailures`. The
 * answer names the first record that has to come again, if any; what was handled after it is then skipped by position. An
 * entity that cannot be handled is parked and holds up nobody.
 *
 * A scheduled event of EventBridge makes it deliver the entities that `tailfold consumers retry` has released, and those
 * that were too far behind for a batch, and go on with a catch-up for as long as the invocation has time. Wrap it with middy as any other handler. Rejects with `TypeError` for an event of
 * another kind.
 */
export function streamHandler(
  consumers: Consumers,
  options: StreamHandlerOptions = {},
): (event: unknown, context: LambdaContext) => Promise<StreamBatchResponse> {
  if (typeof (consumers as Partial<Consumers> | undefined)?.deliver !== 'function')
    throw new TypeError('streamHandler needs consumers as its first argument, as createConsumers makes them.')
  checkOptions('streamHandler', options, checks)
  const { safetyMarginMs = 1_000, onHealth, catchUpFeed } = options
  const deadlineOf = (context: LambdaContext) => {
    const remainingMs = context.getRemainingTimeInMillis?.()
    return remainingMs === undefined ? undefined : consumers.platform.now() + remainingMs - safetyMarginMs
  }
  return async (event, context) => {
    const deadline = deadlineOf(context)
    if (isSchedule(event)) {
      // What fails slowly must not keep those behind it from being tried by the next schedule.
      const forMs = deadline === undefined ? undefined : deadline - consumers.platform.now()
      await consumers.deliverHeld({ deadline, forMs })
      if (onHealth !== undefined) {
        const health = await consumers.health()
        callHook(() => onHealth(health.consumers))
      }
      if (catchUpFeed !== undefined) await runDueCatchUps(consumers, { feed: catchUpFeed, deadline })
      return { batchItemFailures: [] }
    }
    const decoded = recordsOf(event).flatMap((record) => {
      const change = streamChange(record)
      return change === undefined ? [] : [{ change, record }]
    })
    const changes = decoded.map(({ change }) => change)
    const place = firstFailedPlace(await consumers.deliver(changes, { deadline }))
    const failed = place === undefined ? undefined : decoded[place]?.record.dynamodb?.SequenceNumber
    return { batchItemFailures: failed === undefined ? [] : [{ itemIdentifier: failed }] }
  }
}

/** Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-run-lambda-schedule.html */
function isSchedule(event: unknown): boolean {
  return (event as { readonly source?: unknown } | null)?.source === 'aws.events'
}

function recordsOf(event: unknown): readonly DynamoDbStreamRecord[] {
  const { Records: records } = (event ?? {}) as { readonly Records?: unknown }
  const isStream = Array.isArray(records) && records.every(isStreamRecord)
  if (!isStream) {
    throw new TypeError(
      'Unsupported event. streamHandler accepts the events of an event source mapping from a DynamoDB stream, and scheduled ones.',
    )
  }
  return records as readonly DynamoDbStreamRecord[]
}

function isStreamRecord(record: unknown): boolean {
  return typeof (record as DynamoDbStreamRecord | null)?.dynamodb?.SequenceNumber === 'string'
}
