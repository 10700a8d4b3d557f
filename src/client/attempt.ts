import type { Problem } from '../http/problem/problem.ts'
import type { ClientErrorCode } from './errors.ts'
import type { Fetch, FetchInit, FetchResponse } from './options.ts'
import { startTimer } from './timer.ts'

/** An answer below 300. */
export interface Answer {
  /** What the body says; `undefined` when there is none. */
  readonly value: unknown
  /** What `ETag` says; `undefined` when it says nothing. */
  readonly revision: number | undefined
}

/** Why one request has no answer to give. */
export interface Failure {
  readonly code: ClientErrorCode
  readonly message: string
  readonly retryable: boolean
  /** What `Retry-After` says; 0 when it says nothing. */
  readonly retryAfterMs: number
  readonly status?: number
  readonly requestId?: string | undefined
  readonly problem?: Problem
  readonly cause?: unknown
}

/** Statuses after which the same request may succeed: the app's own 503, and what gateways before it say. */
const passing: readonly number[] = [429, 502, 503, 504]

/** Sends one request and reads its answer, both within `ms` milliseconds. Rejects with the signal's reason only. */
export async function attempt(
  fetch: Fetch,
  url: string,
  init: Omit<FetchInit, 'signal'>,
  ms: number,
  signal: AbortSignal | undefined,
): Promise<Answer | Failure> {
  const control = new AbortController()
  const { signal: ended } = control
  const stopTimer = startTimer(ms, signal, () => control.abort())
  try {
    const response = await fetch(url, { ...init, signal: ended })
    return read(response, await response.text())
  } catch (cause) {
    signal?.throwIfAborted()
    const [code, message] = ended.aborted
      ? (['timeout', `no answer in ${ms} ms`] as const)
      : (['network-failure', 'no connection, or one that broke'] as const)
    return { code, message, retryable: true, retryAfterMs: 0, cause }
  } finally {
    stopTimer()
  }
}

function read({ status, headers }: FetchResponse, text: string): Answer | Failure {
  const body = parse(text)
  if (status < 300 && body !== notJson) {
    const revision = /^(?:W\/)?"(\d+)"$/.exec(headers.get('etag') ?? '')?.[1]
    return { value: body, revision: revision === undefined ? undefined : Number(revision) }
  }
  const failure = {
    status,
    retryable: passing.includes(status),
    retryAfterMs: retryAfterMs(headers.get('retry-after')),
    requestId: headers.get('x-request-id') ?? undefined,
  }
  const isProblem = headers.get('content-type')?.startsWith('application/problem+json')
  const problem = isProblem ? (body as Problem | undefined) : undefined
  return problem?.code
    ? { ...failure, code: problem.code, message: problem.detail, problem }
    : { ...failure, code: 'unexpected-answer', message: `${status}, and not from the app` }
}

const notJson = Symbol('not JSON')

function parse(text: string): unknown {
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch {
    return notJson
  }
}

/** Seconds, or a date. Source: https://www.rfc-editor.org/rfc/rfc9110#field.retry-after */
function retryAfterMs(header: string | null): number {
  if (header === null) return 0
  const ms = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - Date.now()
  return Math.max(0, ms || 0)
}
