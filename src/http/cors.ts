import { anything, type Checks, checkOptions, trueOrFalse, wholeNumber } from '../core/base/check-options.ts'
import type { HttpRequest, HttpResponse } from './message.ts'
import { emptyResponse } from './response.ts'

/** Allows pages of other origins to call the app. */
export interface CorsOptions {
  /** Origins as browsers send them: `['https://bank.example']`. `'*'` for any; then without `credentials`. */
  readonly origins: readonly string[] | '*'
  /** Request headers that pages may send, in addition to those the app reads: `['authorization']`. Default none. */
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
  'tailfold-after',
]
const exposedHeaders = 'ETag, Idempotent-Replayed, Retry-After, X-Request-Id, X-View-Lag-Ms'

/** Scheme and host, as `https://bank.example:8443`: no path, no capitals. */
const originPattern = /^[a-z][a-z0-9+.-]*:\/\/[^/\sA-Z]+$/

/** The name of a header. Source: https://www.rfc-editor.org/rfc/rfc9110#name-tokens */
const namePattern = /^[\w!#$%&'*+.^`|~-]+$/

const checks: Checks<CorsOptions> = {
  origins: anything,
  headers: anything,
  credentials: trueOrFalse,
  maxAgeSeconds: wholeNumber(0),
}

function isOrigins(value: unknown): boolean {
  return value === '*' || isListOf(originPattern, value)
}

function isListOf(pattern: RegExp, value: unknown): boolean {
  return Array.isArray(value) && value.every((each) => typeof each === 'string' && pattern.test(each))
}

/** Throws `TypeError` on options that browsers would ignore, or take for more than is meant. */
export function checkCors(cors: CorsOptions): void {
  checkOptions('cors', cors, checks, 'cors.')
  const { origins, headers = [], credentials = false } = cors
  if (!isListOf(namePattern, headers))
    throw new TypeError("cors.headers must be a list of header names such as ['authorization'].")
  // It has no default, so that one who leaves it out learns of it here.
  if (!isOrigins(origins))
    throw new TypeError("cors.origins must be '*' or a list of origins such as ['https://bank.example'].")
  if (origins === '*' && credentials)
    throw new TypeError("cors.credentials needs cors.origins by name, not '*'.")
}

/** True when pages of the origin may call the app. */
export function isListed(cors: CorsOptions | undefined, origin: string | undefined): boolean {
  if (cors === undefined || origin === undefined) return false
  return cors.origins === '*' || cors.origins.includes(origin)
}

/** The headers by which every answer to the request tells a browser what its page may see. */
export function corsHeaders(
  cors: CorsOptions | undefined,
  headers: HttpRequest['headers'],
): Readonly<Record<string, string>> {
  if (cors === undefined) return {}
  const { origins, credentials = false } = cors
  const { origin = '' } = headers
  const vary: Record<string, string> = origins === '*' ? {} : { vary: 'Origin' }
  if (origins !== '*' && !isListed(cors, origin)) return vary
  return {
    ...vary,
    'access-control-allow-origin': origins === '*' ? '*' : origin,
    ...(credentials && { 'access-control-allow-credentials': 'true' }),
    'access-control-expose-headers': exposedHeaders,
  }
}

/**
 * The answer to a browser that asks before it sends the request itself; `undefined` for any other request. The path does
 * not matter: a page can read the problem of a wrong path only if its preflight passes.
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
