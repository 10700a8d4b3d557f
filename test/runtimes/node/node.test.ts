import { once } from 'node:events'
import { Agent, createServer, type OutgoingHttpHeaders, request as httpRequest } from 'node:http'
import { connect as connectHttp2, constants, createServer as createHttp2Server } from 'node:http2'
import { type AddressInfo, connect } from 'node:net'
import type { Store } from 'tailfold'
import type { App } from 'tailfold/http'
import { type NodeServer, type NodeServerOptions, nodeListener, nodeServer } from 'tailfold/node'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { openApp, type TestApp } from '../../helpers/http-app.ts'
import { sendOverLoopback } from '../../helpers/http-drivers.ts'

const json = { 'content-type': 'application/json' }
const deposit = {
  method: 'POST',
  path: '/account/acc-001/Deposit',
  headers: json,
  body: '{"amount":100}',
}
const health = { method: 'GET', path: '/health' }

const open: NodeServer[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()))
})

async function start({ app }: Pick<TestApp, 'app'>, options: NodeServerOptions = {}) {
  const server = nodeServer(app, { port: 0, ...options })
  open.push(server)
  const { port, url } = await server.listen()
  return { server, port, url }
}

/** Sends bytes as they are and resolves with all that comes back until the connection closes. */
async function exchange(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', () => {})
  socket.write(text, 'latin1')
  await once(socket, 'close')
  return Buffer.concat(chunks).toString()
}

/** A store whose appends wait to be released. */
function gated() {
  const reached = Promise.withResolvers<void>()
  const gate = Promise.withResolvers<void>()
  const wrap = (store: Store): Store => ({
    ...store,
    async append(key, revision, record) {
      reached.resolve()
      await gate.promise
      return store.append(key, revision, record)
    },
  })
  return { wrap, reached: reached.promise, release: () => gate.resolve() }
}

describe('listening', () => {
  test('a server says where it listens', async () => {
    const { url, port } = await start(openApp())
    expect(url).toBe(`http://127.0.0.1:${port}`)
    expect(await (await fetch(`${url}/health`)).json()).toEqual({ status: 'ok' })
  })

  test('a port in use is one clear line', async () => {
    const { port } = await start(openApp())
    const second = nodeServer(openApp().app, { port })
    await expect(second.listen()).rejects.toThrow(
      new Error(
        `Cannot listen on 127.0.0.1:${port}: the port is in use; stop the other process or choose another port.`,
      ),
    )
  })

  test('the listener alone serves an app on a server of the user', async () => {
    const server = createServer(nodeListener(openApp().app)).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    expect((await sendOverLoopback(port, health)).status).toBe(200)
    server.close()
    await once(server, 'close')
  })
})

