import { type D1Database, d1Store } from 'tailfold/cloudflare'
import { answerSuite } from './suite-in-worker.ts'

interface Env {
  readonly PLAIN: D1Database
  readonly FEED: D1Database
  readonly EMPTY: D1Database
}

const noFeed = 'tables without a feed are cheaper'

export default {
  /** `?feed` takes the tables with a feed. */
  async fetch(request: Request, env: Env): Promise<Response> {
    const feed = new URL(request.url).searchParams.has('feed')
    const open = (database: D1Database) => async () => ({ store: d1Store({ database, feed }) })
    return answerSuite(
      feed
        ? { open: open(env.FEED), openEmpty: open(env.EMPTY) }
        : { open: open(env.PLAIN), withoutChanges: noFeed },
      request,
    )
  },
}
