import { isTailfoldError, type TailfoldError } from '../base/errors.ts'
import { storeFailure } from '../base/failures.ts'
import type { RequestOptions } from '../base/cost.ts'
import { after, type Platform } from '../base/platform.ts'
import type { Run } from './run.ts'

/** Requests to a journal with a time-out each, and repeated where that changes nothing. */
export interface Requests {
  /** What a request takes when nothing is in its way, in milliseconds; at least 1. */
  readonly roundTripMs: () => number
  /** One request. Throws `store-unavailable` when it fails or takes too long; it is aborted then. */
  send<Answer>(
    operation: string,
    run: Run | undefined,
    ask: (request: RequestOptions) => PromiseLike<Answer>,
  ): Promise<Answer>
  /** Repeats a read, which changes nothing, while its run allows. */
  repeat<Answer>(run: Run, read: () => Promise<Answer>): Promise<Answer>
}

/** The estimate follows fast requests at once and slow ones slowly: new connections and pauses say little. */
const fasterWeight = 0.5
const slowerWeight = 0.05

/** Makes the requests of one engine. They share what is known of the round trip. */
export function journalRequests(platform: Platform, requestTimeoutMs: number): Requests {
  let roundTripMs = 5

  function learn(tookMs: number): void {
    // Pages that came along with an earlier one take no time, and a clock may jump.
    if (tookMs <= 0 || tookMs > requestTimeoutMs) return
    roundTripMs += (tookMs - roundTripMs) * (tookMs < roundTripMs ? fasterWeight : slowerWeight)
  }

  return {
    roundTripMs: () => Math.max(1, roundTripMs),

    send: (operation, run, ask) =>
      new Promise((resolve, reject) => {
        const startedAt = platform.now()
        const limitMs = Math.min(requestTimeoutMs, run?.remainingMs() ?? requestTimeoutMs)
        const controller = new AbortController()
        const cancel = after(platform, limitMs, () => {
          controller.abort()
          const why = `it did not answer within ${Math.ceil(limitMs)} ms`
          reject(storeFailure(operation, why, { applied: 'unknown' }))
        })
        const failed = (error: unknown) => {
          cancel()
          reject(asTailfoldError(operation, error))
        }
        try {
          ask({ signal: controller.signal, meter: run?.meter }).then((answer) => {
            cancel()
            // Too late is not how long it takes.
            if (!controller.signal.aborted) learn(platform.now() - startedAt)
            resolve(answer)
          }, failed)
        } catch (error) {
          failed(error)
        }
      }),

    repeat,
  }
}

function repeat<Answer>(run: Run, read: () => Promise<Answer>): Promise<Answer> {
  return read().catch(async (error: unknown) => {
    const failure = asTailfoldError('read', error)
    if (!failure.retryable || !(await run.afterFault())) throw failure
    return repeat(run, read)
  })
}

/** Returns a `TailfoldError` unchanged; wraps any other error in `store-unavailable`. */
export function asTailfoldError(operation: string, error: unknown): TailfoldError {
  return isTailfoldError(error)
    ? error
    : storeFailure(operation, 'it failed', { applied: 'unknown', cause: error })
}
