import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  deposit,
  type LocalServer,
  type LocalServerOptions,
  startLocalServer,
  stateOf,
  temporaryFolder,
} from '../helpers/local-server.ts'

const timeout = 60_000

let folder: ReturnType<typeof temporaryFolder>
let servers: LocalServer[] = []

beforeEach(() => {
  folder = temporaryFolder()
})

afterEach(async () => {
  for (const server of servers) server.kill('SIGKILL')
  await Promise.all(servers.map(({ ended }) => ended))
  servers = []
  folder.remove()
})

async function start(options: LocalServerOptions = {}): Promise<LocalServer> {
  const server = await startLocalServer({ ...options, env: { TAILFOLD_DATA: folder.path, ...options.env } })
  servers.push(server)
  return server
}

/** A deposit of 100 that the server has begun to read, and that waits for its body. */
async function beginDeposit(url: string) {
  const body = '{"amount":100}'
  const request = httpRequest(`${url}/account/acc-001/Deposit`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'content-length': body.length, expect: '100-continue' },
  })
  request.flushHeaders()
  await once(request, 'continue')
  return {
    async finish(): Promise<number | undefined> {
      request.end(body)
      const [response] = await once(request, 'response')
      response.resume()
      return response.statusCode
    },
    cutOff: once(request, 'error').then(([error]) => error.code as string),
  }
}

describe('the local server', { timeout }, () => {
  test('keeps its data in the folder of TAILFOLD_DATA, and says so', async () => {
    const { greeting } = await start()
    expect(greeting).toContain(`Data: ${folder.path}/journal.sqlite (SQLite): kept when the server stops`)
  })

  test('has the same balance after kill -9 and another start', async () => {
    const first = await start()
    expect(await deposit(first.url, 30)).toEqual(Array.from({ length: 30 }, () => 204))
    first.kill('SIGKILL')
    expect((await first.ended).signal).toBe('SIGKILL')
    const second = await start()
    expect(await stateOf(second.url)).toEqual({ balance: 30, txCount: 30 })
  })

  test('shares its SQLite file: 200 deposits through each of two servers at once are 400', async () => {
    const { url: one } = await start()
    const { url: two } = await start()
    const statuses = (await Promise.all([deposit(one, 200), deposit(two, 200)])).flat()
    expect(statuses.filter((status) => status !== 204)).toEqual([])
    expect([await stateOf(one), await stateOf(two)]).toEqual([
      { balance: 400, txCount: 400 },
      { balance: 400, txCount: 400 },
    ])
  })

  test('forgets everything with --journal memory, and says so', async () => {
    const { greeting, url } = await start({ args: ['--journal', 'memory'] })
    expect(greeting).toContain('Data: memory: gone when the server stops')
    expect(await deposit(url, 1)).toEqual([204])
  })

  test.for(['node', 'lambda'])('logs a line for each command with --log, through %s', async (runtime) => {
    const server = await start({ args: ['--journal', 'memory', '--runtime', runtime, '--log'] })
    await deposit(server.url, 1)
    expect(JSON.parse(await server.nextLine())).toMatchObject({
      level: 'info',
      message: 'account/acc-001 Deposit: replied',
      requestId: expect.stringMatching(/./),
      revision: 1,
      requests: 2,
      outcome: 'replied',
    })
  })

  test('logs nothing without it', async () => {
    const server = await start({ args: ['--journal', 'memory'] })
    await deposit(server.url, 1)
    server.kill('SIGTERM')
    expect(await server.nextLine()).toMatch(/^SIGTERM: finishing/)
  })

  test('prints curl lines that work as they are', async () => {
    const { greeting } = await start()
    const lines = greeting.split('\n').filter((line) => line.startsWith('  curl '))
    expect(lines).toHaveLength(3)
    const { stdout } = await promisify(execFile)('bash', ['-c', lines.join('\n')])
    expect(stdout).toBe('"ok"{"balance":70,"txCount":2}')
  })
})

describe('with --runtime lambda', { timeout }, () => {
  test('it says so, and its data is that of the other runtime', async () => {
    const { greeting, url } = await start({ args: ['--runtime', 'lambda'] })
    expect(greeting).toContain(`${url} through the Lambda handler, as behind an HTTP API`)
    expect(await deposit(url, 30)).toEqual(Array.from({ length: 30 }, () => 204))
    const { url: plain } = await start()
    expect(await stateOf(plain)).toEqual({ balance: 30, txCount: 30 })
  })

  test('an id is decoded on the way, as an HTTP API does it', async () => {
    const { url } = await start({ args: ['--runtime', 'lambda', '--journal', 'memory'] })
    const statusOf = async (id: string) => {
      const request = {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"amount":1}',
      }
      return (await fetch(`${url}/account/${id}/Deposit`, request)).status
    }
    expect([await statusOf('a%20b'), await statusOf('a%2Fb')]).toEqual([204, 404])
  })
})

describe('a stop signal', { timeout }, () => {
  test.for(['SIGTERM', 'SIGINT'] as const)('%s lets a request in flight finish', async (signal) => {
    const server = await start()
    const inFlight = await beginDeposit(server.url)
    server.kill(signal)
    expect(await server.nextLine()).toContain(`${signal}: finishing`)
    expect(await inFlight.finish()).toBe(204)
    expect(await server.ended).toMatchObject({ exitCode: 0, signal: null, stderr: '' })
    expect(await stateOf((await start()).url)).toEqual({ balance: 100, txCount: 1 })
  })

  test('sent twice in a row, as npm does at Ctrl-C, counts once', async () => {
    const server = await start()
    const inFlight = await beginDeposit(server.url)
    server.kill('SIGINT')
    server.kill('SIGINT')
    await server.nextLine()
    expect(await inFlight.finish()).toBe(204)
    expect(await server.ended).toMatchObject({ exitCode: 0, signal: null })
  })

  test('that ended npm, and the shell between npm and the server, ends the server as well', async () => {
    const server = await start({ underShell: true, env: { npm_lifecycle_event: 'start' } })
    const inFlight = await beginDeposit(server.url)
    server.kill('SIGTERM')
    expect(await server.nextLine()).toContain('npm is gone: finishing')
    expect(await inFlight.finish()).toBe(204)
    expect((await server.ended).stderr).toBe('')
  })

  test('sent again later ends the server at once', async () => {
    const server = await start()
    const inFlight = await beginDeposit(server.url)
    server.kill('SIGTERM')
    await server.nextLine()
    let gone = false
    const ended = server.ended.finally(() => (gone = true))
    await vi.waitUntil(() => {
      server.kill('SIGTERM')
      return gone
    }, timeout)
    expect((await ended).signal).toBe('SIGTERM')
    expect(await inFlight.cutOff).toBe('ECONNRESET')
  })
})
