import { rowsSchema } from '../sql/sqlite-rows.ts'
import { sqliteSchema } from '../sql/sqlite-schema.ts'
import type { SqlRow } from '../sql/sqlite-client.ts'
import { type LibsqlClient, runThrough } from './client.ts'
import { libsqlFailure, unfit } from './failures.ts'

const journalSchema = sqliteSchema({ feed: true }).map((text) =>
  text.replace(/^CREATE (TABLE|INDEX) /, 'CREATE $1 IF NOT EXISTS '),
)

/** A set of tables that belong together. */
interface Tables {
  /** Statements that create what is missing. */
  readonly create: readonly string[]
  /** For messages. */
  readonly remedy: string
}

const journal: Tables = { create: journalSchema, remedy: 'create them with createSchema(client)' }
const rows: Tables = { create: rowsSchema, remedy: 'create them with createRowsSchema(client)' }

/** What {@link describeSchema} finds. */
export interface SchemaReport {
  /** Version of SQLite, such as `3.45.1`. */
  readonly sqlite: string
  /** Whether all tables exist. */
  readonly exists: boolean
  /** Whether those that exist are of this version of Tailfold. */
  readonly fits: boolean
  /** How the database syncs: `FULL` at each commit, `NORMAL` at checkpoints alone. */
  readonly synchronous: string
}

/** The SQL that creates the tables of a journal, for a migration tool; it may run again. */
export function schemaSql(): string {
  return `${journalSchema.join(';\n')};\n`
}

/** The SQL that creates the table of rows, for a migration tool; it may run again. */
export function rowsSchemaSql(): string {
  return `${rowsSchema.join(';\n')};\n`
}

/**
 * Creates the tables of a journal where they are missing; several processes may do so at once. Switches a file to WAL mode,
 * so that readers and writers do not wait for each other.
 *
 * @throws `store-unavailable`, also where the database holds tables of another program.
 */
export function createSchema(client: LibsqlClient): Promise<void> {
  return create(client, journal)
}

/** As {@link createSchema}, for the table of rows. */
export function createRowsSchema(client: LibsqlClient): Promise<void> {
  return create(client, rows)
}

/** What is there of a journal: one request. */
export function describeSchema(client: LibsqlClient): Promise<SchemaReport> {
  return describe(client, journal)
}

/** What is there of rows. */
export function describeRows(client: LibsqlClient): Promise<SchemaReport> {
  return describe(client, rows)
}

/** Why a database cannot hold a journal; `undefined` where it can. */
export function problemOf(report: SchemaReport): string | undefined {
  return problem(report, journal)
}

/** As {@link problemOf}, for rows. */
export function problemOfRows(report: SchemaReport): string | undefined {
  return problem(report, rows)
}

/** Throws `store-unavailable` unless the journal is there and may be read and written. */
export function verifySchema(client: LibsqlClient): Promise<void> {
  return verify(client, journal, 'commits')
}

/** As {@link verifySchema}, for rows. */
export function verifyRows(client: LibsqlClient): Promise<void> {
  return verify(client, rows, 'rows')
}

async function create(client: LibsqlClient, tables: Tables): Promise<void> {
  const operation = 'create the tables'
  const { fits } = await describe(client, tables, operation)
  if (!fits) throw unfit(operation, otherProgram)
  if (client.protocol === 'file') {
    await client.execute('PRAGMA journal_mode = WAL').catch((error: unknown) => {
      throw libsqlFailure(operation, error)
    })
  }
  await runThrough(client)(
    operation,
    tables.create.map((text) => ({ text, values: [] })),
    undefined,
  )
}

const otherProgram = 'the database holds tables of another program or version; name another database'

async function describe(
  client: LibsqlClient,
  { create: statements }: Tables,
  operation = 'describe the tables',
): Promise<SchemaReport> {
  const wanted = statements.flatMap((text) => {
    const [, name] = /^CREATE TABLE IF NOT EXISTS (\w+)/.exec(text) ?? []
    return name === undefined ? [] : [[name, text.replace('IF NOT EXISTS ', '')] as const]
  })
  const names = JSON.stringify(wanted.map(([name]) => name))
  const [found, settings] = await runThrough(client)(
    operation,
    [
      {
        text: 'SELECT name, sql FROM sqlite_schema WHERE name IN (SELECT value FROM json_each(?))',
        values: [names],
      },
      { text: 'SELECT sqlite_version() AS sqlite, synchronous FROM pragma_synchronous', values: [] },
    ],
    undefined,
  )
  const present = new Map(found?.rows.map((row: SqlRow) => [row['name'], row['sql']]))
  const [setting = {}] = settings?.rows ?? []
  return {
    sqlite: String(setting['sqlite']),
    exists: wanted.every(([name]) => present.has(name)),
    fits: wanted.every(([name, text]) => !present.has(name) || present.get(name) === text),
    synchronous: ['OFF', 'NORMAL', 'FULL', 'EXTRA'][Number(setting['synchronous'])] ?? '',
  }
}

function problem({ exists, fits, synchronous }: SchemaReport, { remedy }: Tables): string | undefined {
  if (!fits) return otherProgram
  if (!exists) return `the database lacks tables; ${remedy}`
  if (synchronous === 'OFF') return 'synchronous is OFF: a crash damages the database'
  return undefined
}

/** A statement that deletes nothing takes permission to write all the same. */
async function verify(client: LibsqlClient, tables: Tables, table: string): Promise<void> {
  const found = problem(await describe(client, tables, 'verify'), tables)
  if (found !== undefined) throw unfit('verify', found)
  await runThrough(client)('verify', [{ text: `DELETE FROM ${table} WHERE 0`, values: [] }], undefined)
}
