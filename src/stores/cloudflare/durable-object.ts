import { checkStoreOptions } from '../../journal/store-options.ts'
import { checkWholeBytes } from '../../core/base/describe-value.ts'
import type { Store } from '../../journal/store.ts'
import type { RunStatements, SqlAnswer, SqlStatement } from '../sql/sqlite-client.ts'
import { sqliteSchema } from '../sql/sqlite-schema.ts'
import { sqliteBackedStore } from '../sql/sqlite-store.ts'
import { cloudflareFailure } from './failures.ts'

/** The part of `ctx.storage` that is used, of a class with `new_sqlite_classes` in its migration. */
export interface DurableObjectStorage {
  readonly sql: {
    exec(
      text: string,
      ...values: readonly (string | number | null)[]
    ): {
      toArray(): readonly Readonly<Record<string, unknown>>[]
      readonly rowsRead: number
      readonly rowsWritten: number
    }
  }
  transactionSync<Answer>(work: () => Answer): Answer
}

/** Options of {@link durableObjectStore}. */
export interface DurableObjectStoreOptions {
  /** `ctx.storage` of the object. */
  readonly storage: DurableObjectStorage
  /** Whether its tables have a change feed. Chosen with the first write of an object. Default false. */
  readonly feed?: boolean
  /** Largest record in bytes. Default 400 KB, as on DynamoDB; the storage takes 2 MB. */
  readonly maxRecordBytes?: number
}

/** Rows are billed, whatever their size. Source: https://developers.cloudflare.com/durable-objects/platform/pricing/ */
const billedBytes = 4 * 1024

/**
 * A store in the SQLite storage of one Durable Object. It creates its tables with the first write: asking for an entity
 * that does not exist stores nothing. An append is durable before anything leaves the object, by its output gate. Entities
 * cannot be listed: an object knows only its own.
 *
 * @throws `TypeError` for wrong options.
 */
export function durableObjectStore(options: DurableObjectStoreOptions): Store {
  checkStoreOptions('a Durable Object store', options, { storage: true, feed: true, maxRecordBytes: true })
  const { storage, feed = false, maxRecordBytes = 400 * 1024 } = options
  if (typeof storage?.sql?.exec !== 'function' || typeof storage.transactionSync !== 'function')
    throw new TypeError(
      'durableObjectJournal and durableObjectStore need { storage: ctx.storage }, of an object with SQLite.',
    )
  checkWholeBytes('maxRecordBytes', maxRecordBytes)
  let exists = false

  /** False where nothing was ever written. */
  function tablesExist(): boolean {
    exists ||= storage.sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'commits'").toArray().length > 0
    return exists
  }

  function createTables(): void {
    for (const text of sqliteSchema({ feed })) storage.sql.exec(text)
  }

  const run: RunStatements = async (operation, statements, request) => {
    let [readUnits, writeUnits] = [0, 0]
    const carryOut = ({ text, values }: SqlStatement): SqlAnswer => {
      const cursor = storage.sql.exec(text, ...values)
      const rows = cursor.toArray()
      const isWrite = !isRead({ text, values })
      const [counted] = isWrite ? storage.sql.exec('SELECT changes() AS changes').toArray() : []
      readUnits += cursor.rowsRead
      writeUnits += cursor.rowsWritten
      return { rows, changes: Number(counted?.['changes'] ?? 0) }
    }
    try {
      return storage.transactionSync(() => {
        if (!tablesExist()) {
          if (statements.every(isRead)) return statements.map(() => ({ rows: [], changes: 0 }))
          createTables()
        }
        return statements.map(carryOut)
      })
    } catch (error) {
      exists = false
      // The transaction was rolled back.
      throw cloudflareFailure(operation, error, 'no')
    } finally {
      request?.meter?.({ requests: 1, readUnits, writeUnits })
    }
  }
  const { keys: _keys, ...store } = sqliteBackedStore({
    run,
    maxRecordBytes,
    billedBytes,
    feed,
    countsRows: true,
  })
  return store
}

function isRead({ text }: SqlStatement): boolean {
  return /^\s*(SELECT|WITH)/.test(text)
}
