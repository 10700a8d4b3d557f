import { type Agent, createServer, type IncomingHttpHeaders, request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { fetchHandler } from 'tailfold/fetch'
import type { App } from 'tailfold/http'
import { lambdaHandler } from 'tailfold/lambda'
import { nodeListener, nodeServer } from 'tailfold/node'
import { throughLambda } from '../../functions/local/lambda.ts'
import {
  functionUrlEvent,
  httpApiEvent,
  invocationContext,
  restApiEvent,
  type WireRequest,
} from 'tailfold/testing'

/** A response as a client sees it. */
export interface WireResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: string
}

/** One way for a request to reach an app. */
export interface Driver {
  readonly name: string
  /** False where the gateway decodes the path before anybody sees it. */
  readonly keepsPath: boolean
  /** False where URLs come parsed, so that segments `.` and `..` are gone. */
  readonly keepsDots: boolean
  /** Runs `work` with a function that sends requests to the app this way. */
  run(app: App, work: (send: Send) => Promise<void>): Promise<void>
}

export type Send = (request: WireRequest) => Promise<WireResponse>

const direct: Driver = {
  name: 'app.handle',
  keepsPath: true,
  keepsDots: true,
  run: (app, work) =>
    work(async ({ method, path, query = '', headers = {}, body }) => {
      const answer = await app.handle({ method, path, query, headers, body })
      return { status: answer.status, headers: answer.headers, body: answer.body ?? '' }
    }),
}

const node: Driver = {
  name: 'a node server',
  keepsPath: true,
  keepsDots: true,
  async run(app, work) {
    const server = nodeServer(app, { port: 0 })
    const { port } = await server.listen()
    try {
      await work((request) => sendOverLoopback(port, request))
    } finally {
      await server.close()
    }
  },
}

/** As Google Cloud Functions hand requests over: read, with the bytes beside what a parser made of them. */
export const behindParser: Driver = {
  name: 'a node listener behind a parser of bodies',
  keepsPath: true,
  keepsDots: true,
  async run(app, work) {
    const listener = nodeListener(app)
    const server = createServer((request, response) => {
      void buffer(request).then((rawBody) =>
        listener(Object.assign(request, { rawBody, body: {} }), response),
      )
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    try {
      await work((request) => sendOverLoopback((server.address() as AddressInfo).port, request))
    } finally {
      server.closeAllConnections()
      server.close()
    }
  },
}

const localLambda: Driver = {
  name: 'the local server with --runtime lambda',
  keepsPath: false,
  keepsDots: true,
  run: (app, work) => node.run(throughLambda(app), work),
}

const fetching: Driver = {
  name: 'a fetch handler',
  keepsPath: true,
  keepsDots: false,
  run(app, work) {
    const handler = fetchHandler(app, { basePath: '/api/' })
    return work(async ({ method, path, query, headers = {}, cookies, body = null }) => {
      const url = `https://bank.example/api${path}${query === undefined ? '' : `?${query}`}`
      const sent = Object.entries({ ...headers, ...(cookies && { cookie: cookies.join('; ') }) })
      const init = { method, headers: sent, body: body as string | null }
      const answer = await handler(new Request(url, init))
      return { status: answer.status, headers: Object.fromEntries(answer.headers), body: await answer.text() }
    })
  },
}

/** Every way into an app. */
export const drivers: readonly Driver[] = [
  direct,
  node,
  localLambda,
  fetching,
  lambda('Lambda behind an HTTP API', (request) => httpApiEvent(request), false),
  lambda('Lambda behind an HTTP API stage', (request) => httpApiEvent(request, 'prod'), false),
  lambda('Lambda behind a REST API', (request) => restApiEvent(request), true),
  lambda(
    'Lambda behind a REST API with a base path',
    (request) => restApiEvent(request, { basePath: '/v1' }),
    true,
    '/v1',
  ),
  lambda('Lambda behind a function URL', (request) => functionUrlEvent(request), true),
  lambda('Lambda with bodies in base64', (request) => functionUrlEvent(inBytes(request)), true),
]

function inBytes({ body, ...request }: WireRequest): WireRequest {
  return body === undefined ? request : { ...request, body: Buffer.from(body) }
}

function lambda(
  name: string,
  toEvent: (request: WireRequest) => unknown,
  keepsPath: boolean,
  basePath = '',
): Driver {
  return {
    name,
    keepsPath,
    keepsDots: true,
    async run(app, work) {
      const handler = lambdaHandler(app, { basePath })
      await work(async (request) => {
        const { statusCode, headers, body } = await handler(toEvent(request), invocationContext())
        return { status: statusCode, headers, body }
      })
    },
  }
}

/** Sends a request whose path no URL parser has touched. */
export function sendOverLoopback(
  port: number,
  request: WireRequest,
  agent: Agent | false = false,
): Promise<WireResponse> {
  const { method, path, query, headers = {}, cookies, body } = request
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }
    const target = query === undefined ? path : `${path}?${query}`
    const given = Object.keys(headers).some((name) => name.toLowerCase() === 'host')
      ? {}
      : { host: `127.0.0.1:${port}` }
    // As a list, so that names which differ only in case are all sent.
    const sent = Object.entries({
      ...given,
      ...length,
      ...headers,
      ...(cookies && { cookie: cookies.join('; ') }),
    })
    const options = { port, host: '127.0.0.1', method, path: target, headers: sent.flat().map(String) }
    const outgoing = httpRequest({ ...options, agent }, (response) => {
      const chunks: Buffer[] = []
      response
        .on('data', (chunk: Buffer) => chunks.push(chunk))
        .on('error', reject)
        .on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: flat(response.headers),
            body: Buffer.concat(chunks).toString(),
          }),
        )
    })
    outgoing.on('error', reject).end(body)
  })
}

function flat(headers: IncomingHttpHeaders): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]))
}
