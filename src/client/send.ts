import { type Answer, readAnswer } from './answer.ts'
import { ClientError, check, type Failure, failed } from './errors.ts'
import type { CallOptions, ClientOptions, Fetch } from './options.ts'
import { longestMs, within } from './within.ts'

/** A command to send. */
interface SentCommand {
  readonly fields: object
  /** A command without one is sent once. */
  readonly key: string | false
}

/**
 * Carries a call out: a `POST` with a command, else a `GET`, which may be sent several times. Rejects with a
 * {@link ClientError}, the signal's reason, what `headers()` throws, or `TypeError` on an unknown option.
 *
 * @param path Below the base URL, with the query: `/account/acc-001?revision=7`.
 */
export type Send = (
  path: string,
  options: CallOptions,
  headers?: Readonly<Record<string, string>>,
  command?: SentCommand,
) => Promise<Answer>

/** Makes what sends the calls of one client. Throws `TypeError` on a wrong `baseUrl` or `retry`, and unknown options. */
export function sender(options: ClientOptions): Send {
  const { baseUrl, headers = {}, retry = {}, fetch: send = fetchGlobal, ...others } = options
  const isBase = /^(https?:\/\/[^/?#@]+)?(\/[^?#]*)?$/.test(baseUrl)
  check(isBase, 'baseUrl must be http(s)://… or a path, without query or hash.')
  const base = baseUrl.replace(/\/+$/, '')
  const { maxAttempts = 8, timeoutMs = 30_000, requestTimeoutMs = 12_000, ...more } = retry
  checkNone({ ...others, ...more })
  checkAmounts(maxAttempts, timeoutMs, requestTimeoutMs)

  return async (path, { signal, timeoutMs: callMs = timeoutMs, ...unknown }, callHeaders, command) => {
    checkNone(unknown)
    checkAmounts(callMs)
    const method = command ? 'POST' : 'GET'
    const { fields, key = '' } = command ?? {}
    const text = JSON.stringify(fields ?? {})
    const body = text !== '{}' && text
    const deadline = now() + Math.min(longestMs, callMs)
    let sent = 0

    async function attempt(ended: AbortSignal): Promise<Answer | Failure> {
      // Names in lower case; `TypeError` on what no request can hold.
      const own = new Headers(typeof headers === 'function' ? await headers() : headers)
      ended.throwIfAborted()
      sent++
      const response = await send(base + path, {
        method,
        headers: {
          ...Object.fromEntries(own),
          ...(body && { 'content-type': 'application/json' }),
          ...callHeaders,
        },
        ...(body && { body }),
        redirect: 'manual',
        signal: ended,
      })
      return readAnswer(response, await response.text(), method)
    }

    for (let attempts = 1; ; attempts++) {
      const before = sent
      // A pause may end late.
      const ms = Math.max(0, Math.min(requestTimeoutMs, deadline - now()))
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
      if (!(failure.retryable && key !== false && inTime)) {
        throw new ClientError(`${method} ${path}`, failure, sent, key || undefined)
      }
      await within(pauseMs, signal, () => new Promise<never>(() => {}))
    }
  }
}

/** Looked up for each request: a page may replace it. */
const fetchGlobal: Fetch = (url, init) => fetch(url, init)

/** Not the clock of the machine, which may be set back meanwhile. */
const now = () => performance.now()

/** Throws `TypeError` on options that are left over, and so may be misspelt. */
function checkNone(others: object): void {
  const names = Object.keys(others).join()
  check(!names, `Unknown option: ${names}.`)
}

function checkAmounts(...amounts: readonly number[]): void {
  check(
    amounts.every((amount) => amount >= 0),
    'maxAttempts and times must be numbers from 0.',
  )
}
