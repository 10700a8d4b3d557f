import type { Problem } from '../http/problem/problem.ts'
import type { Failure } from './errors.ts'
import type { FetchResponse } from './options.ts'

/** An answer of the app: 200 with JSON, or 204. */
export interface Answer {
  /** The JSON of the body; `undefined` for 204. */
  readonly value: unknown
  /** The revision in `ETag`; NaN without one. */
  readonly revision: number
  readonly headers: FetchResponse['headers']
}

/**
 * Reads what came back. Only an answer that the app can have given counts: 200 with JSON or, to a command, an empty 204, with
 * its `X-Request-Id`, and not after a redirect. A browser shows a redirect that it did not follow as status 0.
 */
export function readAnswer(
  { status, headers, redirected }: FetchResponse,
  text: string,
  method: string,
): Answer | Failure {
  const value = parse(text) as Problem | null | undefined
  const requestId = headers.get('x-request-id') ?? undefined
  const isJson = /^application\/json\b/i.test(headers.get('content-type') ?? '') && value !== undefined
  if (
    requestId &&
    !redirected &&
    ((status === 200 && isJson) || (status === 204 && text === '' && method === 'POST'))
  ) {
    return { value, revision: Number(/"(\d+)/.exec(headers.get('etag') ?? '')?.[1]), headers }
  }
  const failure = {
    status,
    // 503 from the app itself, the others from it or from gateways before it.
    retryable: /429|50[234]/.test(`${status}`),
    retryAfterMs: retryAfterMs(headers.get('retry-after') ?? ''),
    requestId,
  }
  if (value?.code && value.type === `urn:tailfold:problem:${value.code}`) {
    return { ...failure, code: value.code, message: value.detail, problem: value }
  }
  return {
    ...failure,
    code: 'unexpected-answer',
    message: `${status}, not from the app: redirected, no JSON, or no X-Request-Id`,
  }
}

/** `undefined` for what is no JSON. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Seconds, or a date. Source: https://www.rfc-editor.org/rfc/rfc9110#field.retry-after */
function retryAfterMs(header: string): number {
  return Math.max(0, (/^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - Date.now()) || 0)
}
