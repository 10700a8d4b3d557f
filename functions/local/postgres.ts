import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { PostgresClient } from 'tailfold/postgres'
import type { OpenJournal } from './journals.ts'
import { UsageError } from './options.ts'

/** The part of `pg` that is used. */
interface Pg {
  readonly Pool: new (
    options: object,
  ) => PostgresClient & {
    on(event: 'error', listener: () => void): unknown
    end(): Promise<void>
  }
}

/** Folders that may hold `pg` and a server: this one, and in a checkout of Tailfold the one of its tests. */
const folders = ['.', 'test/clouds']

/** Opens a journal in PostgreSQL: that of `DATABASE_URL`, else a server of its own whose data is kept in the folder. */
export async function openPostgres(dataFolder: string, env: NodeJS.ProcessEnv): Promise<OpenJournal> {
  const address = env['DATABASE_URL']
  if (address && !URL.canParse(address))
    throw new UsageError('DATABASE_URL must be an address such as postgres://localhost/bank.')
  const { createRowsSchema, createSchema, postgresJournal, postgresRows } = await import('tailfold/postgres')
  const { pg, packagesFrom } = await loadPg()
  const database = await findDatabase(dataFolder, address, packagesFrom)
  const client = new pg.Pool({ connectionString: database.address, statement_timeout: 5_000 })
  client.on('error', () => {})
  const close = async () => {
    await client.end()
    await database.stop()
  }
  try {
    await createSchema(client)
    await createRowsSchema(client)
    const [journal, rows] = [postgresJournal({ client }), postgresRows({ client })]
    return { journal, rows, keptIn: database.keptIn, close }
  } catch (error) {
    await close()
    throw error
  }
}

async function findDatabase(dataFolder: string, address: string | undefined, packagesFrom: string) {
  if (address) {
    const { host, pathname } = new URL(address)
    return { address, keptIn: `PostgreSQL ${host}${pathname}, schema tailfold`, stop: async () => {} }
  }
  const { startPostgresLocal } = await import('tailfold/testing/postgres-local')
  const folder = join(dataFolder, 'postgres')
  const server = await startPostgresLocal({ folder, packagesFrom })
  const { host } = new URL(server.address)
  return {
    address: server.address,
    keptIn: `${folder} (PostgreSQL at ${host}): kept when the server stops`,
    stop: () => server.stop(),
  }
}

async function loadPg(): Promise<{ readonly pg: Pg; readonly packagesFrom: string }> {
  for (const folder of folders) {
    const packagesFrom = join(process.cwd(), folder, 'package.json')
    try {
      const file = createRequire(packagesFrom).resolve('pg')
      const { default: pg } = (await import(pathToFileURL(file).href)) as { readonly default: Pg }
      return { pg, packagesFrom }
    } catch {
      // Not installed there.
    }
  }
  throw new UsageError(
    'PostgreSQL needs pg, and a server: npm ci --prefix test/clouds, or set DATABASE_URL and npm install pg.',
  )
}
