import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** One request and its answer after the other on one connection. */
interface Connection {
  /** Rejects on a status from 400 on. */
  ask(request: string): Promise<void>
  close(): void
}

/** What is asked of a server. */
export interface HttpLoad {
  readonly url: string
  readonly method: 'GET' | 'POST'
  /** Accounts, asked in turns. */
  readonly entities: number
  readonly connections: number
}

/** A request of the bank: a deposit of 1, or the state. */
function requestOf({ method }: HttpLoad, account: number): string {
  const path = `/account/acc-${account}`
  if (method === 'GET') return `GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`
  const head = `POST ${path}/Deposit HTTP/1.1\r\nhost: localhost\r\n`
  return `${head}content-type: application/json\r\ncontent-length: 12\r\n\r\n{"amount":1}`
}

/** Requests a second that a server answers, over connections that each wait for their answer. */
export async function requestsPerSecond(load: HttpLoad, ms: number): Promise<number> {
  const connections = await Promise.all(Array.from({ length: load.connections }, () => open(load.url)))
  const startedAt = performance.now()
  let sent = 0
  const caller = async ({ ask }: Connection) => {
    while (performance.now() - startedAt < ms) await ask(requestOf(load, sent++ % load.entities))
  }
  await Promise.all(connections.map(caller))
  const seconds = (performance.now() - startedAt) / 1_000
  for (const { close } of connections) close()
  return sent / seconds
}

/** Deposits 1 into every account once. */
export async function fill(url: string, entities: number): Promise<void> {
  const { ask, close } = await open(url)
  for (let account = 0; account < entities; account++)
    await ask(requestOf({ url, method: 'POST', entities, connections: 1 }, account))
  close()
}

/** A bare socket: an HTTP client would take more of the machine than the servers do. */
async function open(url: string): Promise<Connection> {
  const socket: Socket = connect(Number(new URL(url).port), '127.0.0.1').setNoDelay(true)
  await once(socket, 'connect')
  let received = ''
  let settle: { resolve(): void; reject(error: Error): void } | undefined
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    received += chunk
    const end = received.indexOf('\r\n\r\n')
    if (end < 0) return
    const length = Number(/content-length: (\d+)/i.exec(received)?.[1] ?? 0)
    if (received.length < end + 4 + length) return
    const status = Number(received.slice(9, 12))
    received = ''
    if (status < 400) settle?.resolve()
    else settle?.reject(new Error(`The server answered ${status}.`))
  })
  socket.on('error', (error) => settle?.reject(error))
  socket.on('close', () => settle?.reject(new Error('The server closed the connection.')))
  return {
    ask: (request) =>
      new Promise<void>((resolve, reject) => {
        settle = { resolve, reject }
        socket.write(request)
      }),
    close: () => socket.destroy(),
  }
}
