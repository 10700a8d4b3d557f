import { existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import type { LibsqlClient } from '../../stores/libsql/client.ts'
import { libsqlFailure } from '../../stores/libsql/failures.ts'
import { UsageError } from '../command-line.ts'
import { administer } from './administer.ts'
import type { Database } from './database.ts'
import { loadPackage } from './load-package.ts'

/** `libsql://bank-acme.turso.io`, `libsql:http://127.0.0.1:8080` or `libsql:data/bank.db`. */
export interface LibsqlUrl {
  readonly kind: 'libsql'
  /** As `createClient` takes it; absent for a file. */
  readonly url?: string
  readonly file?: string
}

const variable = 'TURSO_AUTH_TOKEN'

/** The part of `@libsql/client` that is used. */
interface ClientModule {
  createClient(options: {
    readonly url: string
    readonly authToken?: string
    readonly timeout: number
  }): LibsqlClient & { close(): void }
}

/** A Turso database, an sqld server or a file, by `@libsql/client` of the project. */
export const libsql: Database<LibsqlUrl> = {
  shape: 'libsql://<host>, libsql:<address>, libsql:<path>',
  help: [
    `libsql://<host> or libsql:http://<host>:<port>, with the token of ${variable};`,
    'libsql:<path> for a file',
  ],

  parse(text) {
    const rest = text.slice('libsql:'.length).replace(/^file:/, '')
    const url = rest.startsWith('//') ? text : rest
    if (/^(libsql|https?|wss?):/.test(url))
      return URL.canParse(url) && new URL(url).host !== '' ? { kind: 'libsql', url } : undefined
    return rest === '' ? undefined : { kind: 'libsql', file: rest }
  },

  async open(url, env) {
    requireFile(url)
    const { libsqlStore } = await import('../../stores/libsql/store.ts')
    const client = await connect(url, env)
    return { store: libsqlStore({ client }), close: () => client.close() }
  },

  async openRows(url, env) {
    requireFile(url)
    const { libsqlRows } = await import('../../stores/libsql/rows.ts')
    const client = await connect(url, env)
    return { rows: libsqlRows({ client }), close: () => client.close() }
  },

  async administer(url, request, env, print) {
    const schema = await import('../../stores/libsql/schema.ts')
    const { createSchema, describeSchema, problemOf } = schema
    const { createRowsSchema, describeRows, problemOfRows } = schema
    const [create, describe, problem] = request.rows
      ? [createRowsSchema, describeRows, problemOfRows]
      : [createSchema, describeSchema, problemOf]
    const use = async <Answer>(work: (client: LibsqlClient) => Promise<Answer>) => {
      const client = await connect(url, env)
      try {
        return await work(client)
      } finally {
        client.close()
      }
    }
    const target = {
      where: shown(url),
      create() {
        if (url.file !== undefined) mkdirSync(dirname(url.file), { recursive: true })
        return use(create)
      },
      async describe() {
        // A client makes a file that is missing.
        if (isMissing(url)) return { exists: false, settings: {}, problem: missing(url) }
        const { exists, fits, ...settings } = await use(describe)
        return { exists, settings, problem: problem({ exists, fits, ...settings }) }
      },
    }
    await administer(target, request, print)
  },
}

async function connect({ url, file }: LibsqlUrl, env: NodeJS.ProcessEnv) {
  const { createClient } = await loadPackage<ClientModule>('@libsql/client')
  const authToken = env[variable]
  const address = url ?? `file:${file?.split('/').map(encodeURIComponent).join('/')}`
  try {
    return createClient({ url: address, timeout: 10_000, ...(authToken && { authToken }) })
  } catch (error) {
    throw libsqlFailure('open', error)
  }
}

/** Without a token. */
function shown({ url, file }: LibsqlUrl): string {
  return url === undefined ? `libSQL file ${file}` : `libSQL ${new URL(url).host}`
}

function isMissing({ file }: LibsqlUrl): boolean {
  return file !== undefined && !existsSync(file)
}

const missing = ({ file }: LibsqlUrl) => `there is no file ${file}`

function requireFile(url: LibsqlUrl): void {
  if (isMissing(url)) throw new UsageError(`There is no file ${url.file}.`)
}
