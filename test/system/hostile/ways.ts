import { connect } from 'node:net'
import { fetchHandler } from 'tailfold/fetch'
import type { App } from 'tailfold/http'
import { lambdaHandler, type LambdaHandlerOptions } from 'tailfold/lambda'
import { nodeServer, type NodeServerOptions } from 'tailfold/node'
import {
  functionUrlEvent,
  httpApiEvent,
  invocationContext,
  restApiEvent,
  type WireRequest,
} from 'tailfold/testing'

/** An answer as the caller sees it; names of headers in lower case. */
export interface HostileAnswer {
  readonly status: number
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: string
}

/** What came of a request: what the app was asked, as far as that way into it keeps what was sent, and the answer. */
export interface Exchange {
  readonly method: string
  readonly path: string
  /** Default: as it was sent. */
  readonly query?: string
  /** `undefined` where the connection was closed without one. */
  readonly answer: HostileAnswer | undefined
}

/** One way into an app, with nothing between that tidies requests up. */
export interface Way {
  readonly name: string
  /** The names in `Host` that it answers to. Default: all. */
  readonly names?: readonly string[]
  /** Opens the app this way. What cannot be sent at all is `undefined`. */
  open(
    app: App,
  ): Promise<{ send(request: WireRequest): Promise<Exchange | undefined>; close(): Promise<void> }>
}

/** Names in lower case; of one that comes twice, both values. */
export function joined(headers: Readonly<Record<string, string>>): Record<string, string> {
  const values = Map.groupBy(Object.entries(headers), ([name]) => name.toLowerCase())
  return Object.fromEntries(
    [...values].map(([name, all]) => [name, all.map(([, value]) => value).join(', ')]),
  )
}

const nothing = () => Promise.resolve()
const entries = (headers: Readonly<Record<string, string>>) => Object.entries(headers)

export const direct: Way = {
  name: 'app.handle',
  open: (app) =>
    Promise.resolve({
      close: nothing,
      async send({ method, path, query = '', headers = {}, body }) {
        const answer = await app.handle({ method, path, query, headers: joined(headers), body })
        const { status, body: text = '' } = answer
        return { method, path, answer: { status, headers: entries(answer.headers), body: text } }
      },
    }),
}

function lambda(
  name: string,
  toEvent: (request: WireRequest) => unknown,
  options: LambdaHandlerOptions = {},
): Way {
  return {
    name,
    open(app) {
      const handler = lambdaHandler(app, options)
      return Promise.resolve({
        close: nothing,
        async send(request) {
          const { statusCode: status, headers, body } = await handler(toEvent(request), invocationContext())
          return { ...request, answer: { status, headers: entries(headers), body } }
        },
      })
    },
  }
}

const fetching: Way = {
  name: 'the fetch handler',
  open(app) {
    const handler = fetchHandler(app)
    return Promise.resolve({
      close: nothing,
      async send(wire) {
        const request = toFetch(wire)
        if (request === undefined) return undefined
        const answer = await handler(request)
        const { method, url } = request
        const { status, headers } = answer
        return {
          method,
          path: new URL(url).pathname,
          // What follows a `#` is not sent.
          query: new URL(url).search.slice(1),
          answer: { status, headers: [...headers], body: await answer.text() },
        }
      },
    })
  },
}

/** The Fetch API refuses what is no method, header or URL before anybody is asked. */
function toFetch({ method, path, query = '', headers = {}, body }: WireRequest): Request | undefined {
  try {
    const url = new URL(`https://bank.example${path.startsWith('/') ? path : `/${path}`}?${query}`)
    const own = /^(get|head)$/i.test(method) ? null : (body ?? null)
    return new Request(url, { method, headers, body: own as string | Uint8Array<ArrayBuffer> | null })
  } catch {
    return undefined
  }
}

/** A server on a port, with connections that last for one request. */
export const socketWay = (options: NodeServerOptions = {}): Way => ({
  name: 'a node server',
  names: ['localhost', '127.0.0.1', '[::1]'],
  async open(app) {
    const server = nodeServer(app, { port: 0, requestTimeoutMs: 2_000, ...options })
    const { port } = await server.listen()
    return {
      close: () => server.close(),
      async send(request) {
        const { method, path } = request
        const [seen = ''] = path.replace(/^[a-z]+:\/\/[^/?]*/i, '').split('?', 1)
        return { method, path: seen, answer: parseAnswer(await overSocket(port, request)) }
      },
    }
  },
})

/** Sends what no client would: names, values and paths go out byte by byte as they are. */
async function overSocket(port: number, request: WireRequest): Promise<Buffer> {
  const { method, path, query, headers = {}, body } = request
  const length = body === undefined ? [] : [`content-length: ${Buffer.byteLength(body)}`]
  const lines = entries(headers).map(([name, value]) => `${name}: ${value}`)
  const target = query ? `${path}?${query}` : path
  const head = [
    `${method} ${target} HTTP/1.1`,
    ...('host' in headers ? [] : ['host: localhost']),
    'connection: close',
    ...length,
    ...lines,
    '',
    '',
  ]
  const connection = connect(port, '127.0.0.1')
  const chunks: Buffer[] = []
  const closed = new Promise((resolve) => connection.once('close', resolve))
  // A server may answer, and close, before all has been sent.
  connection.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', () => {})
  connection.write(head.join('\r\n'))
  if (body !== undefined) connection.write(body)
  await closed
  return Buffer.concat(chunks)
}

function parseAnswer(bytes: Buffer): HostileAnswer | undefined {
  if (bytes.length === 0) return undefined
  const end = bytes.indexOf('\r\n\r\n')
  const [statusLine = '', ...lines] = bytes.subarray(0, end).toString('latin1').split('\r\n')
  const headers = lines.map((line) => {
    const colon = line.indexOf(': ')
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 2)] as const
  })
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(statusLine)?.[1])
  return { status, headers, body: bytes.subarray(end + 4).toString() }
}

/** An HTTP API decodes paths first, and cuts them at a `?`: what the app is asked is another request. */
const overHttpApi: Way = {
  name: 'Lambda behind a stage of an HTTP API',
  open(app) {
    return Promise.resolve({
      close: nothing,
      async send(request) {
        const event = toEvent(request)
        if (event === undefined) return undefined
        let asked: Pick<Exchange, 'method' | 'path'> | undefined
        const handler = lambdaHandler({
          ...app,
          handle(own) {
            asked = own
            return app.handle(own)
          },
        })
        const { statusCode: status, headers, body } = await handler(event, invocationContext())
        const { method, path } = asked ?? request
        return { method, path, answer: { status, headers: entries(headers), body } }
      },
    })
  },
}

/** The gateway itself refuses what it cannot decode. */
function toEvent(request: WireRequest): unknown {
  try {
    return httpApiEvent(request, 'prod')
  } catch {
    return undefined
  }
}

/** The ways that cost more than a call, or that change what was sent on its way. */
export const runtimes: readonly Way[] = [
  socketWay(),
  fetching,
  lambda('Lambda behind a function URL', functionUrlEvent),
  lambda('Lambda behind a REST API', (request) => restApiEvent(request, { basePath: '/v1' }), {
    basePath: '/v1',
  }),
  overHttpApi,
]
