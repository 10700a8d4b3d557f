import { once } from 'node:events'
import { createServer, request as httpRequest } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import type { App } from 'tailfold/http'
import { nodeListener, type NodeServer, type NodeServerOptions, nodeServer } from 'tailfold/node'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { heldAuthorize } from '../../helpers/held-authorize.ts'
import { openApp } from '../../helpers/http-app.ts'
import { sendOverLoopback } from '../../helpers/http-drivers.ts'

const megabyte = 1024 * 1024
const health = { method: 'GET', path: '/health' }
const depositHead = (length: number) =>
  `POST /account/a/Deposit HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n`
const get = (path: string) => `GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`

const open: NodeServer[] = []
const sockets: Socket[] = []
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await Promise.all(open.splice(0).map((server) => server.close()))
})

async function start(options: NodeServerOptions = {}, app: App = openApp().app) {
  const server = nodeServer(app, { port: 0, ...options })
  open.push(server)
  return { server, port: (await server.listen()).port }
}

/** A connection that has sent this and reads nothing more than it is asked to. */
async function connected(port: number, text = '') {
  const socket = connect(port, '127.0.0.1')
  sockets.push(socket)
  socket.on('error', () => {})
  await once(socket, 'connect')
  socket.write(text)
  return { socket, closed: once(socket, 'close') }
}

/** An app that answers every request with so many bytes, and counts those it works on. */
function large(bytes: number) {
  const body = 'x'.repeat(bytes)
  const counts = { requests: 0 }
  const { app } = openApp()
  const handle: App['handle'] = async (request) => {
    if (request.path === '/health') return app.handle(request)
    counts.requests += 1
    return { status: 200, headers: { 'content-type': 'application/json' }, body }
  }
  return { app: { ...app, handle }, counts }
}

describe('a slow reader', () => {
  test('is cut off after responseTimeoutMs', async () => {
    const { port } = await start({ responseTimeoutMs: 300 }, large(32 * megabyte).app)
    const { socket, closed } = await connected(port, get('/account/a'))
    socket.pause()
    await new Promise((resolve) => setTimeout(resolve, 1_500))
    socket.resume()
    let bytes = 0
    socket.on('data', (chunk: Buffer) => (bytes += chunk.length))
    await closed
    expect(bytes).toBeLessThan(32 * megabyte)
  })

  test('that reads in time gets all of it', async () => {
    const { port } = await start({ responseTimeoutMs: 20_000 }, large(8 * megabyte).app)
    const { body } = await sendOverLoopback(port, { method: 'GET', path: '/account/a' })
    expect(body).toHaveLength(8 * megabyte)
  })

  test('is cut off earlier when others need the memory, and who came last is served', async () => {
    const options = { responseTimeoutMs: 60_000, maxBufferedBytes: 16 * megabyte }
    const { port } = await start(options, large(12 * megabyte).app)
    const readers = []
    for (let count = 0; count < 4; count++) {
      const reader = await connected(port, get('/account/a'))
      reader.socket.pause()
      readers.push(reader)
      await sendOverLoopback(port, health)
    }
    const first = readers[0]
    first?.socket.resume()
    await first?.closed
    expect((await sendOverLoopback(port, { method: 'GET', path: '/account/a' })).body).toHaveLength(
      12 * megabyte,
    )
  })

  test('who sends many requests at once is answered one at a time', async () => {
    const { app, counts } = large(16 * megabyte)
    const { port } = await start({ responseTimeoutMs: 60_000 }, app)
    const { socket } = await connected(port, get('/account/a').repeat(200))
    socket.pause()
    await vi.waitFor(() => expect(counts.requests).toBe(1))
    await sendOverLoopback(port, health)
    await sendOverLoopback(port, health)
    expect(counts.requests).toBe(1)
  })
})

