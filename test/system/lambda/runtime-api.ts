import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

/** An invocation as the Runtime API hands it to a runtime. */
export interface Invocation {
  readonly requestId: string
  readonly event: unknown
  /** Milliseconds since the Unix epoch. */
  readonly deadline: number
}

/** A function or its start that failed, as the runtime reports it. */
export interface RuntimeFailure {
  readonly kind: 'failed'
  readonly errorType: string
  readonly errorMessage: string
}

/** What a runtime makes of an invocation. */
export type RuntimeResult = { readonly kind: 'answered'; readonly answer: unknown } | RuntimeFailure

/** The Runtime API of one execution environment. Whoever starts it closes it. */
export interface RuntimeApi {
  /** For `AWS_LAMBDA_RUNTIME_API`. */
  readonly address: string
  /** Resolves when the runtime first asks for an invocation, or with why it cannot. */
  readonly started: Promise<RuntimeFailure | undefined>
  /** Resolves when the runtime waits for an invocation. */
  idle(): Promise<unknown>
  /** Hands one to a runtime that waits. Never resolves when the runtime is gone. */
  invoke(invocation: Invocation): Promise<RuntimeResult>
  close(): Promise<void>
}

const prefix = '/2018-06-01/runtime'

/**
 * A local Runtime API; `onIdle` is called each time the runtime asks for an invocation.
 *
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */
export async function startRuntimeApi(onIdle: () => void): Promise<RuntimeApi> {
  const started = Promise.withResolvers<RuntimeFailure | undefined>()
  let asked = Promise.withResolvers<ServerResponse>()
  let underWay: { readonly requestId: string; resolve(result: RuntimeResult): void } | undefined

  async function receive(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method, url = '' } = message
    if (method === 'GET' && url === `${prefix}/invocation/next`) {
      started.resolve(undefined)
      asked.resolve(response)
      onIdle()
      return
    }
    const body: unknown = JSON.parse(await text(message))
    response.writeHead(202, { 'content-type': 'application/json' }).end('{"status":"OK"}')
    if (url === `${prefix}/init/error`) {
      started.resolve(failure(body))
    } else if (url === `${prefix}/invocation/${underWay?.requestId}/response`) {
      underWay?.resolve({ kind: 'answered', answer: body })
    } else if (url === `${prefix}/invocation/${underWay?.requestId}/error`) {
      underWay?.resolve(failure(body))
    } else {
      throw new Error(`The runtime sent ${method} ${url} while ${underWay?.requestId} was under way.`)
    }
  }

  const server = createServer((message, response) => void receive(message, response))
  // The connection is kept while the runtime is frozen.
  server.keepAliveTimeout = 0
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')

  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    started: started.promise,
    idle: () => asked.promise,
    async invoke({ requestId, event, deadline }) {
      const response = await asked.promise
      asked = Promise.withResolvers()
      const { promise, resolve } = Promise.withResolvers<RuntimeResult>()
      underWay = { requestId, resolve }
      response
        .writeHead(200, {
          'content-type': 'application/json',
          'lambda-runtime-aws-request-id': requestId,
          'lambda-runtime-deadline-ms': String(deadline),
          'lambda-runtime-invoked-function-arn': 'arn:aws:lambda:us-west-2:123456789012:function:bank',
          'lambda-runtime-trace-id':
            'Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0',
        })
        .end(JSON.stringify(event))
      return promise
    },
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

function failure(body: unknown): RuntimeFailure {
  const { errorType, errorMessage } = body as Omit<RuntimeFailure, 'kind'>
  return { kind: 'failed', errorType, errorMessage }
}
