import { checkStoreOptions } from '../../journal/store-options.ts'
import { checkWholeBytes } from '../../core/base/describe-value.ts'
import type { Store } from '../../journal/store.ts'
import { sqliteBackedStore } from '../sql/sqlite-store.ts'
import { type LibsqlClient, runThrough } from './client.ts'
import { verifySchema } from './schema.ts'

/** Options of {@link libsqlStore}. */
export interface LibsqlStoreOptions {
  /** A client of `@libsql/client`. Not closed by the store. */
  readonly client: LibsqlClient
  /** Largest record in bytes. Default 400 KB, as on DynamoDB, so that what works here works there. */
  readonly maxRecordBytes?: number
}

/** Turso bills rows, whatever their size: a state of up to 4 KB rides with its commit. */
const billedBytes = 4 * 1024

/**
 * A store in libSQL: a Turso database, an sqld server or a file. One batch, and so one request and one transaction, for
 * every call. The tables must exist; `createSchema` makes them.
 *
 * @throws `TypeError` for wrong options.
 */
export function libsqlStore(options: LibsqlStoreOptions): Store {
  checkStoreOptions('a libSQL store', options, { client: true, maxRecordBytes: true })
  const { client, maxRecordBytes = 400 * 1024 } = options
  checkClient('libsqlJournal and libsqlStore need', client)
  checkWholeBytes('maxRecordBytes', maxRecordBytes)
  const run = runThrough(client)
  return {
    ...sqliteBackedStore({ run, maxRecordBytes, billedBytes, feed: true, countsRows: false }),
    verify: () => verifySchema(client),
  }
}

/**
 * Throws `TypeError` for what is no client.
 *
 * @param whoNeeds Begins the message: `libsqlRows needs`.
 */
export function checkClient(whoNeeds: string, client: unknown): void {
  const { batch, protocol } = (client ?? {}) as Partial<LibsqlClient>
  if (typeof batch !== 'function' || typeof protocol !== 'string')
    throw new TypeError(`${whoNeeds} { client: createClient({ url }) }, with createClient of @libsql/client.`)
}
