import { mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { LibsqlClient } from 'tailfold/libsql'
import type { OpenJournal } from './journals.ts'
import { UsageError } from './options.ts'

/** The part of `@libsql/client` that is used. */
interface ClientModule {
  createClient(options: object): LibsqlClient & { close(): void }
}

/** Folders that may hold the client and a server: this one, and in a checkout of Tailfold the one of its tests. */
const folders = ['.', 'test/clouds']

/**
 * Opens a journal in libSQL: the database of `TURSO_DATABASE_URL`, else that of an sqld of its own whose data is kept in the
 * folder, else a file there.
 */
export async function openLibsql(dataFolder: string, env: NodeJS.ProcessEnv): Promise<OpenJournal> {
  const { createRowsSchema, createSchema, libsqlJournal, libsqlRows } = await import('tailfold/libsql')
  const { createClient, packagesFrom } = await loadClient()
  const database = await findDatabase(dataFolder, env['TURSO_DATABASE_URL'], packagesFrom)
  const authToken = env['TURSO_AUTH_TOKEN']
  const client = createClient({ url: database.url, timeout: 5_000, ...(authToken && { authToken }) })
  const close = async () => {
    client.close()
    await database.stop()
  }
  try {
    await createSchema(client)
    await createRowsSchema(client)
    const [journal, rows] = [libsqlJournal({ client }), libsqlRows({ client })]
    return { journal, rows, keptIn: database.keptIn, close }
  } catch (error) {
    await close()
    throw error
  }
}

async function findDatabase(dataFolder: string, url: string | undefined, packagesFrom: string) {
  if (url && !URL.canParse(url))
    throw new UsageError('TURSO_DATABASE_URL must be an address such as libsql://bank-acme.turso.io.')
  if (url) return { url, keptIn: `libSQL ${new URL(url).host}`, stop: async () => {} }
  const { startSqld } = await import('tailfold/testing/sqld')
  const folder = join(dataFolder, 'sqld')
  const server = await startSqld({ folder, packagesFrom }).catch((error: unknown) => {
    if (!/not installed/.test(String(error))) throw error
  })
  if (server === undefined) {
    mkdirSync(dataFolder, { recursive: true })
    const file = join(dataFolder, 'journal.libsql')
    const keptIn = `${file} (libSQL, as sqld is not installed): kept when the server stops`
    return { url: `file:${file}`, keptIn, stop: async () => {} }
  }
  return {
    url: server.address,
    keptIn: `${folder} (sqld at ${new URL(server.address).host}): kept when the server stops`,
    stop: () => server.stop(),
  }
}

async function loadClient(): Promise<ClientModule & { readonly packagesFrom: string }> {
  for (const folder of folders) {
    const packagesFrom = join(process.cwd(), folder, 'package.json')
    try {
      const file = createRequire(packagesFrom).resolve('@libsql/client')
      const { createClient } = (await import(pathToFileURL(file).href)) as ClientModule
      return { createClient, packagesFrom }
    } catch {
      // Not installed there.
    }
  }
  throw new UsageError('libSQL needs its client: npm ci --prefix test/clouds, or npm install @libsql/client.')
}
