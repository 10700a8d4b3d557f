import { changesSql } from './feed.ts'

/** Bytes of records after which a page ends: reading must not fill the memory. */
const pageBytes = 1024 * 1024

/** Rows of command ids that an append with ids deletes at most once they have expired: more than it adds. */
const sweptByAppend = 200

/**
 * The commit is inserted unless the revision is taken, or the record before has another hash. `present` is what the
 * statement could see at that revision: a writer that committed meanwhile is not among it.
 */
const insert = (schema: string): string => `
  before AS (
    SELECT $5::text IS NULL OR ($2::bigint = 1 AND $5::text = '') OR EXISTS (
      SELECT FROM ${schema}.commits WHERE key = $1 AND revision = $2::bigint - 1 AND hash = $5::text
    ) AS fits
  ), added AS (
    INSERT INTO ${schema}.commits (key, revision, hash, record)
    SELECT $1::text, $2::bigint, $3::text, $4::text FROM before WHERE fits
    ON CONFLICT (key, revision) DO NOTHING
    RETURNING 1
  )`

const answer = (schema: string): string => `
  SELECT EXISTS (SELECT FROM added) AS added, (SELECT fits FROM before) AS fits,
    (SELECT record FROM ${schema}.commits WHERE key = $1 AND revision = $2::bigint) AS present`

const idHash = (parameter: string) => `sha256(convert_to(${parameter}, 'UTF8'))`

/** A page of commits: at least one, `found` counts what the limit would have allowed, plus one where more follow. */
const page = (schema: string, where: string, order: 'ASC' | 'DESC'): string => `
  SELECT revision, record, found FROM (
    SELECT revision, record, count(*) OVER () AS found, row_number() OVER (ORDER BY revision ${order}) AS n,
      sum(octet_length(record)) OVER (ORDER BY revision ${order}) AS bytes
    FROM (
      SELECT revision, record FROM ${schema}.commits WHERE ${where} ORDER BY revision ${order} LIMIT $2::bigint + 1
    ) AS rows
  ) AS counted
  WHERE n <= $2::bigint AND (n = 1 OR bytes <= ${pageBytes})`

/** Every statement of the store, by what it does. */
export interface Statements {
  readonly append: string
  readonly appendWithIds: string
  readonly recover: string
  readonly range: string
  readonly keys: string
  readonly changes: string
  readonly saveSnapshot: string
  readonly findId: string
  readonly sweep: string
  readonly truncate: string
}

const texts = (schema: string): Statements => ({
  append: `WITH ${insert(schema)} ${answer(schema)}`,
  // Ids come as JSON: [[text of the id, expiry], …]. Expired ones of other keys go, as those of this key may be renewed.
  appendWithIds: `
    WITH ${insert(schema)}, ids AS (
      INSERT INTO ${schema}.command_ids (key, id_hash, revision, expires_at)
      SELECT $1::text, ${idHash('id ->> 0')}, $2::bigint, (id ->> 1)::bigint
      FROM added, jsonb_array_elements($6::jsonb) AS id
      ON CONFLICT (key, id_hash) DO UPDATE SET revision = excluded.revision, expires_at = excluded.expires_at
    ), expired AS (
      DELETE FROM ${schema}.command_ids WHERE (key, id_hash) IN (
        SELECT key, id_hash FROM ${schema}.command_ids
        WHERE expires_at < extract(epoch FROM now()) AND key <> $1::text
        ORDER BY expires_at LIMIT ${sweptByAppend} FOR UPDATE SKIP LOCKED
      )
    ) ${answer(schema)}`,
  recover: `
    SELECT revision, schema_version, record, NULL AS found FROM ${schema}.snapshots WHERE key = $1::text
    UNION ALL
    SELECT revision, NULL, record, found FROM (${page(schema, 'key = $1::text', 'DESC')}) AS newest`,
  range: page(schema, 'key = $1::text AND revision >= $3::bigint', 'ASC'),
  // One look into the index for each key, however many commits the entities have.
  keys: `
    WITH RECURSIVE found (key) AS (
      (SELECT key FROM ${schema}.commits WHERE key > $1::text AND key < $2::text ORDER BY key LIMIT 1)
      UNION ALL
      SELECT (
        SELECT c.key FROM ${schema}.commits c WHERE c.key > found.key AND c.key < $2::text ORDER BY c.key LIMIT 1
      ) FROM found WHERE found.key IS NOT NULL
    )
    SELECT key FROM found WHERE key IS NOT NULL LIMIT $3::bigint`,
  changes: changesSql(schema, pageBytes),
  saveSnapshot: `
    INSERT INTO ${schema}.snapshots AS present (key, revision, schema_version, record)
    VALUES ($1::text, $2::bigint, $3::bigint, $4::text)
    ON CONFLICT (key) DO UPDATE
    SET revision = excluded.revision, schema_version = excluded.schema_version, record = excluded.record
    WHERE excluded.schema_version > present.schema_version
       OR (excluded.schema_version = present.schema_version AND excluded.revision >= present.revision)`,
  findId: `
    SELECT revision FROM ${schema}.command_ids WHERE key = $1::text AND id_hash = ${idHash('$2::text')}`,
  sweep: `
    WITH gone AS (DELETE FROM ${schema}.command_ids WHERE expires_at < $1::bigint RETURNING 1)
    SELECT count(*) AS count FROM gone`,
  // Snapshots of older schema versions are under `<key>//<version>`; `0` comes right after `/`.
  truncate: `
    WITH snapshots AS (
      DELETE FROM ${schema}.snapshots
      WHERE (key = $1::text OR (key > $1::text || '//' AND key < $1::text || '/0')) AND revision > $2::bigint
    ), ids AS (
      DELETE FROM ${schema}.command_ids WHERE key = $1::text AND revision > $2::bigint
    ), gone AS (
      DELETE FROM ${schema}.commits WHERE key = $1::text AND revision > $2::bigint RETURNING 1
    )
    SELECT count(*) AS count FROM gone`,
})

/** The statements for the tables of one schema; its name was checked. */
export const statementsOf: (schema: string) => Statements = texts
