import { type Answer, readAnswer } from './answer.ts'
import { ClientError, check, type Failure, failed } from './errors.ts'
import type { CallOptions, ClientOptions, Fetch, RequestHeaders } from './options.ts'
import { longestMs, within } from './within.ts'

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

/** Carries a call out. Rejects with a {@link ClientError}, the signal's reason, or what `headers()` throws. */
export type Send = (call: Call) => Promise<Answer>

/** Makes what sends the calls of one client. Throws `TypeError` on a wrong `baseUrl` or `retry`. */
export function sender(options: ClientOptions): Send {
  const { baseUrl, headers = {}, retry = {} } = options
  const isBase = /^(https?:\/\/[^/?#@]+)?(\/[^?#]*)?$/.test(baseUrl)
  check(isBase, 'baseUrl must be http(s)://… or a path, without query or hash.')
  const base = baseUrl.replace(/\/+$/, '')
  const send: Fetch = options.fetch ?? ((url, init) => fetch(url, init))
  const { maxAttempts = 8, timeoutMs = 30_000, requestTimeoutMs = 12_000 } = retry
  checkAmounts(maxAttempts, timeoutMs, requestTimeoutMs)

  return async (call) => {
    const { method, path, fields = {}, signal, idempotencyKey, timeoutMs: callMs = timeoutMs } = call
    checkAmounts(callMs)
    const body = Object.keys(fields).length > 0 && JSON.stringify(fields)
    const repeatable = method === 'GET' || idempotencyKey !== undefined
    const deadline = now() + Math.min(longestMs, callMs)
    let sent = 0

    async function attempt(ended: AbortSignal): Promise<Answer | Failure> {
      const own = Object.entries(typeof headers === 'function' ? await headers() : headers)
      ended.throwIfAborted()
      sent++
      const response = await send(base + path, {
        method,
        headers: {
          ...Object.fromEntries(own.map(([name, value]) => [name.toLowerCase(), value])),
          ...(body && { 'content-type': 'application/json' }),
          ...call.headers,
        },
        ...(body && { body }),
        redirect: 'manual',
        signal: ended,
      })
      return readAnswer(response, await response.text())
    }

    for (let attempts = 1; ; attempts++) {
      const before = sent
      const ms = Math.min(requestTimeoutMs, deadline - now())
      const result = await within(ms, signal, attempt).catch((cause: unknown) => {
        signal?.throwIfAborted()
        if (sent === before) throw cause
        return failed('network-failure', 'no connection, or it broke', cause)
      })
      const failure = result ?? failed('timeout', 'no answer in time')
      if (!('code' in failure)) return failure
      // 100 ms, then double, 5 s at most. Each is drawn from its whole range, so that clients that failed together do not come
      // back together. Source: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
      const pauseMs = failure.retryAfterMs + Math.random() * Math.min(5_000, 50 * 2 ** attempts)
      const inTime = attempts < maxAttempts && now() + pauseMs < deadline
      if (!(failure.retryable && repeatable && inTime)) {
        throw new ClientError(`${method} ${path}`, failure, sent, idempotencyKey)
      }
      await within(pauseMs, signal, () => new Promise<never>(() => {}))
    }
  }
}

/** Not the clock of the machine, which may be set back meanwhile. */
const now = () => performance.now()

function checkAmounts(...amounts: readonly number[]): void {
  check(
    amounts.every((amount) => amount >= 0),
    'maxAttempts and times must be numbers from 0.',
  )
}
