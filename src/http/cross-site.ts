import { type CorsOptions, isListed } from './cors.ts'
import type { HttpRequest } from './message.ts'
import { HttpProblem } from './problem/problem.ts'

/** Methods that change nothing, so that it does not matter which page sends them. */
const safe: readonly string[] = ['GET', 'HEAD', 'OPTIONS']

/**
 * Throws `cross-site-request` on a command that a browser sends for a page of another origin, unless `cors` lists it:
 * cookies, client certificates and the network of the user would go along. Other programs send neither of these headers.
 * The rules are those of Go's `http.CrossOriginProtection`. Source: https://pkg.go.dev/net/http#CrossOriginProtection
 */
export function checkSite(cors: CorsOptions | undefined, { method, headers }: HttpRequest): void {
  if (safe.includes(method)) return
  const { origin, host, 'sec-fetch-site': site } = headers
  // `none`: the user, not a page, sent it.
  if (site === 'same-origin' || site === 'none') return
  // Older browsers, and all on a plain http: URL, send no `Sec-Fetch-Site`.
  if (site === undefined && (origin === undefined || isOwn(origin, host))) return
  if (isListed(cors, origin) && (cors?.origins !== '*' || isPreflighted(headers))) return
  throw new HttpProblem(
    'cross-site-request',
    'A page of another origin sent this command. Such origins must be listed in the cors option of the app.',
  )
}

function isOwn(origin: string, host: string | undefined): boolean {
  return host !== undefined && URL.canParse(origin) && new URL(origin).host === host.toLowerCase()
}

/**
 * Whether a browser asked before it sent the request. `origins: '*'` excludes credentials, but only a preflight keeps
 * them out: a request that needs none carries the user's cookies.
 */
function isPreflighted(headers: HttpRequest['headers']): boolean {
  const isJson = /^application\/json *(;|$)/i.test(headers['content-type'] ?? '')
  return isJson || headers['idempotency-key'] !== undefined
}
