import { type Answer, attempt } from './attempt.ts'
import { ClientError } from './errors.ts'
import type { CallOptions, ClientOptions, Fetch, RequestHeaders } from './options.ts'
import { startTimer } from './timer.ts'

/** One call: a request that may be sent several times. */
export interface Call extends CallOptions {
  readonly method: 'GET' | 'POST'
  /** Below the base URL, with the query: `/account/acc-001?revision=7`. */
  readonly path: string
  readonly headers?: RequestHeaders
  /** The fields of a command. */
  readonly fields?: object
  /** The key of a command; a command without one is sent once. */
  readonly idempotencyKey?: string | undefined
}

/** Carries a call out. Rejects with a {@link ClientError}, or as the signal and the headers of the call have it. */
export type Send = (call: Call) => Promise<Answer>

/**
 * Pauses double, and each is drawn from its whole range, so that clients that failed together do not come back together.
 * Source: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
const firstPauseMs = 100
const longestPauseMs = 5_000

/** Makes what sends the calls of one client. */
export function sender(options: ClientOptions): Send {
  const { baseUrl, headers = {}, retry = {} } = options
  const send: Fetch = options.fetch ?? ((url, init) => fetch(url, init))
  const base = baseUrl.replace(/\/+$/, '')
  const { maxAttempts = 8, timeoutMs = 30_000, requestTimeoutMs = 12_000 } = retry

  return async (call) => {
    const { method, path, fields = {}, signal, idempotencyKey } = call
    const hasBody = Object.keys(fields).length > 0
    const body = hasBody ? { body: JSON.stringify(fields) } : {}
    const repeatable = method === 'GET' || idempotencyKey !== undefined
    const deadline = Date.now() + (call.timeoutMs ?? timeoutMs)
    for (let attempts = 1; ; attempts++) {
      const sent = {
        ...(typeof headers === 'function' ? await headers() : headers),
        ...(hasBody && { 'content-type': 'application/json' }),
        ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
        ...call.headers,
      }
      signal?.throwIfAborted()
      const ms = Math.max(0, Math.min(requestTimeoutMs, deadline - Date.now()))
      const init = { method, headers: sent, ...body }
      const result = await attempt(send, base + path, init, ms, signal)
      if (!('code' in result)) return result
      const pauseMs =
        result.retryAfterMs + Math.random() * Math.min(longestPauseMs, firstPauseMs * 2 ** (attempts - 1))
      const inTime = attempts < maxAttempts && Date.now() + pauseMs < deadline
      if (!(result.retryable && repeatable && inTime))
        throw new ClientError(`${method} ${path}`, result, attempts, idempotencyKey)
      await pause(pauseMs, signal)
    }
  }
}

/** Ends early when the signal is aborted; whoever waits asks it why. */
function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise<void>((resolve) => {
    const stopTimer = startTimer(ms, signal, () => {
      stopTimer()
      resolve()
    })
  })
}
