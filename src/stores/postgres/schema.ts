import { type PostgresClient, queryThrough } from './client.ts'
import { formDiffers, unfit } from './failures.ts'

/**
 * Stored form, version 1 (the comment of the table `commits`). A database once written stays readable.
 *
 *   commits      key, revision: unique together; hash: field `h` of the record; record: the record as a JSON object;
 *                xid: the transaction that wrote it; position: unique, ascending within a transaction and within a key.
 *                The order of commits across all keys is (xid, position), up to the oldest transaction that still runs.
 *   snapshots    key: unique; revision, schema_version, record: likewise
 *   command_ids  key, id_hash: unique together, the SHA-256 of the id as JSON text; revision: the commit that recorded the
 *                id; expires_at: seconds since the Unix epoch after which the row may be deleted
 *
 * Keys are compared byte by byte (collation C). `record` is text, as `jsonb` takes no U+0000.
 */
export const formatVersion = 1

const comment = `Tailfold stored form ${formatVersion}`

/** Default schema of the tables. */
export const defaultSchema = 'tailfold'

const schemaPattern = /^[a-z_][a-z0-9_]{0,62}$/

/** Throws `TypeError` for what is no plain name of a schema: it goes into the text of statements. */
export function checkSchema(schema: unknown): asserts schema is string {
  if (typeof schema === 'string' && schemaPattern.test(schema)) return
  throw new TypeError(
    `schema must be 1 to 63 lowercase letters, digits and underscores, not beginning with a digit: ${JSON.stringify(schema)}`,
  )
}

/**
 * The SQL that creates the tables, for a migration tool: one statement, which may run again. Needs PostgreSQL 13 or newer
 * and the right to create a schema, unless that exists.
 *
 * Tables that were restored from a dump into another server hold transaction ids of the old one; running it again
 * renumbers them, so that feeds see every commit.
 */
export function schemaSql(schema: string = defaultSchema): string {
  checkSchema(schema)
  return `DO $tailfold$ BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('tailfold.${schema}'));
  IF to_regnamespace('${schema}') IS NULL THEN CREATE SCHEMA ${schema}; END IF;
  IF to_regclass('${schema}.commits') IS NULL THEN
    CREATE TABLE ${schema}.commits (
      key text COLLATE "C" NOT NULL,
      revision bigint NOT NULL,
      hash text COLLATE "C" NOT NULL,
      record text NOT NULL,
      xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
      position bigint GENERATED ALWAYS AS IDENTITY,
      PRIMARY KEY (key, revision)
    );
    COMMENT ON TABLE ${schema}.commits IS '${comment}';
    CREATE INDEX commits_in_order ON ${schema}.commits (xid, position);
    CREATE TABLE ${schema}.snapshots (
      key text COLLATE "C" PRIMARY KEY,
      revision bigint NOT NULL,
      schema_version bigint NOT NULL,
      record text NOT NULL
    );
    CREATE TABLE ${schema}.command_ids (
      key text COLLATE "C" NOT NULL,
      id_hash bytea NOT NULL,
      revision bigint NOT NULL,
      expires_at bigint NOT NULL,
      PRIMARY KEY (key, id_hash)
    );
    CREATE INDEX command_ids_by_expiry ON ${schema}.command_ids (expires_at);
  ELSIF obj_description('${schema}.commits'::regclass) IS DISTINCT FROM '${comment}' THEN
    RAISE EXCEPTION 'schema ${schema} holds tables of another program or version' USING ERRCODE = '${formDiffers}';
  ELSIF EXISTS (SELECT FROM ${schema}.commits WHERE xid >= pg_snapshot_xmax(pg_current_snapshot())) THEN
    UPDATE ${schema}.commits SET xid = '3';
  END IF;
END $tailfold$`
}

/**
 * Creates the tables where they are missing; several processes may do so at once.
 *
 * @throws `store-unavailable`, also where the schema holds tables of another program.
 */
export async function createSchema(client: PostgresClient, schema: string = defaultSchema): Promise<void> {
  await queryThrough(client)('create the tables', schemaSql(schema), [])
}

