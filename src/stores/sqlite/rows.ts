import { checkNames } from '../../core/base/check-options.ts'
import type { DatabaseSync } from 'node:sqlite'
import { oneRequest } from '../../core/base/cost.ts'
import { checkOptionsObject, checkWholeBytes } from '../../core/base/describe-value.ts'
import { placeOf, queryCursor, rowPage, scanPlace, type SizedRow } from '../../journal/row-page.ts'
import { checkRowKeys, checkRowWrites, holds, rowText } from '../../journal/row-text.ts'
import type { RowLimits, RowStore, StoredRow } from '../../journal/row-store.ts'
import type { SqlRow } from '../sql/sqlite-client.ts'
import {
  putValues,
  queryStatement,
  rowOf,
  rowsSchema,
  rowStatements,
  scanValues,
  sizedRow,
} from '../sql/sqlite-rows.ts'
import { rowIndexes } from '../sql/stored-row.ts'
import { type OpenConnection, openConnection, type SqliteConnection } from './connection.ts'
import { isLogicError, storeClosed } from './failures.ts'
import { notOurs } from './migrate.ts'
import { rollBack } from './transaction.ts'

/** Rows in a file that they open themselves: one of their own, or that of a journal elsewhere. */
export interface SqliteRowsFileOptions {
  /** The database file. Made when missing, with its folder. On a local disk. */
  readonly file: string
  /** Largest row in bytes. Default 400 KB, as on DynamoDB, so that what works here works there. */
  readonly maxRowBytes?: number
  /** Milliseconds that a statement waits for another connection's lock before it fails as busy. Default 5,000. */
  readonly busyTimeoutMs?: number
}

/** Rows in the file of a journal of this process, on its connection. */
export interface SqliteSharedRowsOptions {
  /** A journal that `sqliteJournal` made, or a store that `sqliteStore` made. Close it after the rows. */
  readonly journal: { readonly connection: SqliteConnection }
  /** As in {@link SqliteRowsFileOptions}. */
  readonly maxRowBytes?: number
}

/** Options of {@link sqliteRows}. */
export type SqliteRowsOptions = SqliteRowsFileOptions | SqliteSharedRowsOptions

/** A {@link RowStore} in a file. */
export interface SqliteRows extends RowStore {
  /**
   * Commits what waits and closes the file, but not that of a `journal`, which goes on; later calls fail, as they do once
   * the journal is closed. May be called again.
   */
  close(): void
  [Symbol.dispose](): void
}

/**
 * A row store in a SQLite file. Shape: `sqliteRows({ journal })` beside a journal of the same process, which is fastest:
 * writes of rows share the transactions of its appends; or `sqliteRows({ file })`. Writes that wait together share one
 * transaction. Several processes on one machine may use the file at once.
 *
 * @throws `TypeError` for wrong options, and `store-unavailable` (nothing was written) when the file cannot be used.
 */
export function sqliteRows(options: SqliteRowsOptions): SqliteRows {
  checkOptionsObject('The options of sqliteRows', options)
  checkNames('sqliteRows', options, {
    journal: true,
    file: true,
    maxRowBytes: true,
    busyTimeoutMs: true,
  })
  const { maxRowBytes = 400 * 1024 } = options
  checkWholeBytes('maxRowBytes', maxRowBytes)
  const limits: RowLimits = { reads: 100, writes: 100, maxRowBytes, indexes: rowIndexes }
  const { connection, isShared } = connectionOf(options)
  const { database, file } = connection
  const statements = prepareOn(connection, isShared)
  let closed = false

  function read<Answer>(operation: string, query: () => Answer): Answer {
    if (closed) throw storeClosed(operation, file)
    return connection.read(operation, query)
  }

  async function write<Answer>(operation: string, run: () => Answer): Promise<Answer> {
    if (closed) throw storeClosed(operation, file)
    return connection.write({ operation, single: false, run })
  }

  function close(): void {
    if (closed) return
    closed = true
    if (isShared) connection.flush()
    else connection.close()
  }

  return {
    limits,

    async get(keys, { meter } = {}) {
      meter?.(oneRequest)
      checkRowKeys(keys, limits.reads)
      return read('read rows', () =>
        keys.map((key) => {
          const row = statements.get.get(key)
          return row && rowOf(row)
        }),
      )
    },

    async write(writes, { meter } = {}) {
      meter?.(oneRequest)
      checkRowWrites(writes, limits)
      const texts = writes.map(({ row }) => rowText(row, maxRowBytes).value)
      const expires = writes.some(({ row }) => row.expiresAtEpochSeconds !== undefined)
      return write('write rows', () => {
        const revisionOf = (key: string) => statements.revision.get(key)?.['revision'] as number | undefined
        if (!writes.every((one) => holds(one, revisionOf(one.row.key)))) return false
        for (const [index, { row }] of writes.entries()) statements.put.run(...putValues(row, texts[index]))
        if (expires) statements.dropExpired.run()
        return true
      })
    },

    async query(query, { meter } = {}) {
      meter?.(oneRequest)
      const { text, values } = queryStatement(query, placeOf(query))
      const cursorOf = (last: StoredRow) => queryCursor(query, last)
      return read('query rows', () =>
        rowPage(sized(database.prepare(text).iterate(...values)), query.limit, cursorOf),
      )
    },

    async scan(prefix, cursor, limit, { meter } = {}) {
      meter?.(oneRequest)
      const values = scanValues(prefix, scanPlace(cursor))
      return read('scan rows', () =>
        rowPage(sized(statements.scan.iterate(...values)), limit, ({ key }) => key),
      )
    },

    async remove(keys, { meter } = {}) {
      meter?.(oneRequest)
      checkRowKeys(keys, limits.writes)
      await write('remove rows', () => {
        for (const key of keys) statements.remove.run(key)
      })
    },

    close,
    [Symbol.dispose]: close,
  }
}

