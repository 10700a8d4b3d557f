import { checkNames } from '../../core/base/check-options.ts'
import { checkOptionsObject, checkWholeBytes } from '../../core/base/describe-value.ts'
import { textOfHex } from '../../journal/hex-text.ts'
import {
  maxPageChars,
  placeOf,
  queryCursor,
  rowPage,
  scanPlace,
  type SizedRow,
} from '../../journal/row-page.ts'
import type { RowLimits, RowStore, RowWrite } from '../../journal/row-store.ts'
import { checkRowKeys, checkRowWrites, rowText } from '../../journal/row-text.ts'
import type { SqlRow, SqlStatement } from '../sql/sqlite-client.ts'
import {
  entryColumns,
  putValues,
  queryOrder,
  queryStatement,
  rowOf,
  rowStatements,
  scanValues,
  sizedRow,
} from '../sql/sqlite-rows.ts'
import { rowIndexes } from '../sql/stored-row.ts'
import { type LibsqlClient, runThrough } from './client.ts'
import { verifyRows } from './schema.ts'
import { checkClient } from './store.ts'

/** Options of {@link libsqlRows}. */
export interface LibsqlRowsOptions {
  /** A client, as of the journal; it may be the same. Not closed by the row store. */
  readonly client: LibsqlClient
  /** Largest row in bytes. Default 400 KB, as on DynamoDB, so that what works here works there. */
  readonly maxRowBytes?: number
}

// A client on a file cuts a text at U+0000 when it reads it. The values of rows are JSON, which holds none.
const columns = `key, revision, value, expires_at, as_of,
  ${entryColumns.map((name) => `hex(${name}) AS ${name}`).join(', ')}`

const get = `SELECT ${columns} FROM rows WHERE key IN (SELECT value FROM json_each(?))`
const scan = page(rowStatements.scan, 'key')
const remove = 'DELETE FROM rows WHERE key IN (SELECT value FROM json_each(?))'

const put = rowStatements.put.replace(/VALUES \((.*)\)/, 'SELECT $1')
/** Puts the first row where the conditions of all hold. */
const putFirst = `${put} WHERE NOT EXISTS (
  SELECT 1 FROM json_each(?) AS wanted LEFT JOIN rows ON rows.key = wanted.value ->> 0
  WHERE CASE WHEN wanted.value ->> 2 IS NULL THEN rows.revision >= wanted.value ->> 1
    ELSE ifnull(rows.revision, -1) <> wanted.value ->> 2 END
)`
/** Puts a further row where the one before was put: `changes()` is of the statement before. */
const putNext = `${put} WHERE changes() = 1`

/**
 * A row store in libSQL: one batch, and so one request and one transaction, for every call. The table must exist;
 * `createRowsSchema` makes it.
 *
 * @throws `TypeError` for wrong options.
 */
export function libsqlRows(options: LibsqlRowsOptions): RowStore {
  checkOptionsObject('The options of libSQL rows', options)
  checkNames('libsqlRows', options, { client: true, maxRowBytes: true })
  const { client, maxRowBytes = 400 * 1024 } = options
  checkClient('libsqlRows needs', client)
  checkWholeBytes('maxRowBytes', maxRowBytes)
  const run = runThrough(client)
  // Twenty of the largest rows are 8 MB; sqld answers with at most 10 MB.
  const limits: RowLimits = { reads: 20, writes: 100, maxRowBytes, indexes: rowIndexes }

  return {
    limits,

    async get(keys, request) {
      checkRowKeys(keys, limits.reads)
      const [found] = await run('read rows', [{ text: get, values: [JSON.stringify(keys)] }], request)
      const rows = new Map(found?.rows.map((row) => [row['key'], rowOf(withTexts(row))]))
      return keys.map((key) => rows.get(key))
    },

    async write(writes, request) {
      checkRowWrites(writes, limits)
      const statements = putStatements(writes, maxRowBytes)
      if (statements.length === 0) return true
      const dropExpired = { text: rowStatements.dropExpired, values: [] }
      const [first] = await run('write rows', [...statements, dropExpired], request)
      return first?.changes === 1
    },

    async query(query, request) {
      const { text, values } = queryStatement(query, placeOf(query))
      const statement = { text: page(text, queryOrder(query)), values: [...values, query.limit + 1] }
      const [found] = await run('query rows', [statement], request)
      return rowPage(sizedRows(found?.rows ?? []), query.limit, (last) => queryCursor(query, last))
    },

    async scan(prefix, cursor, limit, request) {
      const values = [...scanValues(prefix, scanPlace(cursor)), limit + 1]
      const [found] = await run('scan rows', [{ text: scan, values }], request)
      return rowPage(sizedRows(found?.rows ?? []), limit, ({ key }) => key)
    },

    async remove(keys, request) {
      checkRowKeys(keys, limits.writes)
      await run('remove rows', [{ text: remove, values: [JSON.stringify(keys)] }], request)
    },

    verify: () => verifyRows(client),
  }
}

/** The rows of a page in their order, and the one after it: sqld bounds its answers. The last value is their number. */
function page(rows: string, order: string): string {
  return `
    SELECT ${columns} FROM (
      SELECT *, sum(size) OVER (ORDER BY ${order}) - size AS before
      FROM (SELECT *, ifnull(length(value), 0) AS size FROM (${rows} LIMIT ?))
    ) WHERE before <= ${maxPageChars} ORDER BY ${order}`
}

function sizedRows(found: readonly SqlRow[]): readonly SizedRow[] {
  return found.map((row) => sizedRow(withTexts(row)))
}

function putStatements(writes: readonly RowWrite[], maxRowBytes: number): readonly SqlStatement[] {
  const conditions = writes.map(({ row, when }) => [row.key, row.revision, when === 'newer' ? null : when])
  return writes.map(({ row }, index) => {
    const values = putValues(row, rowText(row, maxRowBytes).value)
    return index === 0
      ? { text: putFirst, values: [...values, JSON.stringify(conditions)] }
      : { text: putNext, values }
  })
}

/** A row with its index entries as text; of what is NULL nothing is left. */
function withTexts(row: SqlRow): SqlRow {
  const entries = entryColumns.map((name) => [name, textOfHex(String(row[name]))])
  return { ...row, ...Object.fromEntries(entries) }
}
