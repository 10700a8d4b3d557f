import type { PostgresClient } from '../../stores/postgres/client.ts'
import { administer } from './administer.ts'
import type { Database } from './database.ts'
import { loadPackage } from './load-package.ts'

/** `postgres://worker:secret@db.example.com/bank?schema=tailfold`. */
export interface PostgresUrl {
  readonly kind: 'postgres'
  /** As `pg` takes it: without `schema`. */
  readonly connectionString: string
  /** Schema of the tables. Absent: `tailfold`. */
  readonly schema?: string
}

/** A client of `pg`, and how to let go of it. */
interface Connected {
  readonly client: PostgresClient
  close(): Promise<void>
}

/** The part of `pg` that is used. */
interface PgModule {
  readonly default: {
    Pool: new (
      options: object,
    ) => PostgresClient & {
      on(event: 'error', listener: () => void): unknown
      end(): Promise<void>
    }
  }
}

/** A PostgreSQL database, by `pg` of the project. */
export const postgres: Database<PostgresUrl> = {
  shape: 'postgres://<user>@<host>/<database>[?schema=<schema>]',
  help: ['postgres://<user>:<password>@<host>/<database>?schema=<schema>; default schema: tailfold'],

  parse(text) {
    if (!URL.canParse(text) || !/^postgres(ql)?:\/\/[^/]/.test(text)) return undefined
    const url = new URL(text)
    const schema = url.searchParams.get('schema')
    url.searchParams.delete('schema')
    return { kind: 'postgres', connectionString: url.href, ...(schema && { schema }) }
  },

  async open(url) {
    const { postgresStore } = await import('../../stores/postgres/store.ts')
    const { client, close } = await connect(url)
    return { store: postgresStore({ client, ...schemaOf(url) }), close }
  },

  async openRows(url) {
    const { postgresRows } = await import('../../stores/postgres/rows.ts')
    const { client, close } = await connect(url)
    return { rows: postgresRows({ client, ...schemaOf(url) }), close }
  },

  async administer(url, request, _env, print) {
    const { createSchema, describeSchema, problemOf, defaultSchema } = await import(
      '../../stores/postgres/schema.ts'
    )
    const { createRowsSchema, describeRows } = await import('../../stores/postgres/rows-schema.ts')
    const { schema = defaultSchema } = url
    const { client, close } = await connect(url)
    const where = `PostgreSQL ${shown(url)}, schema ${schema}`
    const journal = {
      where,
      create: () => createSchema(client, schema),
      async describe() {
        const { exists, ...settings } = await describeSchema(client, schema)
        return { exists, settings, problem: problemOf({ exists, ...settings }, schema) }
      },
    }
    const rows = {
      where: `${where}, rows`,
      create: () => createRowsSchema(client, schema),
      async describe() {
        const { exists, problem } = await describeRows(client, schema)
        return { exists, settings: {}, problem }
      },
    }
    try {
      await administer(request.rows ? rows : journal, request, print)
    } finally {
      await close()
    }
  },
}

async function connect({ connectionString }: PostgresUrl): Promise<Connected> {
  const { default: pg } = await loadPackage<PgModule>('pg')
  // A person waits, not a function that is billed.
  const timeouts = { statement_timeout: 20_000, connectionTimeoutMillis: 10_000 }
  const pool = new pg.Pool({ connectionString, max: 4, ...timeouts })
  // A server that ends breaks idle connections too; the next statement says so.
  pool.on('error', () => {})
  return { client: pool, close: () => pool.end() }
}

const schemaOf = ({ schema }: PostgresUrl) => (schema === undefined ? {} : { schema })

/** Host and database, without the user and the password. */
function shown({ connectionString }: PostgresUrl): string {
  const { host, pathname } = new URL(connectionString)
  return `${host}${pathname}`
}
