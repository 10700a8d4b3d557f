import type { DatabaseSync } from 'node:sqlite'
import type { RowPlace, SizedRow } from '../../journal/row-page.ts'
import type { RowQuery, StoredRow } from '../../journal/row-store.ts'

/**
 * Stored form of rows: a table of its own in the file of format 2, made when a row store first opens it.
 *
 *   rows   key TEXT: unique; revision INTEGER; value TEXT: a JSON object, NULL for a tombstone; expires_at INTEGER: seconds
 *          since the Unix epoch after which the row may be deleted, or NULL; v0, s0, v1, s1, v2, s2 TEXT: value and sort of
 *          the three index entries, NULL where the row is not in that index; as_of INTEGER: milliseconds since the Unix
 *          epoch, the newest commit in the row, or NULL
 */
const rowsSchema = `
  CREATE TABLE IF NOT EXISTS rows (
    key TEXT NOT NULL PRIMARY KEY, revision INTEGER NOT NULL, value TEXT, expires_at INTEGER,
    v0 TEXT, s0 TEXT, v1 TEXT, s1 TEXT, v2 TEXT, s2 TEXT, as_of INTEGER
  ) STRICT;
  CREATE INDEX IF NOT EXISTS rows_by_0 ON rows (v0, s0, key) WHERE v0 IS NOT NULL;
  CREATE INDEX IF NOT EXISTS rows_by_1 ON rows (v1, s1, key) WHERE v1 IS NOT NULL;
  CREATE INDEX IF NOT EXISTS rows_by_2 ON rows (v2, s2, key) WHERE v2 IS NOT NULL;
  CREATE INDEX IF NOT EXISTS rows_by_expiry ON rows (expires_at) WHERE expires_at IS NOT NULL;`

/** Whether a file has the table as it is now. */
export function hasRows(database: DatabaseSync): boolean {
  return database.prepare("SELECT 1 FROM pragma_table_info('rows') WHERE name = 'as_of'").get() !== undefined
}

/** Makes the table, or adds what one from before lacks. */
export function prepareRows(database: DatabaseSync): void {
  database.exec(rowsSchema)
  if (!hasRows(database)) database.exec('ALTER TABLE rows ADD COLUMN as_of INTEGER')
}

/** Indexes of the table. */
export const rowIndexes = 3

type Row = Readonly<Record<string, unknown>>
type Parameters = readonly (string | number | null)[]

/** The statements of a row store. */
export interface RowStatements {
  revisionOf(key: string): number | undefined
  get(key: string): StoredRow | undefined
  put(row: StoredRow, value: string | undefined): void
  /** Rows after a place, read as they are asked for. */
  query(query: RowQuery, after: RowPlace | undefined): Iterable<SizedRow>
  scan(prefix: string, after: string): Iterable<SizedRow>
  remove(key: string): void
  dropExpired(): void
}

/** Prepares the statements. Parameters have no numbers; see stored-form.ts. */
export function rowStatements(database: DatabaseSync): RowStatements {
  const revisionOf = database.prepare('SELECT revision FROM rows WHERE key = ?')
  const get = database.prepare('SELECT * FROM rows WHERE key = ?')
  const put = database.prepare('INSERT OR REPLACE INTO rows VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
  const scan = database.prepare('SELECT * FROM rows WHERE key >= ? AND key < ? AND key > ? ORDER BY key')
  const remove = database.prepare('DELETE FROM rows WHERE key = ?')
  const dropExpired = database.prepare('DELETE FROM rows WHERE expires_at < unixepoch()')
  return {
    revisionOf(key) {
      const row = revisionOf.get(key)
      return row && Number(row['revision'])
    },
    get(key) {
      const row = get.get(key)
      return row && toRow(row)
    },
    put({ key, revision, indexes = [], asOf, expiresAtEpochSeconds }, value) {
      const entries = Array.from({ length: rowIndexes }, (_, place) => {
        const entry = value === undefined ? undefined : indexes[place]
        return [entry?.value ?? null, entry?.sort ?? null]
      })
      put.run(key, revision, value ?? null, expiresAtEpochSeconds ?? null, ...entries.flat(), asOf ?? null)
    },
    query({ index, value, from, to, order }, after) {
      const [v, s] = [`v${index}`, `s${index}`]
      const down = order === 'descending'
      const conditions = [`${v} = ?`]
      const parameters: (string | number | null)[] = [value]
      const add = (condition: string, values: Parameters) => {
        conditions.push(condition)
        parameters.push(...values)
      }
      if (from !== undefined) add(`${s} >= ?`, [from])
      if (to !== undefined) add(`${s} <= ?`, [to])
      if (after !== undefined) add(`(${s}, key) ${down ? '<' : '>'} (?, ?)`, [after.sort, after.key])
      const way = down ? 'DESC' : 'ASC'
      const text = `SELECT * FROM rows WHERE ${conditions.join(' AND ')} ORDER BY ${s} ${way}, key ${way}`
      return sized(database.prepare(text).iterate(...parameters))
    },
    scan: (prefix, after) => sized(scan.iterate(prefix, `${prefix}\u{10ffff}`, after)),
    remove: (key) => void remove.run(key),
    dropExpired: () => void dropExpired.run(),
  }
}

function* sized(rows: Iterable<Row>): Generator<SizedRow> {
  for (const row of rows) {
    const { value } = row
    yield { row: toRow(row), size: typeof value === 'string' ? value.length : 0 }
  }
}

function toRow(row: Row): StoredRow {
  const entries = Array.from({ length: rowIndexes }, (_, place) => {
    const value = row[`v${place}`]
    return typeof value === 'string' ? { value, sort: String(row[`s${place}`]) } : undefined
  })
  const used = entries.findLastIndex((entry) => entry !== undefined) + 1
  const { value: text, expires_at: expires, as_of: asOf } = row
  return {
    key: String(row['key']),
    revision: Number(row['revision']),
    ...(typeof text === 'string' && { value: JSON.parse(text) as Record<string, unknown> }),
    ...(used > 0 && { indexes: entries.slice(0, used) }),
    ...(typeof asOf === 'number' && { asOf }),
    ...(typeof expires === 'number' && { expiresAtEpochSeconds: expires }),
  }
}