function connectionOf(options: Partial<SqliteRowsFileOptions & SqliteSharedRowsOptions>) {
  const { file, journal, busyTimeoutMs } = options
  if (journal === undefined) {
    if (typeof file !== 'string' || file === '' || file === ':memory:')
      throw new TypeError(
        'sqliteRows needs the name of a file, or a journal that sqliteJournal made; for rows in memory use memoryRows.',
      )
    return { connection: openConnection(file, busyTimeoutMs ?? 5_000), isShared: false }
  }
  if (file !== undefined || busyTimeoutMs !== undefined)
    throw new TypeError(
      'sqliteRows takes a journal or a file, not both: with a journal, file and busyTimeoutMs are those of the journal.',
    )
  const connection = journal?.connection as OpenConnection | undefined
  if (typeof connection?.write !== 'function')
    throw new TypeError(
      'The journal of sqliteRows must be one that sqliteJournal made, or a store that sqliteStore made.',
    )
  return { connection, isShared: true }
}

/** Makes the table where it is missing, and prepares the statements. A file that was opened for it is closed when that fails. */
function prepareOn(connection: OpenConnection, isShared: boolean) {
  const { database, file } = connection
  try {
    return connection.read('open', () => {
      try {
        if (!hasRows(database)) prepareRows(database)
        return prepareStatements(database)
      } catch (error) {
        throw isLogicError(error) ? notOurs(file, error) : error
      }
    })
  } catch (error) {
    if (!isShared) connection.close()
    throw error
  }
}

/** Fails where the table is another program's. */
function prepareStatements(database: DatabaseSync) {
  return {
    revision: database.prepare('SELECT revision FROM rows WHERE key = ?'),
    get: database.prepare('SELECT * FROM rows WHERE key = ?'),
    put: database.prepare(rowStatements.putInPlace),
    scan: database.prepare(rowStatements.scan),
    remove: database.prepare('DELETE FROM rows WHERE key = ?'),
    dropExpired: database.prepare(rowStatements.dropExpired),
  }
}

/** Whether a file has the table as it is now. */
function hasRows(database: DatabaseSync): boolean {
  return database.prepare("SELECT 1 FROM pragma_table_info('rows') WHERE name = 'as_of'").get() !== undefined
}

/** Makes the table, or adds what one from before lacks. */
function prepareRows(database: DatabaseSync): void {
  database.exec('BEGIN IMMEDIATE')
  try {
    if (!hasRows(database)) {
      for (const text of rowsSchema) database.exec(text)
      if (!hasRows(database)) database.exec('ALTER TABLE rows ADD COLUMN as_of INTEGER')
    }
    database.exec('COMMIT')
  } catch (error) {
    rollBack(database)
    throw error
  }
}

/** Rows, read as they are asked for. */
function* sized(rows: Iterable<SqlRow>): Generator<SizedRow> {
  for (const row of rows) yield sizedRow(row)
}