describe('a server of HTTP/2', () => {
  test('answers all requests of a session', async () => {
    const server = createHttp2Server(nodeListener(openApp().app) as never).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const session = connectHttp2(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    for (let n = 0; n < 3; n++) {
      const request = session.request({ ':path': '/health' })
      const [headers] = (await once(request, 'response')) as [{ ':status': number }]
      expect(headers[':status']).toBe(200)
      await once(request.resume(), 'close')
    }
    session.close()
    server.close()
    await once(server, 'close')
  })
})

describe('a request of HTTP/2', () => {
  /** Sends one to an app that allows all, and resolves with the status. */
  async function statusOf(headers: OutgoingHttpHeaders): Promise<number> {
    const server = createHttp2Server(nodeListener(openApp().app) as never).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const session = connectHttp2(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    const request = session.request({ ':method': 'POST', ':path': deposit.path, ...json, ...headers })
    request.end(deposit.body)
    const [answer] = (await once(request, 'response')) as [{ ':status': number }]
    await once(request.resume(), 'close')
    session.close()
    server.close()
    await once(server, 'close')
    return answer[':status']
  }

  test.for([
    [{ ':authority': 'bank.example', origin: 'http://bank.example' }, 204],
    [{ ':authority': 'bank.example', host: 'other.example', origin: 'http://bank.example' }, 204],
    [{ ':authority': 'bank.example', origin: 'http://other.example' }, 403],
    [{ ':authority': 'bank.example', host: 'other.example', origin: 'http://other.example' }, 403],
  ] as const)('names its host in :authority: %j is %s', async ([headers, status]) => {
    expect(await statusOf(headers)).toBe(status)
  })
})

describe('an upload of HTTP/2 that breaks off', () => {
  test.for([
    ['nothing of it', '/counter/c/Count', ''],
    ['all but its end', deposit.path, deposit.body],
  ] as const)('while authorize decides is not carried out: %s has arrived', async ([, path, text]) => {
    const gate = Promise.withResolvers<void>()
    const statuses: number[] = []
    const authorize = vi.fn<() => Promise<'anonymous'>>(async () => {
      await gate.promise
      return 'anonymous' as const
    })
    const tested = openApp({ authorize })
    const handle: App['handle'] = async (request) => {
      const answer = await tested.app.handle(request)
      statuses.push(answer.status)
      return answer
    }
    const listener = nodeListener({ ...tested.app, handle })
    const server = createHttp2Server(listener as never).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const session = connectHttp2(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    const request = session.request({ ':method': 'POST', ':path': path, ...json }, { endStream: false })
    request.on('error', () => {}).write(text)
    await vi.waitFor(() => expect(authorize).toHaveBeenCalledTimes(1))
    request.close(constants.NGHTTP2_CANCEL)
    await once(request, 'close')
    const health = session.request({ ':path': '/health' })
    await once(health, 'response')
    gate.resolve()
    await vi.waitFor(() => expect(statuses).toEqual([200, 408]))
    expect([tested.failures, tested.writes()]).toEqual([[], 0])
    session.close()
    server.close()
  })
})

describe('answers', () => {
  test('tell the length of their body, in bytes, instead of coming in chunks', async () => {
    const { port } = await start(openApp())
    const id = encodeURIComponent('für')
    const { headers, body } = await sendOverLoopback(port, { method: 'GET', path: `/account/${id}` })
    expect([headers['content-length'], headers['transfer-encoding']]).toEqual([
      String(Buffer.byteLength(body)),
      undefined,
    ])
    expect(body).toContain('account/für')
  })

  test.for([{ ...deposit }, { method: 'HEAD', path: '/health' }])(
    'without a body tell no length: $method',
    async (request) => {
      const { port } = await start(openApp())
      const { headers, body } = await sendOverLoopback(port, request)
      expect([body, headers['content-length'], headers['transfer-encoding']]).toEqual([
        '',
        undefined,
        undefined,
      ])
    },
  )
})

describe('close', () => {
  test('lets a request in flight finish, takes no new connection, and then resolves', async () => {
    const { wrap, reached, release } = gated()
    const tested = openApp({}, wrap)
    const { server, port } = await start(tested, { keepAliveTimeoutMs: 60_000, closeTimeoutMs: 60_000 })
    const inFlight = sendOverLoopback(port, deposit, new Agent({ keepAlive: true }))
    await reached
    let closed = false
    const closing = server.close().then(() => {
      closed = true
    })
    await expect(sendOverLoopback(port, health)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    expect(closed).toBe(false)
    release()
    const answer = await inFlight
    expect([answer.status, answer.headers['connection']]).toEqual([204, 'close'])
    await closing
    expect(tested.writes()).toBe(1)
  })

  test('closes idle keep-alive connections at once', async () => {
    const { server, port } = await start(openApp(), { keepAliveTimeoutMs: 60_000 })
    const agent = new Agent({ keepAlive: true })
    const request = httpRequest({ port, host: '127.0.0.1', path: '/health', agent }).end()
    const [response] = await once(request, 'response')
    const { socket } = response
    response.resume()
    await once(response, 'end')
    await Promise.all([once(socket, 'close'), server.close()])
    expect(socket.destroyed).toBe(true)
    agent.destroy()
  })

  test('cuts off what has not finished after closeTimeoutMs', async () => {
    const { wrap, reached } = gated()
    const { server, port } = await start(openApp({}, wrap), { closeTimeoutMs: 20 })
    const inFlight = sendOverLoopback(port, deposit).catch((error: NodeJS.ErrnoException) => error.code)
    await reached
    await server.close()
    expect(await inFlight).toBe('ECONNRESET')
  })

  test('may be called twice, and without a listen', async () => {
    const server = nodeServer(openApp().app)
    await Promise.all([server.close(), server.close()])
    expect(await server.close()).toBeUndefined()
  })
})

describe('bodies', () => {
  test('one of unknown length is refused as soon as it is too large, and the connection closed', async () => {
    const tested = openApp({ limits: { maxBodyBytes: 1_000 } })
    const { port } = await start(tested)
    const request = httpRequest({ ...deposit, port, host: '127.0.0.1' })
    const response = once(request, 'response')
    // Never ended: an answer at all means that the server did not wait for the rest.
    request.on('error', () => {}).write(`{"note":"${'x'.repeat(2_000)}`)
    const [answer] = await response
    expect([answer.statusCode, answer.headers.connection]).toEqual([413, 'close'])
    expect(answer.headers['content-type']).toBe('application/problem+json')
    answer.resume()
    request.destroy()
    expect(tested.writes()).toBe(0)
    expect((await sendOverLoopback(port, health)).status).toBe(200)
  })

  test('one announced as too large is refused before it is read', async () => {
    const { port } = await start(openApp())
    const request = httpRequest({
      ...deposit,
      headers: { ...json, 'content-length': 10_000_000 },
      port,
      host: '127.0.0.1',
    })
    request.on('error', () => {}).flushHeaders()
    const [answer] = await once(request, 'response')
    expect(answer.statusCode).toBe(413)
    request.destroy()
  })

  test('a client that sends all of 10 MB still reads the refusal', async () => {
    const tested = openApp()
    const { port } = await start(tested)
    const body = JSON.stringify({ amount: 1, note: 'x'.repeat(10_000_000) })
    const answer = await sendOverLoopback(port, { ...deposit, body })
    expect([answer.status, JSON.parse(answer.body).code]).toEqual([413, 'payload-too-large'])
    expect(tested.writes()).toBe(0)
  })

  test('one that does not arrive in time is 408', async () => {
    const tested = openApp()
    const { port } = await start(tested, { requestTimeoutMs: 200 })
    const head = `POST /account/acc-001/Deposit HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 14\r\n\r\n{"amo`
    expect(await exchange(port, head)).toMatch(/^HTTP\/1\.1 408 /)
    expect(tested.writes()).toBe(0)
    expect((await sendOverLoopback(port, health)).status).toBe(200)
  })

  test('a client that goes away in the middle of one harms nobody', async () => {
    const tested = openApp()
    const { port } = await start(tested)
    const socket = connect(port, '127.0.0.1')
    socket.write(
      `POST /account/acc-001/Deposit HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 14\r\n\r\n{"amo`,
    )
    socket.end()
    await once(socket.resume(), 'close')
    expect((await sendOverLoopback(port, health)).status).toBe(200)
    expect([tested.writes(), tested.failures]).toEqual([0, []])
  })

  test('a client that goes away before the answer harms nobody, and its command is carried out', async () => {
    const { wrap, reached, release } = gated()
    const tested = openApp({}, wrap)
    const { port } = await start(tested)
    const request = httpRequest({ ...deposit, port, host: '127.0.0.1' })
    const gone = new Promise((resolve) => request.on('close', resolve))
    request.on('error', () => {}).end(deposit.body)
    await reached
    request.destroy()
    await gone
    release()
    await tested.app.idle()
    expect((await sendOverLoopback(port, health)).status).toBe(200)
    expect(tested.writes()).toBe(1)
  })
})

describe('request targets', () => {
  test('bytes beyond ASCII that a client did not encode are 400', async () => {
    const tested = openApp()
    const { port } = await start(tested)
    const id = Buffer.from('für').toString('latin1')
    expect(await exchange(port, `GET /account/${id} HTTP/1.1\r\nhost: localhost\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 400 /,
    )
    expect((await sendOverLoopback(port, health)).status).toBe(200)
  })

  test.for([
    ['http://localhost/health', 'localhost', 200],
    ['HTTP://127.0.0.1/health', 'attacker.example', 200],
    ['http://attacker.example/health', 'localhost', 421],
    ['http://localhost@attacker.example/health', 'localhost', 421],
    ['http:///health', 'localhost', 421],
  ] as const)(
    'an absolute target names the same resource, and the host: %s',
    async ([target, host, status]) => {
      const { port } = await start(openApp())
      const head = `GET ${target} HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`
      expect(await exchange(port, head)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
    },
  )

  test('two Host headers name no host of the server', async () => {
    const { port } = await start(openApp())
    const head =
      'GET /health HTTP/1.1\r\nhost: localhost\r\nhost: attacker.example\r\nconnection: close\r\n\r\n'
    expect(await exchange(port, head)).toMatch(/^HTTP\/1\.1 421 /)
  })

  test('OPTIONS * is answered for the server', async () => {
    const { port } = await start(openApp())
    const head = 'OPTIONS * HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n'
    expect(await exchange(port, head)).toMatch(/^HTTP\/1\.1 204 [\s\S]*allow: .*OPTIONS/)
  })

  test('what is no HTTP at all is 400 and the server goes on', async () => {
    const { port } = await start(openApp())
    expect(await exchange(port, 'hello\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /)
    expect((await sendOverLoopback(port, health)).status).toBe(200)
  })
})
