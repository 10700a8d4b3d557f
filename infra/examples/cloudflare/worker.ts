import { type D1Database, d1Journal, workerHandler } from 'tailfold/cloudflare'
import { createApp } from 'tailfold/http'
import { account } from '../../../functions/bank/account.ts'

interface Env {
  readonly JOURNAL: D1Database
}

/** The bank over D1. Open to everybody until it is given an `authorize`. */
export default workerHandler<Env>((env) =>
  createApp({ journal: d1Journal({ database: env.JOURNAL }), entities: [account], authorize: 'everybody' }),
)
