import { places } from '../sql/stored-row.ts'
import { type PostgresClient, queryThrough } from './client.ts'
import { formDiffers } from './failures.ts'
import { checkSchema, defaultSchema } from './schema.ts'

const formatVersion = 1
const comment = `Tailfold stored form of rows ${formatVersion}`

/**
 * The SQL that creates the table of rows, for a migration tool: one statement, which may run again.
 *
 *   rows   key: unique, compared byte by byte; revision; value: the JSON object as it was written (`jsonb` takes no U+0000),
 *          NULL for a tombstone; expires_at: seconds since the Unix epoch after which the row may be deleted, or NULL;
 *          v0, s0, v1, s1, v2, s2: value and sort of the three index entries as UTF-8, NULL where the row is not in that
 *          index; as_of: milliseconds since the Unix epoch, the newest commit in the row, or NULL. Indexes hold the SHA-256
 *          of a value: PostgreSQL takes at most 2,704 bytes there.
 */
export function rowsSchemaSql(schema: string = defaultSchema): string {
  checkSchema(schema)
  return `DO $tailfold$ BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('tailfold.${schema}'));
  IF to_regnamespace('${schema}') IS NULL THEN CREATE SCHEMA ${schema}; END IF;
  IF to_regclass('${schema}.rows') IS NULL THEN
    CREATE TABLE ${schema}.rows (
      key text COLLATE "C" PRIMARY KEY,
      revision bigint NOT NULL,
      value json,
      expires_at bigint,
      ${places.map((place) => `v${place} bytea, s${place} bytea`).join(', ')},
      as_of bigint
    );
    COMMENT ON TABLE ${schema}.rows IS '${comment}';
    ${places
      .map(
        (place) =>
          `CREATE INDEX rows_by_${place} ON ${schema}.rows (sha256(v${place}), s${place}) WHERE v${place} IS NOT NULL;`,
      )
      .join('\n    ')}
    CREATE INDEX rows_by_expiry ON ${schema}.rows (expires_at) WHERE expires_at IS NOT NULL;
  ELSIF obj_description('${schema}.rows'::regclass) IS DISTINCT FROM '${comment}' THEN
    RAISE EXCEPTION 'schema ${schema} holds rows of another program or version' USING ERRCODE = '${formDiffers}';
  ELSIF NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = '${schema}.rows'::regclass AND attname = 'as_of') THEN
    ALTER TABLE ${schema}.rows ADD COLUMN as_of bigint;
  END IF;
END $tailfold$`
}

/**
 * Creates the table of rows where it is missing; several processes may do so at once.
 *
 * @throws `store-unavailable`, also where the schema holds rows of another program.
 */
export async function createRowsSchema(
  client: PostgresClient,
  schema: string = defaultSchema,
): Promise<void> {
  await queryThrough(client)('create the table of rows', rowsSchemaSql(schema), [])
}

const describeSql = `
  SELECT c.oid IS NOT NULL AS exists, obj_description(c.oid, 'pg_class') AS form, quote_ident(current_user) AS user,
    EXISTS (SELECT FROM pg_attribute WHERE attrelid = c.oid AND attname = 'as_of') AS current,
    has_schema_privilege(n.oid, 'USAGE') AS usage,
    (SELECT bool_and(has_table_privilege(c.oid, privilege))
      FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS privilege) AS may
  FROM pg_namespace n LEFT JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = 'rows' AND c.relkind IN ('r', 'p')
  WHERE n.nspname = $1::text`

/** Whether the table of rows is there, and why it cannot be used; completes "it …". */
export async function describeRows(
  client: PostgresClient,
  schema: string,
): Promise<{ readonly exists: boolean; readonly problem: string | undefined }> {
  checkSchema(schema)
  const [row = {}] = await queryThrough(client)('describe the rows', describeSql, [schema])
  const exists = row['exists'] === true
  return { exists, problem: exists ? problemOf(row, schema) : missing(schema) }
}

const missing = (schema: string) =>
  `schema ${schema} lacks the table of rows; create it with createRowsSchema(client)`

function problemOf(row: Readonly<Record<string, unknown>>, schema: string): string | undefined {
  const user = String(row['user'])
  if (row['form'] !== comment) return `schema ${schema} holds rows of another program or version`
  if (row['current'] !== true)
    return `the table of rows in schema ${schema} lacks a column; add it with createRowsSchema(client)`
  if (row['usage'] !== true)
    return `user ${user} may not use schema ${schema}; GRANT USAGE ON SCHEMA ${schema} TO ${user}`
  if (row['may'] !== true)
    return `user ${user} may not read and write the rows; GRANT SELECT, INSERT, UPDATE, DELETE ON ${schema}.rows TO ${user}`
  return undefined
}
