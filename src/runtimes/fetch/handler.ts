import type { App } from '../../http/app.ts'
import { checkArguments } from '../common/check-arguments.ts'
import { basePathOf, nowhere, pathBelow, pathCheck } from '../common/base-path.ts'
import { readBody } from './body.ts'

/** Options of {@link fetchHandler}. */
export interface FetchHandlerOptions {
  /** Where the app is mounted, such as `'/api'`. What is outside of it is not found. Default none. */
  readonly basePath?: string
}

/** What a runtime offers that ends a request with its answer: the `ctx` of Workers and of edge functions. */
export interface FetchContext {
  /** Keeps the request going until the promise settles. */
  waitUntil(work: Promise<unknown>): void
}

/**
 * The app as a function of the Fetch API: for Deno, Bun, workers, routes of a web framework, and tests without a socket.
 * URLs come parsed, so ids that are `.` or `..` cannot be addressed. Rejects only when the body of the request does: the
 * client went away.
 *
 * Where a process ends or freezes with its answer, pass its context: commands and snapshots that are under way then end
 * first, also when the client has gone. Without one, let the process wait for `app.idle()`.
 */
export function fetchHandler(
  app: App,
  options: FetchHandlerOptions = {},
): (request: Request, context?: FetchContext) => Promise<Response> {
  checkArguments('fetchHandler', app, options, { basePath: pathCheck })
  const basePath = basePathOf(options.basePath)

  async function respond(request: Request): Promise<Response> {
    const { method, url, headers } = request
    const { pathname, search } = new URL(url)
    const answer = await app.handle({
      method,
      path: pathBelow(pathname, basePath) ?? nowhere,
      query: search.slice(1),
      headers: Object.fromEntries(headers),
      body: method === 'POST' ? (maxBytes) => readBody(request, maxBytes) : undefined,
    })
    // A body that the app did not ask for.
    if (request.body !== null && !request.bodyUsed) request.body.cancel().catch(() => {})
    return new Response(answer.body ?? null, { status: answer.status, headers: answer.headers })
  }

  return (request, context) => {
    const response = respond(request)
    const idle = () => app.idle()
    context?.waitUntil(response.then(idle, idle))
    return response
  }
}
