import { type D1Database, d1Journal, workerHandler } from 'tailfold/cloudflare'
import { type FetchContext, fetchHandler } from 'tailfold/fetch'
import { bankApp } from './bank-app.ts'

interface Env {
  readonly JOURNAL: D1Database
  readonly MODE: 'isolate' | 'request' | 'no context'
}

const open = (env: Env) => bankApp(d1Journal({ database: env.JOURNAL }))
const handlers = { isolate: workerHandler(open), request: workerHandler(open, { per: 'request' }) }
let plain: ((request: Request) => Promise<Response>) | undefined

export default {
  async fetch(request: Request, env: Env, context: FetchContext): Promise<Response> {
    if (env.MODE !== 'no context') return handlers[env.MODE].fetch(request, env, context)
    plain ??= fetchHandler(open(env))
    return plain(request)
  },
}