/** What {@link describeSchema} finds. */
export interface SchemaReport {
  /** Such as `18.4`. */
  readonly server: string
  readonly database: string
  /** Whether the tables exist. */
  readonly exists: boolean
  readonly form: string | undefined
  readonly encoding: string
  readonly synchronousCommit: string
  readonly fsync: string
  /** Whether it takes no writes: a replica, or a session that is read-only. */
  readonly isReplica: boolean
  /** The user of the connection, quoted where SQL needs it. */
  readonly user: string
  /** Whether this user has `USAGE` on the schema. */
  readonly usage: boolean
  /** `SELECT, INSERT, UPDATE, DELETE` as far as this user may, on all three tables. */
  readonly privileges: string
  /** Estimate of the statistics collector; -1 before the first one. */
  readonly commits: number
  readonly bytes: number
}

/** What is there: one request, which also a user without rights on the tables may send. */
export async function describeSchema(
  client: PostgresClient,
  schema: string = defaultSchema,
): Promise<SchemaReport> {
  checkSchema(schema)
  const [row = {}] = await queryThrough(client)('describe the tables', describeSql, [schema])
  return {
    server: String(row['server']),
    database: String(row['database']),
    exists: Number(row['tables']) === tableNames.length,
    form: (row['form'] as string | null) ?? undefined,
    encoding: String(row['encoding']),
    synchronousCommit: String(row['synchronous_commit']),
    fsync: String(row['fsync']),
    isReplica: row['is_replica'] === true,
    user: String(row['user']),
    usage: row['usage'] === true,
    privileges: (row['privileges'] as string | null) ?? '',
    commits: Number(row['commits'] ?? 0),
    bytes: Number(row['bytes'] ?? 0),
  }
}

const tableNames = ['commits', 'snapshots', 'command_ids'] as const
const neededPrivileges = 'SELECT, INSERT, UPDATE, DELETE'

const describeSql = `
  WITH tables AS (
    SELECT c.oid, c.relname, c.reltuples FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = $1::text AND c.relname IN ('${tableNames.join("', '")}') AND c.relkind IN ('r', 'p')
  )
  SELECT quote_ident(current_user) AS user,
    (SELECT has_schema_privilege(oid, 'USAGE') FROM pg_namespace WHERE nspname = $1::text) AS usage,
    current_setting('server_version') AS server, current_database() AS database,
    current_setting('server_encoding') AS encoding,
    current_setting('synchronous_commit') AS synchronous_commit, current_setting('fsync') AS fsync,
    (pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on') AS is_replica, (SELECT count(*) FROM tables) AS tables,
    (SELECT obj_description(oid, 'pg_class') FROM tables WHERE relname = 'commits') AS form,
    (SELECT reltuples::bigint FROM tables WHERE relname = 'commits') AS commits,
    (SELECT sum(pg_total_relation_size(oid)) FROM tables) AS bytes,
    (SELECT string_agg(privilege, ', ' ORDER BY n) FROM unnest(string_to_array('${neededPrivileges}', ', '))
      WITH ORDINALITY AS needed (privilege, n)
      WHERE (SELECT bool_and(has_table_privilege(oid, privilege)) FROM tables)) AS privileges`

/** Why a database cannot hold a journal; `undefined` where it can. Completes "it …". */
export function problemOf(report: SchemaReport, schema: string): string | undefined {
  if (!report.exists) return `schema ${schema} lacks the tables; create them with createSchema(client)`
  if (report.form !== comment) return `schema ${schema} holds tables of another program or version`
  if (report.encoding !== 'UTF8') return `the database is encoded in ${report.encoding}; UTF8 is needed`
  if (report.isReplica)
    return 'the connection takes no writes; connect to the primary, or set default_transaction_read_only to off'
  if (!report.usage)
    return `user ${report.user} may not use schema ${schema}; GRANT USAGE ON SCHEMA ${schema} TO ${report.user}`
  if (report.privileges !== neededPrivileges)
    return `user ${report.user} may only ${report.privileges || 'do nothing'} on the tables of ${schema}; GRANT ${neededPrivileges} ON ALL TABLES IN SCHEMA ${schema} TO ${report.user}`
  if (report.fsync !== 'on') return 'fsync is off: a crash damages the database'
  if (report.synchronousCommit === 'off')
    return 'synchronous_commit is off: a crash loses commits that were acknowledged; set it to on for this user'
  return undefined
}

/** Throws `store-unavailable` unless the database can hold a journal. */
export async function verifySchema(client: PostgresClient, schema: string): Promise<void> {
  const problem = problemOf(await describeSchema(client, schema), schema)
  if (problem !== undefined) throw unfit(problem)
}
