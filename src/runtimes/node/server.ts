import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Checks, wholeNumber } from '../../core/base/check-options.ts'
import type { App } from '../../http/app.ts'
import { checkArguments } from '../common/check-arguments.ts'
import { bound, timerMs } from './bounds.ts'
import { boundConnections, type Connections } from './connections.ts'
import { hostCheck } from './hosts.ts'
import { createListener, listenerChecks, type NodeListenerOptions, serving } from './listener.ts'

/** Where and how a server listens. All times in whole milliseconds; `Infinity` is no limit. */
export interface NodeServerOptions extends NodeListenerOptions {
  /** Default 3000; 0 takes any free port. */
  readonly port?: number
  /** Default `'127.0.0.1'`: this machine only. `'0.0.0.0'` serves the network, as containers need. */
  readonly host?: string
  /**
   * Names in `Host` that the server answers to, without a port, beside its own address and `localhost`; other requests are
   * 421. Default on a loopback address: none, so that no web page reaches the server under a name of its own (DNS
   * rebinding). Default on any other address, and with `'any'`: all names.
   */
  readonly allowedHosts?: readonly string[] | 'any'
  /** Most connections at a time. One more takes the place of one that is idle, uploads or reads slowly. Default 1,000. */
  readonly maxConnections?: number
  /** Time for the headers of a request to arrive, else 408. Default 10,000, and never more than `requestTimeoutMs`. */
  readonly headersTimeoutMs?: number
  /** Time for a whole request to arrive, body included, else 408. Default 30,000. */
  readonly requestTimeoutMs?: number
  /** Time an idle connection is kept. Default 5,000. */
  readonly keepAliveTimeoutMs?: number
  /** Time `close` waits for requests in progress before it cuts them off. Default 10,000. */
  readonly closeTimeoutMs?: number
}

/** An app on a port. */
export interface NodeServer {
  /** Starts to listen. Rejects with a message of one line when the port is taken or not allowed. */
  listen(): Promise<{ readonly url: string; readonly port: number }>
  /**
   * Accepts no more connections, closes those without a request, lets requests in progress finish, then waits for the app
   * to be idle. May be called twice.
   */
  close(): Promise<void>
}

const checks: Checks<NodeServerOptions> = {
  ...listenerChecks,
  port: wholeNumber(0, 65_535),
  host: ['a name or an address', isName],
  allowedHosts: [
    "a list of names or 'any'",
    (value) => value === 'any' || (Array.isArray(value) && value.every(isName)),
  ],
  maxConnections: bound(1),
  headersTimeoutMs: bound(1),
  requestTimeoutMs: bound(1),
  keepAliveTimeoutMs: bound(1),
  closeTimeoutMs: bound(0),
}

function isName(value: unknown): boolean {
  return typeof value === 'string' && value !== ''
}

/** Room for the longest path and query that the app looks at, and 16 KiB of headers. */
const maxHeaderBytes = 48 * 1024

/** How often Node.js looks for requests that are overdue. */
const timeoutCheckMs = 1_000

/**
 * Makes a server of an app; call `listen` to start it. To stop it on a signal, call `close` from your own handler. Throws
 * `TypeError` on options that cannot work.
 */
export function nodeServer(app: App, options: NodeServerOptions = {}): NodeServer {
  checkArguments('nodeServer', app, options, checks)
  const { port = 3_000, host = '127.0.0.1', requestTimeoutMs = 30_000 } = options
  const { headersTimeoutMs = 10_000, keepAliveTimeoutMs = 5_000, closeTimeoutMs = 10_000 } = options
  const { maxConnections = 1_000 } = options
  let closing: Promise<void> | undefined
  const listener = createListener({
    ...serving(app, options),
    isAllowedHost: hostCheck(host, options.allowedHosts),
    onBegin: (request, response) => connections.begin(request, response),
    isClosing: () => closing !== undefined,
  })
  const server = createServer(
    {
      maxHeaderSize: maxHeaderBytes,
      requestTimeout: timerMs(requestTimeoutMs),
      headersTimeout: timerMs(Math.min(headersTimeoutMs, requestTimeoutMs)),
      keepAliveTimeout: timerMs(keepAliveTimeoutMs),
      connectionsCheckingInterval: Math.min(timeoutCheckMs, requestTimeoutMs),
    },
    (request, response) => listener(request, response, false),
  )
  server.on('checkContinue', (request, response) => listener(request, response, true))
  const connections = boundConnections(server, maxConnections)

  return {
    listen: () => listen(server, host, port),
    close() {
      closing ??= within(
        timerMs(closeTimeoutMs),
        closeServer(server, connections).then(() => app.idle()),
      ).then(() => server.closeAllConnections())
      return closing
    },
  }
}

function listen(server: Server, host: string, port: number): Promise<{ url: string; port: number }> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException) => {
      const why =
        error.code === 'EADDRINUSE'
          ? 'the port is in use; stop the other process or choose another port'
          : error.message
      reject(new Error(`Cannot listen on ${host}:${port}: ${why}.`, { cause: error }))
    }
    server.once('error', onError)
    server.listen(port, host, () => {
      server.off('error', onError)
      const { port: taken } = server.address() as AddressInfo
      resolve({ url: `http://${urlHost(host)}:${taken}`, port: taken })
    })
  })
}

function urlHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost'
  return host.includes(':') ? `[${host}]` : host
}

function closeServer(server: Server, connections: Connections): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    connections.closeIdle()
  })
}

/** Resolves when `work` does, at the latest after `ms` milliseconds. */
async function within(ms: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const overdue = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  await Promise.race([work, overdue])
  clearTimeout(timer)
}
