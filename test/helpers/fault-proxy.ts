import { once } from 'node:events'
import {
  Agent,
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as startRequest,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'

/** One whole answer of the server behind, or what is to look like one. */
export interface WireAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** A request that has arrived, and what may be done with it: any of these, in any order, or nothing at all. */
export interface Exchange {
  /** Carries the request out. Each call sends it once. */
  forward(): Promise<WireAnswer>
  /** Answers the client, unless it has gone. */
  answer(answer: WireAnswer): void
  /** Sends the head of an answer and half of its body, then closes the connection. */
  answerHalf(answer: WireAnswer): void
  /** Closes the client's connection. */
  drop(): void
}

/** What happens to one request on its way. */
export type WireFault = (exchange: Exchange) => unknown

/** No fault. */
export const passed: WireFault = async ({ forward, answer }) => answer(await forward())

/** Carried out; the connection breaks before the answer. */
export const replyDropped: WireFault = async ({ forward, drop }) => {
  await forward()
  drop()
}

/** Carried out; the connection breaks amid the answer. */
export const replyCut: WireFault = async ({ forward, answerHalf }) => answerHalf(await forward())

/** Lost before it is carried out. */
export const requestDropped: WireFault = ({ drop }) => drop()

/** Carried out, and answered as a failure of the service. */
export const appliedThen500: WireFault = async ({ forward, answer }) => {
  await forward()
  answer(serviceError(500, 'InternalServerError'))
}

/** Carried out, and answered with the page of a gateway on the way. */
export const appliedThenBadGateway: WireFault = async ({ forward, answer }) => {
  await forward()
  const body = Buffer.from('<html><body>502 Bad Gateway</body></html>')
  answer({ status: 502, headers: { 'content-type': 'text/html' }, body })
}

/** Failed before it is carried out. */
export const failed500: WireFault = failsWith(500, 'InternalServerError')

/** Refused by a limit of the account or the table. */
export const throttled: WireFault = failsWith(400, 'ThrottlingException')

/** Refused by the capacity of the table. */
export const capacityExceeded: WireFault = failsWith(400, 'ProvisionedThroughputExceededException')

/** Not carried out, and answered with an error of DynamoDB. */
export function failsWith(status: number, name: string): WireFault {
  return ({ answer }) => answer(serviceError(status, name))
}

/** Never carried out, never answered; the connection stays open. */
export const hangs: WireFault = () => {}

/** Carried out, never answered; the connection stays open. */
export const appliedThenHangs: WireFault = ({ forward }) => forward()

/** Not carried out; answered as an app answers that cannot reach its journal. `retryAfter` in seconds. */
export function unavailable(retryAfter: number): WireFault {
  const problem = {
    type: 'urn:tailfold:problem:store-unavailable',
    status: 503,
    code: 'store-unavailable',
    title: 'The journal is not available',
    detail: '',
  }
  const headers = { 'content-type': 'application/problem+json', 'retry-after': String(retryAfter) }
  return ({ answer }) => answer({ status: 503, headers, body: Buffer.from(JSON.stringify(problem)) })
}

/** Waits first: for so many milliseconds, for a promise, or for what a function does; then goes on as `then` says. */
export function after(first: number | (() => Promise<unknown>), then: WireFault = passed): WireFault {
  return async (exchange) => {
    await (typeof first === 'number' ? delay(first) : first())
    return then(exchange)
  }
}

/** The connection breaks at once, and the request is carried out later. */
export function appliedLate(when: number | Promise<unknown>): WireFault {
  return async ({ drop, forward }) => {
    drop()
    await (typeof when === 'number' ? delay(when) : when)
    await forward()
  }
}

/** A loopback server between a client and DynamoDB, or an app. Whoever starts it closes it. */
export interface FaultProxy {
  /** For the client's `endpoint`. */
  readonly endpoint: string
  /** The next requests of an operation (`PutItem` of DynamoDB, `Withdraw` or `events` of an app) meet these, in order. */
  plan(operation: string, ...faults: readonly WireFault[]): void
  /** What requests meet that no plan waits for. Default: {@link passed}. */
  otherwise(choose: (operation: string) => WireFault): void
  /** No faults from now on: drops the plan and the choice. */
  heal(): void
  /** Breaks the connections of clients, as DynamoDB does with those that are idle for long. */
  breakConnections(): void
  /** Requests of an operation that have arrived. */
  count(operation: string): number
  /** Resolves when nothing is on its way to the server behind, and no fault is waiting to send something there. */
  settled(): Promise<void>
  /** Breaks all connections and stops. */
  close(): Promise<void>
}

/** Starts a proxy in front of the server at `target`, on a free port unless one is given. */
export async function startFaultProxy(target: string, port = 0): Promise<FaultProxy> {
  const agent = new Agent({ keepAlive: true })
  const planned = new Map<string, WireFault[]>()
  const counts = new Map<string, number>()
  const underWay = new Set<Promise<unknown>>()
  let choose: (operation: string) => WireFault = () => passed

  async function send(message: IncomingMessage, body: Buffer): Promise<WireAnswer> {
    const { method, headers } = message
    const upstream = startRequest(new URL(message.url ?? '/', target), { method, headers, agent })
    upstream.end(body)
    const [answer] = (await once(upstream, 'response')) as [IncomingMessage]
    return { status: answer.statusCode ?? 0, headers: answer.headers, body: await buffer(answer) }
  }

  const server = createServer((message, response) => {
    const operation = operationOf(message)
    counts.set(operation, (counts.get(operation) ?? 0) + 1)
    const drop = () => void message.socket.destroy()
    const head = ({ status, headers, body }: WireAnswer) =>
      response.writeHead(status, { ...headers, 'content-length': body.length })
    const meet = async () => {
      const body = await buffer(message)
      const fault = planned.get(operation)?.shift() ?? choose(operation)
      await fault({
        forward: () => send(message, body),
        drop,
        answer: (answer) => void (response.destroyed || head(answer).end(answer.body)),
        answerHalf: (answer) =>
          void head(answer).write(answer.body.subarray(0, Math.floor(answer.body.length / 2)), drop),
      })
    }
    const met = meet().catch(drop)
    underWay.add(met)
    void met.finally(() => underWay.delete(met))
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const { port: taken } = server.address() as AddressInfo

  return {
    endpoint: `http://127.0.0.1:${taken}`,
    plan: (operation, ...faults) =>
      void planned.set(operation, [...(planned.get(operation) ?? []), ...faults]),
    otherwise(chooseFault) {
      choose = chooseFault
    },
    heal() {
      planned.clear()
      choose = () => passed
    },
    breakConnections: () => server.closeAllConnections(),
    count: (operation) => counts.get(operation) ?? 0,
    async settled() {
      while (underWay.size > 0) await Promise.all(underWay)
    },
    async close() {
      server.close()
      server.closeAllConnections()
      agent.destroy()
      await once(server, 'close')
    },
  }
}

/** What DynamoDB names in a header, an app at the end of the path. */
function operationOf({ headers, url = '' }: IncomingMessage): string {
  const name = headers['x-amz-target'] ?? url.split('?')[0]
  return String(name).split(/[./]/).at(-1) ?? ''
}

function serviceError(status: number, name: string): WireAnswer {
  const body = Buffer.from(
    JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${name}`, message: `${name} by the proxy` }),
  )
  return { status, headers: { 'content-type': 'application/x-amz-json-1.0' }, body }
}
