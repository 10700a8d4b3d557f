import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { developmentConnection } from '../../stores/azure-tables/connection.ts'
import { probePort } from '../dynamodb-local/port.ts'
import { type LocalServer, startServer } from '../local-server/server-process.ts'

/** Options of {@link startAzurite}. */
export interface AzuriteOptions {
  /** Folder of the tables, kept when the server stops. Default: a temporary one, removed then. */
  readonly folder?: string
  /**
   * Path or URL of a file in whose folder, and those above, the npm package `azurite` is looked for. Default: the working
   * directory.
   */
  readonly packagesFrom?: string
}

/**
 * Starts the tables of an Azurite, the emulator of Azure Storage, on a free port of this machine, in about a second, and waits
 * until they answer. `address` is a connection string. The server ends with the process that started it.
 *
 * Azurite writes its file every few seconds and when it is stopped: killed, it loses what it acknowledged.
 *
 * @throws Error with the command that installs Azurite if it is missing.
 */
export async function startAzurite(options: AzuriteOptions = {}): Promise<LocalServer> {
  const program = findProgram(options.packagesFrom)
  const folder = options.folder === undefined ? undefined : resolve(options.folder)
  const data = folder ?? mkdtempSync(join(tmpdir(), 'tailfold-azurite-'))
  mkdirSync(data, { recursive: true })
  const removes = folder === undefined ? [data] : []
  try {
    const port = await probePort(0)
    const where = ['--tableHost', '127.0.0.1', '--tablePort', String(port), '--location', data]
    const args = [program, ...where, '--silent', '--disableTelemetry']
    // The one signal at which Azurite writes its file.
    const plan = { command: process.execPath, args, stopSignal: 'SIGINT', removes } as const
    const isReady = () =>
      fetch(`http://127.0.0.1:${port}/`).then(
        () => true,
        () => false,
      )
    return await startServer('Azurite', developmentConnection(port), plan, isReady)
  } catch (error) {
    for (const each of removes) rmSync(each, { recursive: true, force: true })
    throw error
  }
}

function findProgram(packagesFrom: string | undefined): string {
  for (const from of [packagesFrom, join(process.cwd(), 'package.json'), import.meta.url]) {
    try {
      if (from !== undefined) return createRequire(from).resolve('azurite/dist/src/table/main.js')
    } catch {
      // Not installed there.
    }
  }
  throw new Error('Azurite is not installed: npm install --save-dev azurite')
}