test('a large answer is written in parts, so that others have their turn between two', async () => {
  const body = `x${'\u{1f41f}'.repeat(megabyte)}`
  const { app } = openApp()
  const server = createServer(
    nodeListener({ ...app, handle: async () => ({ status: 200, headers: {}, body }) }),
  )
  const written: number[] = []
  server.on('connection', (socket: Socket) => {
    const write = socket.write.bind(socket) as (chunk: Uint8Array, ...rest: never[]) => boolean
    socket.write = (chunk: string | Uint8Array, ...rest: never[]) => {
      written.push(chunk.length)
      return write(chunk as Uint8Array, ...rest)
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    const { port } = server.address() as AddressInfo
    expect((await sendOverLoopback(port, health)).body).toBe(body)
    // The head goes with the first.
    expect(Math.max(...written)).toBeLessThan(33 * 1024)
    expect(written.reduce((sum, length) => sum + length)).toBeGreaterThanOrEqual(body.length)
  } finally {
    server.close()
  }
})

test('a large answer arrives in a test that stops the clock', async () => {
  const { port } = await start({}, large(megabyte).app)
  vi.useFakeTimers()
  try {
    expect((await sendOverLoopback(port, { method: 'GET', path: '/account/a' })).body).toHaveLength(megabyte)
  } finally {
    vi.useRealTimers()
  }
})

test('requests sent at once on one connection are answered in turn', async () => {
  const { port } = await start()
  const { socket, closed } = await connected(port, get('/health').repeat(50))
  let text = ''
  socket.on('data', (chunk: Buffer) => (text += chunk.toString()))
  await vi.waitFor(() => expect(text.match(/"ok"/g)).toHaveLength(50))
  socket.destroy()
  await closed
})

describe('uploads', () => {
  test('that stay unfinished are cut off when others need the memory', async () => {
    const { port } = await start({ maxBufferedBytes: 300_000 })
    const uploads = []
    for (let count = 0; count < 3; count++) {
      uploads.push(await connected(port, `${depositHead(200_000)}{"note":"${'x'.repeat(120_000)}`))
      await sendOverLoopback(port, health)
    }
    await uploads[0]?.closed
    const answer = await sendOverLoopback(port, {
      method: 'POST',
      path: '/account/a/Deposit',
      headers: { 'content-type': 'application/json' },
      body: '{"amount":1}',
    })
    expect([answer.status, uploads[2]?.socket.destroyed]).toEqual([204, false])
  })

  test('are continued only when their announced length is allowed and the host is known', async () => {
    const { port } = await start()
    for (const [length, host, expected] of [
      [12, 'localhost', 'continue'],
      [10_000_000, 'localhost', 413],
      [12, 'attacker.example', 421],
    ] as const) {
      const request = httpRequest({
        port,
        host: '127.0.0.1',
        method: 'POST',
        path: '/account/a/Deposit',
        headers: {
          host,
          'content-type': 'application/json',
          'content-length': length,
          expect: '100-continue',
        },
      })
      request.on('error', () => {}).flushHeaders()
      const seen = await Promise.race([
        once(request, 'continue').then(() => 'continue'),
        once(request, 'response').then(([{ statusCode }]) => statusCode as number),
      ])
      expect(seen).toBe(expected)
      request.destroy()
    }
  })
})

describe('connections', () => {
  test('beyond maxConnections take the place of those that have been silent for longest', async () => {
    const { port } = await start({ maxConnections: 5 })
    const silent = []
    for (let count = 0; count < 5; count++) silent.push(await connected(port))
    expect((await sendOverLoopback(port, health)).status).toBe(200)
    await silent[0]?.closed
    expect(silent.slice(1).map(({ socket }) => socket.destroyed)).toEqual([false, false, false, false])
  })

  test.for([
    ['nothing', ''],
    ['another request', get('/account/a')],
  ])('whose answers are not read lose their place, with %s sent behind', async ([, behind = '']) => {
    const { app, counts } = large(16 * megabyte)
    const { port } = await start({ maxConnections: 3, responseTimeoutMs: 60_000 }, app)
    const readers = []
    for (let count = 1; count <= 3; count++) {
      const reader = await connected(port, get('/account/a') + behind)
      reader.socket.pause()
      readers.push(reader)
      await vi.waitFor(() => expect(counts.requests).toBe(count))
    }
    expect((await sendOverLoopback(port, health)).status).toBe(200)
    readers[0]?.socket.resume()
    await readers[0]?.closed
    expect(readers.map(({ socket }) => socket.destroyed)).toEqual([true, false, false])
  })

  test('on which the app works keep their place', async () => {
    const gate = Promise.withResolvers<void>()
    const { app } = openApp()
    const reached = vi.fn<() => void>()
    const handle: App['handle'] = async (request) => {
      reached()
      await gate.promise
      return app.handle(request)
    }
    const { port } = await start({ maxConnections: 2 }, { ...app, handle })
    const working = [sendOverLoopback(port, health), sendOverLoopback(port, health)]
    await vi.waitFor(() => expect(reached).toHaveBeenCalledTimes(2))
    await expect(sendOverLoopback(port, health)).rejects.toMatchObject({ code: 'ECONNRESET' })
    gate.resolve()
    expect((await Promise.all(working)).map(({ status }) => status)).toEqual([200, 200])
  })

  test('on which the app works on a second request keep their place, also when the server stops', async () => {
    const { authorize, reached, release } = heldAuthorize()
    const { server, port } = await start({ maxConnections: 1 }, openApp({ authorize }).app)
    const { socket, closed } = await connected(port, get('/health') + get('/account/a'))
    let text = ''
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()))
    await vi.waitFor(() => expect(reached).toHaveBeenCalledTimes(1))
    await expect(sendOverLoopback(port, health)).rejects.toMatchObject({ code: 'ECONNRESET' })
    const closing = server.close()
    release()
    await Promise.all([closing, closed])
    expect(text.match(/HTTP\/1.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 404'])
  })
})

describe('close', () => {
  test.for([
    ['has sent nothing', ''],
    ['has sent half a header', 'GET /health HTT'],
  ])('returns at once when a connection %s', async ([, text = '']) => {
    const { server, port } = await start({ closeTimeoutMs: 60_000 })
    const { closed } = await connected(port, text)
    await sendOverLoopback(port, health)
    const begun = performance.now()
    await server.close()
    await closed
    expect(performance.now() - begun).toBeLessThan(5_000)
  })

  test('returns as soon as the answers that are being sent have arrived', async () => {
    const { app, counts } = large(16 * megabyte)
    const { server, port } = await start({ closeTimeoutMs: 60_000, keepAliveTimeoutMs: 60_000 }, app)
    const { socket, closed } = await connected(port, get('/account/a'))
    socket.pause()
    await vi.waitFor(() => expect(counts.requests).toBe(1))
    await sendOverLoopback(port, health)
    const begun = performance.now()
    const closing = server.close()
    let bytes = 0
    socket.on('data', (chunk: Buffer) => (bytes += chunk.length)).resume()
    await Promise.all([closing, closed])
    expect(bytes).toBeGreaterThan(16 * megabyte)
    expect(performance.now() - begun).toBeLessThan(5_000)
  })
})
