import type { HttpRequest, HttpResponse } from './message.ts'
import { emptyResponse } from './response.ts'

/** Lets pages of other origins call the app. */
export interface CorsOptions {
  /** Origins as browsers send them: `['https://bank.example']`. `'*'` for any; then without `credentials`. */
  readonly origins: readonly string[] | '*'
  /** Request headers besides those the app reads by itself: `['authorization']`. Default none. */
  readonly headers?: readonly string[]
  /** Let browsers send cookies along. Default false. */
  readonly credentials?: boolean
  /** How long a browser may remember what it was allowed; most cap it at two hours. Default 600. */
  readonly maxAgeSeconds?: number
}

const requestHeaders = [
  'content-type',
  'idempotency-key',
  'if-match',
  'if-none-match',
  'x-request-id',
  'traceparent',
]
const exposedHeaders = 'ETag, Idempotent-Replayed, Retry-After, X-Request-Id'

/** Scheme and host, as `https://bank.example:8443`: no path, no capitals. */
const originPattern = /^[a-z][a-z0-9+.-]*:\/\/[^/\sA-Z]+$/

/** Throws `TypeError` on options under which browsers would let nobody in, or anybody. */
export function checkCors({ origins, credentials = false, maxAgeSeconds = 0 }: CorsOptions): void {
  if (origins === '*') {
    if (credentials) throw new TypeError("cors.credentials needs cors.origins by name, not '*'.")
  } else if (!Array.isArray(origins) || !origins.every((origin) => originPattern.test(origin))) {
    throw new TypeError("cors.origins must be '*' or a list of origins such as 'https://bank.example'.")
  }
  if (!Number.isSafeInteger(maxAgeSeconds) || maxAgeSeconds < 0) {
    throw new TypeError(`cors.maxAgeSeconds must be a whole number from 0 on, not ${maxAgeSeconds}.`)
  }
}

/** What every answer to the request tells a browser. */
export function corsHeaders(
  cors: CorsOptions | undefined,
  headers: HttpRequest['headers'],
): Readonly<Record<string, string>> {
  if (cors === undefined) return {}
  const { origins, credentials = false } = cors
  const { origin = '' } = headers
  const vary: Record<string, string> = origins === '*' ? {} : { vary: 'Origin' }
  if (origins !== '*' && !origins.includes(origin)) return vary
  return {
    ...vary,
    'access-control-allow-origin': origins === '*' ? '*' : origin,
    ...(credentials && { 'access-control-allow-credentials': 'true' }),
    'access-control-expose-headers': exposedHeaders,
  }
}

/**
 * The answer to a browser that asks before it sends the request itself; `undefined` for any other request. Whatever the
 * path: a page is to read the problem of a wrong one, which a refusal here would hide from it.
 */
export function preflight(
  cors: CorsOptions | undefined,
  { method, headers }: HttpRequest,
): HttpResponse | undefined {
  const isPreflight = method === 'OPTIONS' && headers['access-control-request-method'] !== undefined
  if (cors === undefined || !isPreflight) return undefined
  return emptyResponse(204, {
    'access-control-allow-methods': 'GET, HEAD, POST',
    'access-control-allow-headers': [...requestHeaders, ...(cors.headers ?? [])].join(', '),
    'access-control-max-age': String(cors.maxAgeSeconds ?? 600),
  })
}
