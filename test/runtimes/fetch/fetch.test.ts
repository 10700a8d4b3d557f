import { fetchHandler } from 'tailfold/fetch'
import { describe, expect, test } from 'vitest'
import { openApp } from '../../helpers/http-app.ts'

const url = 'https://bank.example/account/acc-001/Deposit'
const json = { 'content-type': 'application/json' }

/** A request whose body comes in pieces; tells whether somebody lost interest. */
function streamed(pieces: Iterable<string>, headers: Record<string, string> = {}) {
  const iterator = pieces[Symbol.iterator]()
  const seen = { cancelled: false, pulled: 0 }
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const next = iterator.next()
        if (next.done === true) return controller.close()
        seen.pulled += 1
        controller.enqueue(new TextEncoder().encode(next.value))
      },
      cancel() {
        seen.cancelled = true
      },
    },
    { highWaterMark: 0 },
  )
  const init = { method: 'POST', headers: { ...json, ...headers }, body, duplex: 'half' } as RequestInit
  return { request: new Request(url, init), seen }
}

function* endless(): Generator<string> {
  yield '{"note":"'
  for (;;) yield 'x'.repeat(1_000)
}

describe('a fetch handler', () => {
  test('puts a body together that comes in pieces, cut anywhere', async () => {
    const { app, writes } = openApp()
    const { request } = streamed(['{"amount":', '1', '0', '}'])
    expect((await fetchHandler(app)(request)).status).toBe(204)
    const state = await fetchHandler(app)(new Request('https://bank.example/account/acc-001'))
    expect([writes(), await state.json()]).toEqual([1, { balance: 10 }])
  })

  test('reads no more of a body than may be, and refuses it', async () => {
    const { app, writes } = openApp({ limits: { maxBodyBytes: 5_000 } })
    const { request, seen } = streamed(endless())
    const answer = await fetchHandler(app)(request)
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([
      413,
      'payload-too-large',
    ])
    expect(seen).toEqual({ cancelled: true, pulled: 6 })
    expect(writes()).toBe(0)
  })

  test('refuses a body announced as too large before it is read', async () => {
    const { app } = openApp({ limits: { maxBodyBytes: 5_000 } })
    const { request, seen } = streamed(endless(), { 'content-length': '5001' })
    expect((await fetchHandler(app)(request)).status).toBe(413)
    expect(seen).toEqual({ cancelled: true, pulled: 0 })
  })

  test('answers 408 when the client goes away in the middle of a body, and carries nothing out', async () => {
    const { app, writes } = openApp()
    const body = new ReadableStream({
      start: (controller) => controller.error(new Error('the connection is gone')),
    })
    const init = { method: 'POST', headers: json, body, duplex: 'half' } as RequestInit
    expect((await fetchHandler(app)(new Request(url, init))).status).toBe(408)
    expect(writes()).toBe(0)
  })

  test('puts a body of 10,000 parts together', async () => {
    const { app } = openApp()
    const note = Array<string>(10_000).fill('x')
    const { request } = streamed(['{"amount":10,"note":"', ...note, '"}'], { 'content-length': 'unknown' })
    expect((await fetchHandler(app)(request)).status).toBe(204)
  })

  test('gives up a body of nothing but empty parts, and leaves others their turn', async () => {
    const { app, writes } = openApp()
    const body = new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array()) })
    const init = { method: 'POST', headers: json, body, duplex: 'half' } as RequestInit
    expect((await fetchHandler(app)(new Request(url, init))).status).toBe(413)
    expect(writes()).toBe(0)
  })

  test.for([
    ['used', (request: Request) => request.text()],
    ['locked', (request: Request) => request.body?.getReader()],
  ] as const)('reports a body that something in front of it has %s', async ([, read]) => {
    const { app, writes, failures } = openApp()
    const request = new Request(url, { method: 'POST', headers: json, body: '{"amount":1}' })
    await read(request)
    expect((await fetchHandler(app)(request)).status).toBe(500)
    expect(failures.map(({ error }) => (error as Error).message)).toEqual([
      'Something in front of fetchHandler read the body. Put the app first, or let the other read a clone: request.clone().',
    ])
    expect(writes()).toBe(0)
  })

  test.for(['/account/..', '/account/%2e%2E', '/account/.'])(
    'cannot address %s: the URL was parsed before it saw it',
    async (path) => {
      const answer = await fetchHandler(openApp().app)(new Request(`https://bank.example${path}`))
      expect(answer.status).toBe(404)
    },
  )

  test.for([
    ['/api/health', 200],
    ['/api', 404],
    ['/apis/health', 404],
    ['/health', 404],
    ['//api/health', 404],
    ['/%61pi/health', 404],
  ] as const)('below /api answers %s with %s', async ([path, status]) => {
    const handler = fetchHandler(openApp().app, { basePath: '/api' })
    expect((await handler(new Request(`https://bank.example${path}`))).status).toBe(status)
  })
})
