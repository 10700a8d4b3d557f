import { UsageError } from '../command-line.ts'
import type { Database } from './database.ts'

/** `d1:` or `d1:?feed=true`. */
export interface D1Url {
  readonly kind: 'd1'
  readonly feed: boolean
}

/** A D1 database, which only a Worker opens: its tables come from a migration. */
export const d1: Database<D1Url> = {
  shape: 'd1:[?feed=true]',
  help: ['d1: or d1:?feed=true, of store create only: prints the SQL of a migration'],

  parse(url) {
    const options = /^d1:(?:\?feed=(true|false))?$/.exec(url)
    return options === null ? undefined : { kind: 'd1', feed: options[1] === 'true' }
  },

  open: onlyInWorkers,
  openRows: onlyInWorkers,

  async administer({ feed }, { action, rows }, _env, print) {
    if (action !== 'create' || rows) return onlyInWorkers()
    const { d1Schema } = await import('../../stores/cloudflare/d1.ts')
    print(d1Schema({ feed }))
  },
}

async function onlyInWorkers(): Promise<never> {
  throw new UsageError(
    'Only a Worker opens a D1 database. store create prints its migration; wrangler d1 execute queries it.',
  )
}
