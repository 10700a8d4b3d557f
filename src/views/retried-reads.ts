import type { RequestOptions } from '../core/base/cost.ts'
import { storeFailure } from '../core/base/failures.ts'
import type { Platform } from '../core/base/platform.ts'
import { startBackoff } from '../core/engine/backoff.ts'
import { journalRequests } from '../core/engine/requests.ts'
import { type RetryOptions, startRun } from '../core/engine/run.ts'
import type { RowStore } from '../journal/row-store.ts'

/** What a reader of rows uses of a row store. */
export type RowReads = Pick<RowStore, 'get' | 'query' | 'limits'>

/** The reads of one answer: they share a deadline and a number of attempts. */
export interface AnswerReads {
  readonly rows: RowReads
  /** Milliseconds since the Unix epoch. */
  readonly deadline: number
  /** Repeats a read that fails or does not answer, as the engine repeats its own. */
  repeat<Answer>(
    operation: string,
    request: RequestOptions,
    ask: (request: RequestOptions) => PromiseLike<Answer>,
  ): Promise<Answer>
}

/** Starts the reads of an answer. Default deadline: `retry.timeoutMs` from now. */
export type StartReads = (deadline: number | undefined) => AnswerReads

/**
 * Reads of rows as reliable as those of the journal: each has the time-out of a request and is repeated after a fault that
 * may pass, with pauses, until attempts or time run out.
 */
export function retriedReads(rows: RowStore, platform: Platform, retry: RetryOptions = {}): StartReads {
  const { maxAttempts = 100, timeoutMs = 10_000, requestTimeoutMs = 3_000 } = retry
  const requests = journalRequests(platform, requestTimeoutMs)
  const { roundTripMs } = requests
  const backoff = startBackoff(roundTripMs)

  return (deadline = platform.now() + timeoutMs) => {
    const entity = { entityType: '', entityId: '' }
    const shared = { platform, backoff, roundTripMs, entity, forgets: 0, costs: false }
    const run = startRun({ ...shared, deadline, maxAttempts })
    const repeat: AnswerReads['repeat'] = (operation, { signal, meter }, ask) =>
      requests.repeat(run, async () => {
        try {
          return await requests.send(operation, run, (own) =>
            ask({ meter, signal: eitherOf(signal, own.signal) }),
          )
        } catch (error) {
          if (signal?.aborted !== true) throw error
          throw storeFailure(operation, 'its caller aborted it', {
            applied: 'no',
            retryable: false,
            cause: error,
          })
        }
      })
    return {
      deadline,
      repeat,
      rows: {
        limits: rows.limits,
        get: (keys, { consistency, ...request } = {}) =>
          repeat('read rows', request, (own) => rows.get(keys, { ...own, consistency })),
        query: (query, request = {}) => repeat('query rows', request, (own) => rows.query(query, own)),
      },
    }
  }
}

function eitherOf(one: AbortSignal | undefined, other: AbortSignal | undefined): AbortSignal | undefined {
  return one === undefined || other === undefined ? (one ?? other) : AbortSignal.any([one, other])
}
