import { resolve } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { oneRequest } from '../../core/base/cost.ts'
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
import { openDatabase } from './database.ts'
import { sqliteFailure, storeClosed } from './failures.ts'
import { groupCommit } from './group-commit.ts'

/** Options of {@link sqliteRows}. */
export interface SqliteRowsOptions {
  /** The database file: that of the journal, or one of its own. Made when missing, with its folder. On a local disk. */
  readonly file: string
  /** Largest row in bytes. Default 400 KB, as on DynamoDB, so that what works here works there. */
  readonly maxRowBytes?: number
  /** Milliseconds that a statement waits for another connection's lock before it fails as busy. Default 5,000. */
  readonly busyTimeoutMs?: number
}

/** A {@link RowStore} that holds a file open. */
export interface SqliteRows extends RowStore {
  /** Commits what waits and closes the file; later calls fail. May be called again. */
  close(): void
  [Symbol.dispose](): void
}

/**
 * A row store in an SQLite file; it may be the file of the journal. Writes that wait together share one transaction of the
 * database. Several processes on one machine may use the file at once.
 *
 * @throws `TypeError` for wrong options, and `store-unavailable` (nothing was written) when the file cannot be used.
 */
export function sqliteRows(options: SqliteRowsOptions): SqliteRows {
  const { file: name, maxRowBytes = 400 * 1024, busyTimeoutMs = 5_000 } = options
  if (typeof name !== 'string' || name === '' || name === ':memory:')
    throw new TypeError('sqliteRows needs the name of a file; for rows in memory use memoryRows.')
  const file = resolve(name)
  const limits: RowLimits = { reads: 100, writes: 100, maxRowBytes, indexes: rowIndexes }
  const { database, statements, group, checkIdentity } = attempt('open', file, () =>
    open(file, busyTimeoutMs),
  )
  let closed = false

  function read<Answer>(operation: string, query: () => Answer): Answer {
    if (closed) throw storeClosed(operation, file)
    return attempt(operation, file, () => {
      checkIdentity()
      return query()
    })
  }

  async function write<Answer>(operation: string, run: () => Answer): Promise<Answer> {
    if (closed) throw storeClosed(operation, file)
    return group.write({ operation, single: false, run })
  }

  function close(): void {
    if (closed) return
    group.flush()
    closed = true
    attempt('close', file, () => database.close())
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
      return write('write rows', () => {
        const revisionOf = (key: string) => statements.revision.get(key)?.['revision'] as number | undefined
        if (!writes.every((one) => holds(one, revisionOf(one.row.key)))) return false
        for (const [index, { row }] of writes.entries()) statements.put.run(...putValues(row, texts[index]))
        statements.dropExpired.run()
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

function open(file: string, busyTimeoutMs: number) {
  const { database, checkIdentity } = openDatabase(file, busyTimeoutMs)
  try {
    if (!hasRows(database)) {
      database.exec('BEGIN IMMEDIATE')
      if (!hasRows(database)) prepareRows(database)
      database.exec('COMMIT')
    }
    const statements = {
      revision: database.prepare('SELECT revision FROM rows WHERE key = ?'),
      get: database.prepare('SELECT * FROM rows WHERE key = ?'),
      put: database.prepare(rowStatements.put),
      scan: database.prepare(rowStatements.scan),
      remove: database.prepare('DELETE FROM rows WHERE key = ?'),
      dropExpired: database.prepare(rowStatements.dropExpired),
    }
    return { database, statements, checkIdentity, group: groupCommit(database, file, checkIdentity) }
  } catch (error) {
    database.close()
    throw error
  }
}

/** Whether a file has the table as it is now. */
function hasRows(database: DatabaseSync): boolean {
  return database.prepare("SELECT 1 FROM pragma_table_info('rows') WHERE name = 'as_of'").get() !== undefined
}

/** Makes the table, or adds what one from before lacks. */
function prepareRows(database: DatabaseSync): void {
  for (const text of rowsSchema) database.exec(text)
  if (!hasRows(database)) database.exec('ALTER TABLE rows ADD COLUMN as_of INTEGER')
}

/** Rows, read as they are asked for. */
function* sized(rows: Iterable<SqlRow>): Generator<SizedRow> {
  for (const row of rows) yield sizedRow(row)
}

function attempt<Answer>(operation: string, file: string, action: () => Answer): Answer {
  try {
    return action()
  } catch (error) {
    // Reading and opening change nothing that could be in doubt.
    throw sqliteFailure(operation, file, error, { rolledBack: true })
  }
}
