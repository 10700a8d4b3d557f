import type { RowPlace, SizedRow } from '../../journal/row-page.ts'
import type { RowQuery, StoredRow } from '../../journal/row-store.ts'
import type { SqlRow, SqlStatement } from './sqlite-client.ts'
import { places, storedRow } from './stored-row.ts'

/** Columns of the index entries. */
export const entryColumns: readonly string[] = places.flatMap((place) => [`v${place}`, `s${place}`])

/**
 * Stored form of rows in SQLite, wherever it runs: statements that create the table where it is missing.
 *
 *   rows   key TEXT: unique; revision INTEGER; value TEXT: a JSON object, NULL for a tombstone; expires_at INTEGER: seconds
 *          since the Unix epoch after which the row may be deleted, or NULL; v0, s0, v1, s1, v2, s2 TEXT: value and sort of
 *          the three index entries, NULL where the row is not in that index; as_of INTEGER: milliseconds since the Unix
 *          epoch, the newest commit in the row, or NULL
 */
export const rowsSchema: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS rows (
  key TEXT NOT NULL PRIMARY KEY, revision INTEGER NOT NULL, value TEXT, expires_at INTEGER,
  ${entryColumns.map((name) => `${name} TEXT`).join(', ')}, as_of INTEGER
) STRICT`,
  ...places.map(
    (place) =>
      `CREATE INDEX IF NOT EXISTS rows_by_${place} ON rows (v${place}, s${place}, key) WHERE v${place} IS NOT NULL`,
  ),
  'CREATE INDEX IF NOT EXISTS rows_by_expiry ON rows (expires_at) WHERE expires_at IS NOT NULL',
]

/** Columns that a write changes in a row that is there. */
const changedColumns = ['revision', 'value', 'expires_at', ...entryColumns, 'as_of']
const putParameters = Array.from({ length: 11 }, () => '?').join(', ')

// Parameters have no numbers; see sqlite-statements.ts.
/** Statements on the table of rows. */
export const rowStatements: Readonly<Record<'put' | 'putInPlace' | 'scan' | 'dropExpired', string>> = {
  put: `INSERT OR REPLACE INTO rows VALUES (${putParameters})`,
  // REPLACE deletes a row and inserts it elsewhere: measured on positions and rows of a view, twice the pages are written.
  putInPlace: `
    INSERT INTO rows VALUES (${putParameters})
    ON CONFLICT (key) DO UPDATE SET ${changedColumns.map((name) => `${name} = excluded.${name}`).join(', ')}`,
  scan: 'SELECT * FROM rows WHERE key >= ? AND key < ? AND key > ? ORDER BY key',
  dropExpired: 'DELETE FROM rows WHERE expires_at < unixepoch()',
}

/** The values of {@link rowStatements}`.put` and `.putInPlace`; `value` is the JSON of the row. */
export function putValues(
  { key, revision, indexes = [], asOf, expiresAtEpochSeconds }: StoredRow,
  value: string | undefined,
): (string | number | null)[] {
  const entries = places.flatMap((place) => {
    const entry = value === undefined ? undefined : indexes[place]
    return [entry?.value ?? null, entry?.sort ?? null]
  })
  return [key, revision, value ?? null, expiresAtEpochSeconds ?? null, ...entries, asOf ?? null]
}

/** The values of {@link rowStatements}`.scan`. */
export function scanValues(prefix: string, after: string | undefined): (string | number)[] {
  return [prefix, `${prefix}\u007f`, after ?? '']
}

/** Finds all rows of a query after a place. */
export function queryStatement(query: RowQuery, after: RowPlace | undefined): SqlStatement {
  const { index, value, from, to, order } = query
  const [v, s] = [`v${index}`, `s${index}`]
  const conditions = [`${v} = ?`]
  const values: (string | number)[] = [value]
  const add = (condition: string, ...more: readonly string[]) => {
    conditions.push(condition)
    values.push(...more)
  }
  if (from !== undefined) add(`${s} >= ?`, from)
  if (to !== undefined) add(`${s} <= ?`, to)
  if (after !== undefined)
    add(`(${s}, key) ${order === 'descending' ? '<' : '>'} (?, ?)`, after.sort, after.key)
  return {
    text: `SELECT * FROM rows WHERE ${conditions.join(' AND ')} ORDER BY ${queryOrder(query)}`,
    values,
  }
}

/** The order of a query. */
export function queryOrder({ index, order }: RowQuery): string {
  const way = order === 'descending' ? 'DESC' : 'ASC'
  return `s${index} ${way}, key ${way}`
}

/** The row that a statement found. */
export function rowOf(found: SqlRow): StoredRow {
  return storedRow(found, (place) => {
    const value = found[`v${place}`]
    return typeof value === 'string' && value !== '' ? { value, sort: String(found[`s${place}`]) } : undefined
  })
}

/** The row that a statement found, with the characters of its value. */
export function sizedRow(found: SqlRow): SizedRow {
  const { value } = found
  return { row: rowOf(found), size: typeof value === 'string' ? value.length : 0 }
}
