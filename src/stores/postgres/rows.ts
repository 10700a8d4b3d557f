import { checkNames } from '../../core/base/check-options.ts'
import { checkOptionsObject, checkWholeBytes } from '../../core/base/describe-value.ts'
import type { RequestOptions } from '../../core/base/cost.ts'
import { storeFailure } from '../../core/base/failures.ts'
import { placeOf, queryCursor, rowPage, scanPlace } from '../../journal/row-page.ts'
import type { RowLimits, RowStore } from '../../journal/row-store.ts'
import { checkRowKeys, checkRowWrites, rowText } from '../../journal/row-text.ts'
import { rowIndexes } from '../sql/stored-row.ts'
import { type PostgresClient, queryThrough } from './client.ts'
import { unfit } from './failures.ts'
import { inputOf, rowOf, rowStatements, sizedRow } from './rows-form.ts'
import { describeRows } from './rows-schema.ts'
import { checkSchema, defaultSchema } from './schema.ts'

/** Options of {@link postgresRows}. */
export interface PostgresRowsOptions {
  /** A pool, as of the journal; it may be the same. Not closed by the row store. */
  readonly client: PostgresClient
  /** Schema of the table, which `createRowsSchema` makes. Default `tailfold`. */
  readonly schema?: string
  /** Largest row in bytes. Default 400 KB, as on DynamoDB, so that what works here works there. */
  readonly maxRowBytes?: number
}

/** How often a write starts over because another one created one of its rows meanwhile. */
const writeAttempts = 5
/** SQLSTATE of a division by zero, by which the statement undoes itself. */
const undone = '22012'

/**
 * A row store in PostgreSQL 13 or newer: one statement, and so one transaction, for every call. The table must exist.
 *
 * @throws `TypeError` for wrong options.
 */
export function postgresRows(options: PostgresRowsOptions): RowStore {
  checkOptionsObject('The options of PostgreSQL rows', options)
  checkNames('postgresRows', options, { client: true, schema: true, maxRowBytes: true })
  const { client, schema = defaultSchema, maxRowBytes = 400 * 1024 } = options
  if (typeof client?.query !== 'function')
    throw new TypeError('postgresRows needs a client with query(text, values), such as a Pool of pg.')
  checkSchema(schema)
  checkWholeBytes('maxRowBytes', maxRowBytes)
  const query = queryThrough(client)
  const statements = rowStatements(schema)
  const limits: RowLimits = { reads: 100, writes: 100, maxRowBytes, indexes: rowIndexes }

  async function writeAll(input: string, request: RequestOptions | undefined): Promise<boolean> {
    for (let attempt = 1; attempt <= writeAttempts; attempt++) {
      try {
        const [row] = await query('write rows', statements.write, [input], request)
        return row?.['written'] === true
      } catch (error) {
        const { code } = ((error as Error).cause ?? {}) as { code?: unknown }
        if (code !== undone) throw error
      }
    }
    const why = 'other writers created these rows again and again'
    throw storeFailure('write rows', why, { applied: 'no', retryable: true })
  }

  return {
    limits,

    async get(keys, request) {
      checkRowKeys(keys, limits.reads)
      const found = await query('read rows', statements.get, [keys], request)
      const rows = new Map(found.map((row) => [String(row['key']), rowOf(row)]))
      return keys.map((key) => rows.get(key))
    },

    async write(writes, request) {
      checkRowWrites(writes, limits)
      const input = writes.map((write) => inputOf(write, rowText(write.row, maxRowBytes).value))
      return writes.length === 0 || writeAll(JSON.stringify(input), request)
    },

    async query(asked, request) {
      const { text, values } = statements.query(asked, placeOf(asked))
      const found = await query('query rows', text, values, request)
      return rowPage(found.map(sizedRow), asked.limit, (last) => queryCursor(asked, last))
    },

    async scan(prefix, cursor, limit, request) {
      const values = [prefix, scanPlace(cursor) ?? '', limit]
      const found = await query('scan rows', statements.scan, values, request)
      return rowPage(found.map(sizedRow), limit, ({ key }) => key)
    },

    async remove(keys, request) {
      checkRowKeys(keys, limits.writes)
      await query('remove rows', statements.remove, [keys], request)
    },

    async verify() {
      const { problem } = await describeRows(client, schema)
      if (problem !== undefined) throw unfit(problem)
    },
  }
}
