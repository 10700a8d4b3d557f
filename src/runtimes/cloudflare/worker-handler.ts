import { type Checks, checkOptions, oneOf } from '../../core/base/check-options.ts'
import type { App } from '../../http/app.ts'
import { pathCheck } from '../common/base-path.ts'
import { type FetchContext, type FetchHandlerOptions, fetchHandler } from '../fetch/handler.ts'

/** Options of {@link workerHandler}. */
export interface WorkerHandlerOptions extends FetchHandlerOptions {
  /**
   * How often the app is opened. `'isolate'`: once, so that requests share its cache and its queues; for D1 and everything
   * else that works over bindings and `fetch`. `'request'`: for each one, as clients with sockets need (`pg`, Hyperdrive): a
   * socket belongs to the request that opened it. Default `'isolate'`.
   */
  readonly per?: 'isolate' | 'request'
}

const checks: Checks<WorkerHandlerOptions> = { per: oneOf('isolate', 'request'), basePath: pathCheck }

/** What a Worker exports as `default`. */
export interface WorkerHandler<Env> {
  fetch(request: Request, env: Env, context: FetchContext): Promise<Response>
}

/**
 * An app as a Cloudflare Worker. Shape:
 * `export default workerHandler((env) => createApp({ journal: d1Journal({ database: env.JOURNAL }), … }))`.
 * A request goes on until its commands have ended, also when its client hangs up.
 *
 * @param open Makes the app from the bindings. Called again for the next request when it throws.
 */
export function workerHandler<Env>(
  open: (env: Env) => App,
  settings: WorkerHandlerOptions = {},
): WorkerHandler<Env> {
  if (typeof open !== 'function') throw new TypeError('workerHandler needs a function that opens the app.')
  checkOptions('workerHandler', settings, checks)
  const { per = 'isolate', ...options } = settings
  let shared: ReturnType<typeof fetchHandler> | undefined

  function handlerFor(env: Env): ReturnType<typeof fetchHandler> {
    if (per === 'request') return fetchHandler(open(env), options)
    shared ??= fetchHandler(open(env), options)
    return shared
  }

  return { fetch: async (request, env, context) => handlerFor(env)(request, context) }
}
