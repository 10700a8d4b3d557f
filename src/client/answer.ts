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
 * Reads what came back. Only an answer that the app can have given counts: 200 with JSON or an empty 204, with its
 * `X-Request-Id`, and not after a redirect. A browser shows a redirect that it did not follow as status 0.
 */
export function readAnswer({ status, headers, redirected }: FetchResponse, text: string): Answer | Failure {
  const value = parse(text)
  const requestId = headers.get('x-request-id') ?? undefined
  const isJson = /^application\/json\b/i.test(headers.get('content-type') ?? '') && value !== undefined
  if (requestId && !redirected && ((status === 200 && isJson) || (status === 204 && text === ''))) {
    return { value, revision: Number(/"(\d+)/.exec(headers.get('etag') ?? '')?.[1]), headers }
  }
  const failure = {
    status,
    // 503 from the app itself, the others from it or from gateways before it.
    retryable: /429|50[234]/.test(`${status}`),
    retryAfterMs: retryAfterMs(headers.get('retry-after') ?? ''),
    requestId,
  }
  const problem = value as Problem | null | undefined
  if (problem?.code && problem.type === `urn:tailfold:problem:${problem.code}`) {
    return { ...failure, code: problem.code, message: problem.detail, problem }
  }
  const message = `${status}, not from the app: redirected, no JSON, or no X-Request-Id`
  return { ...failure, code: 'unexpected-answer', message }
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
