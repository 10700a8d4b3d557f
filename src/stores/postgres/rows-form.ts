import { hexOf, textOfHex } from '../../journal/hex-text.ts'
import { maxPageChars, type RowPlace, type SizedRow } from '../../journal/row-page.ts'
import type { RowQuery, RowWrite, StoredRow } from '../../journal/row-store.ts'
import { places, storedRow } from '../sql/stored-row.ts'
import type { PostgresRow } from './client.ts'

/** Expired rows that a write deletes at most: more than it adds on average. */
const sweptByWrite = 200

const columns = places.flatMap((place) => [`v${place}`, `s${place}`])
const entryColumns = columns.map((name) => `decode(${name}, 'hex') AS ${name}`).join(', ')
const selected = `key, revision, value::text AS value, expires_at, as_of,
  ${columns.map((name) => `encode(${name}, 'hex') AS ${name}`).join(', ')}`

/** The statements for the table of one schema; its name was checked. */
export interface RowStatements {
  readonly get: string
  readonly write: string
  readonly scan: string
  readonly remove: string
  query(query: RowQuery, after: RowPlace | undefined): { text: string; values: readonly unknown[] }
}

/** Statements of the rows of a schema. */
export function rowStatements(schema: string): RowStatements {
  const rows = `${schema}.rows`
  return {
    get: `SELECT ${selected} FROM ${rows} WHERE key = ANY($1::text[])`,
    // Rows that are there are locked first, so that conditions hold for what is written. Those that are not there cannot be
    // locked: where another writer creates one meanwhile, the division by zero undoes the whole statement.
    write: `
      WITH input AS (
        SELECT key, revision, expected, value::json AS value, expires_at, as_of, ${entryColumns}
        FROM jsonb_to_recordset($1::jsonb) AS input (key text, revision bigint, expected bigint, value text,
          expires_at bigint, as_of bigint, ${columns.map((name) => `${name} text`).join(', ')})
      ), present AS (
        SELECT r.key, r.revision FROM ${rows} r JOIN input USING (key) ORDER BY r.key FOR UPDATE OF r
      ), fitting AS (
        SELECT bool_and(CASE WHEN i.expected IS NULL THEN p.revision IS NULL OR i.revision > p.revision
          ELSE i.expected = coalesce(p.revision, -1) END) AS fits, count(*) AS wanted
        FROM input i LEFT JOIN present p USING (key)
      ), updated AS (
        UPDATE ${rows} r SET revision = i.revision, value = i.value, expires_at = i.expires_at, as_of = i.as_of,
          ${columns.map((name) => `${name} = i.${name}`).join(', ')}
        FROM input i JOIN present USING (key), fitting WHERE fits AND r.key = i.key RETURNING 1
      ), created AS (
        INSERT INTO ${rows} (key, revision, value, expires_at, as_of, ${columns.join(', ')})
        SELECT key, revision, value, expires_at, as_of, ${columns.join(', ')} FROM input, fitting
        WHERE fits AND NOT EXISTS (SELECT FROM present p WHERE p.key = input.key) ORDER BY key
        ON CONFLICT (key) DO NOTHING RETURNING 1
      ), expired AS (
        DELETE FROM ${rows} WHERE key IN (
          SELECT key FROM ${rows} WHERE expires_at < extract(epoch FROM now())
            AND NOT EXISTS (SELECT FROM input WHERE input.key = rows.key)
          ORDER BY expires_at LIMIT ${sweptByWrite} FOR UPDATE SKIP LOCKED
        )
      ), counted AS (SELECT (SELECT count(*) FROM updated) + (SELECT count(*) FROM created) AS written)
      SELECT CASE WHEN NOT fits THEN false WHEN written = wanted THEN true ELSE 1 / (wanted - wanted) = 1 END AS written
      FROM fitting, counted`,
    scan: page(
      `${rows} WHERE key >= $1::text AND key < $1::text || '\u007f' AND key > $2::text`,
      'key',
      '$3::bigint',
    ),
    remove: `DELETE FROM ${rows} WHERE key = ANY($1::text[])`,
    query: (query, after) => queryStatement(rows, query, after),
  }
}

/** The rows of a page in their order, and the one after it: a page must not fill the memory. */
function page(from: string, order: string, limit: string): string {
  return `
    SELECT ${selected}, size FROM (
      SELECT *, sum(size) OVER (ORDER BY ${order}) - size AS before FROM (
        SELECT *, coalesce(octet_length(value::text), 0) AS size FROM ${from} ORDER BY ${order} LIMIT ${limit} + 1
      ) AS found
    ) AS counted WHERE before <= ${maxPageChars} ORDER BY ${order}`
}

function queryStatement(
  rows: string,
  { index, value, from, to, order: asked, limit }: RowQuery,
  after?: RowPlace,
) {
  const [v, s] = [`v${index}`, `s${index}`]
  const values: unknown[] = []
  const bytes = (hex: string) => `decode($${values.push(hex)}::text, 'hex')`
  const wanted = bytes(hexOf(value))
  const conditions = [`${v} IS NOT NULL`, `sha256(${v}) = sha256(${wanted})`, `${v} = ${wanted}`]
  if (from !== undefined) conditions.push(`${s} >= ${bytes(hexOf(from))}`)
  if (to !== undefined) conditions.push(`${s} <= ${bytes(hexOf(to))}`)
  const [beyond, way] = asked === 'descending' ? ['<', 'DESC'] : ['>', 'ASC']
  if (after !== undefined)
    conditions.push(
      `(${s}, key) ${beyond} (${bytes(hexOf(after.sort))}, $${values.push(after.key)}::text COLLATE "C")`,
    )
  const order = `${s} ${way}, key ${way}`
  const text = page(`${rows} WHERE ${conditions.join(' AND ')}`, order, `$${values.push(limit)}::bigint`)
  return { text, values }
}

/** What a write sends of a row; `value` is its JSON. */
export function inputOf({ row, when }: RowWrite, value: string | undefined): object {
  const { key, revision, indexes = [], asOf = null, expiresAtEpochSeconds = null } = row
  const entries = places.flatMap((place) => {
    const entry = value === undefined ? undefined : indexes[place]
    return entry === undefined
      ? []
      : [
          [`v${place}`, hexOf(entry.value)],
          [`s${place}`, hexOf(entry.sort)],
        ]
  })
  return {
    key,
    revision,
    expected: when === 'newer' ? null : when,
    value: value ?? null,
    expires_at: expiresAtEpochSeconds,
    as_of: asOf,
    ...Object.fromEntries(entries),
  }
}

/** The row that a statement found. */
export function rowOf(found: PostgresRow): StoredRow {
  return storedRow(found, (place) => {
    const value = found[`v${place}`]
    return typeof value === 'string'
      ? { value: textOfHex(value), sort: textOfHex(String(found[`s${place}`])) }
      : undefined
  })
}

/** The row that a statement of a page found, with the bytes of its value. */
export function sizedRow(found: PostgresRow): SizedRow {
  return { row: rowOf(found), size: Number(found['size']) }
}
