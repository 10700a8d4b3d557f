import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { App } from 'tailfold/http'
import { type NodeServer, type NodeServerOptions, nodeServer } from 'tailfold/node'
import { afterEach, expect, test, vi } from 'vitest'
import { openApp } from '../../helpers/http-app.ts'
import { sendOverLoopback } from '../../helpers/http-drivers.ts'

const health = { method: 'GET', path: '/health' }
const get = 'GET /account/a HTTP/1.1\r\nhost: localhost\r\n\r\n'
const deposit =
  'POST /account/a/Deposit HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 12\r\n\r\n{"amount":1}'

const open: NodeServer[] = []
const sockets: Socket[] = []
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await Promise.all(open.splice(0).map((server) => server.close()))
})

/** A server whose app begins to answer when the gate opens, and counts the requests it has in hand and had. */
async function startGated(options: NodeServerOptions = {}) {
  const gate = Promise.withResolvers<void>()
  const counts = { begun: 0, inHand: 0 }
  const authorize = async () => {
    await gate.promise
    return 'anonymous' as const
  }
  const tested = openApp({ authorize })
  const handle: App['handle'] = async (request) => {
    if (request.path === '/health') return tested.app.handle(request)
    counts.begun += 1
    counts.inHand += 1
    return tested.app.handle(request).finally(() => (counts.inHand -= 1))
  }
  const server = nodeServer({ ...tested.app, handle }, { port: 0, closeTimeoutMs: 100, ...options })
  open.push(server)
  return { ...tested, port: (await server.listen()).port, counts, release: () => gate.resolve() }
}

async function connected(port: number, text: string) {
  const socket = connect(port, '127.0.0.1')
  sockets.push(socket)
  socket.on('error', () => {}).write(text)
  await once(socket, 'connect')
  return { socket, closed: once(socket, 'close') }
}

async function hangUp({ socket, closed }: Awaited<ReturnType<typeof connected>>, port: number) {
  socket.destroy()
  await closed
  await sendOverLoopback(port, health)
}

test.for([
  ['whole', deposit],
  ['half', deposit.slice(0, -1)],
])(
  'a client that hangs up while authorize decides leaves no request in hand: a %s command',
  async ([, text = '']) => {
    const { port, counts, release, failures, writes } = await startGated()
    const client = await connected(port, text)
    await vi.waitFor(() => expect(counts.inHand).toBe(1))
    await hangUp(client, port)
    release()
    await vi.waitFor(() => expect(counts.inHand).toBe(0))
    expect([failures, writes()]).toEqual([[], 0])
  },
)

test.for([
  ['read', get],
  ['command', deposit],
])(
  'a client that hangs up is not worked for any more: no %s that waits is carried out',
  async ([, text = '']) => {
    const { port, counts, release, writes } = await startGated()
    const client = await connected(port, text.repeat(50))
    await vi.waitFor(() => expect(counts.begun).toBe(1))
    await hangUp(client, port)
    release()
    await vi.waitFor(() => expect(counts.inHand).toBe(0))
    await sendOverLoopback(port, health)
    expect([counts.begun, writes()]).toEqual([1, 0])
  },
)

test('100 requests may wait for their turn; a client that sends more is cut off', async () => {
  const { port, counts, release } = await startGated()
  const { socket } = await connected(port, get.repeat(101))
  let text = ''
  socket.on('data', (chunk: Buffer) => (text += chunk.toString()))
  await vi.waitFor(() => expect(counts.begun).toBe(1))
  const greedy = await connected(port, get.repeat(102))
  await greedy.closed
  release()
  await vi.waitFor(() => expect(text.match(/HTTP\/1.1 404/g)).toHaveLength(101))
})

test('requests that wait count as memory: who began first is cut off when others need it', async () => {
  const { port, release } = await startGated({ maxBufferedBytes: 600_000 })
  const padded = get.replace('host', `x-padding: ${'x'.repeat(10_000)}\r\nhost`)
  const first = await connected(port, padded.repeat(31))
  await sendOverLoopback(port, health)
  const second = await connected(port, padded.repeat(31))
  await first.closed
  let text = ''
  second.socket.on('data', (chunk: Buffer) => (text += chunk.toString()))
  release()
  await vi.waitFor(() => expect(text.match(/HTTP\/1.1 404/g)).toHaveLength(31))
  // Nothing of them counts any more.
  const third = await connected(port, padded.repeat(31))
  await once(third.socket, 'data')
  expect(second.socket.destroyed).toBe(false)
})

test.for([
  ['of a told length', 'content-length: 20000\r\n\r\n', ''],
  ['in chunks', 'transfer-encoding: chunked\r\n\r\n4e20\r\n', '\r\n0\r\n\r\n'],
] as const)('so do their bodies: %s', async ([, before, behind]) => {
  const { port, counts } = await startGated({ maxBufferedBytes: 1_000_000 })
  const command = `${deposit.slice(0, deposit.indexOf('content-length'))}${before}${'x'.repeat(20_000)}${behind}`
  const few = await connected(port, command.repeat(8))
  await vi.waitFor(() => expect(counts.begun).toBe(1))
  expect(few.socket.destroyed).toBe(false)
  const many = await connected(port, command.repeat(60))
  await many.closed.catch(() => {})
  expect(many.socket.destroyed).toBe(true)
})
