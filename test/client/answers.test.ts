import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { client, type FetchResponse } from 'tailfold/client'
import { describe, expect, test } from 'vitest'
import type { bankApp } from '../helpers/bank-server.ts'
import { rejectionOf } from '../helpers/thrown.ts'

const marked = { 'x-request-id': 'r-1', etag: '"1"' }
const json = { ...marked, 'content-type': 'application/json' }

/** An account of a server that gives the same answer to every request, and how often it was asked. */
function answering(answer: () => FetchResponse) {
  let requests = 0
  const fetch = async () => {
    requests += 1
    return answer()
  }
  const bank = client<ReturnType<typeof bankApp>>({ baseUrl: '', fetch })
  return { bank, acc: bank.account('a'), requests: () => requests }
}

async function listen(listener: RequestListener) {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => server.close().closeAllConnections(),
  }
}

describe('a redirect', () => {
  test.for([301, 302, 303, 307, 308])(
    '%d is an error, and nothing is sent where it leads',
    async (status) => {
      const elsewhere: string[] = []
      await using other = await listen((request, response) => {
        elsewhere.push(`${request.method} ${String(request.headers['x-api-key'])}`)
        response.writeHead(204, marked).end()
      })
      await using server = await listen((_request, response) => {
        response.writeHead(status, { location: `${other.url}/login` }).end()
      })
      const bank = client<ReturnType<typeof bankApp>>({ baseUrl: server.url, headers: { 'x-api-key': 'k' } })
      const acc = bank.account('a')
      for (const call of [() => acc.tell({ type: 'Deposit', amount: 1 }), () => acc.state()]) {
        expect(await rejectionOf(call())).toMatchObject({
          code: 'unexpected-answer',
          status,
          attempts: 1,
          retryable: false,
          message: expect.stringContaining('redirected'),
        })
      }
      expect(elsewhere).toEqual([])
    },
  )

  test('that a fetch followed all the same is an error too', async () => {
    const answer = { status: 200, headers: new Headers(json), text: async () => '{}', redirected: true }
    const { acc } = answering(() => answer)
    expect(await rejectionOf(acc.state())).toMatchObject({ code: 'unexpected-answer' })
  })
})

describe('an answer is the app’s', () => {
  test.for([
    ['a command without a reply', new Response(null, { status: 204, headers: marked }), undefined],
    ['a reply', new Response('"ok"', { headers: json }), 'ok'],
    [
      'a reply whose type names its charset',
      new Response('1', { headers: { ...json, 'content-type': 'Application/JSON; charset=utf-8' } }),
      1,
    ],
  ] as const)('%s', async ([, response, reply]) => {
    const { acc } = answering(() => response.clone())
    expect(await acc.ask({ type: 'Withdraw', amount: 1 })).toBe(reply)
  })
})

describe('an answer is not the app’s', () => {
  test.for([
    ['a page', new Response('<html>', { headers: { ...json, 'content-type': 'text/html' } })],
    ['JSON of another type', new Response('{}', { headers: { ...json, 'content-type': 'text/plain' } })],
    ['JSON without a type', new Response(Buffer.from('{}'), { headers: marked })],
    ['JSON without X-Request-Id', new Response('{}', { headers: { 'content-type': 'application/json' } })],
    ['nothing without X-Request-Id', new Response(null, { status: 204 })],
    ['an empty body of 200', new Response('', { headers: json })],
    ['text that is no JSON', new Response('{', { headers: json })],
    ['201', new Response('{}', { status: 201, headers: json })],
    ['202', new Response(null, { status: 202, headers: marked })],
  ] as const)('%s', async ([, response]) => {
    const { acc, requests } = answering(() => response.clone())
    const withdraw = { type: 'Withdraw', amount: 1 } as const
    for (const call of [() => acc.ask(withdraw), () => acc.tell(withdraw), () => acc.state()]) {
      expect(await rejectionOf(call())).toMatchObject({ code: 'unexpected-answer', status: response.status })
    }
    expect(requests()).toBe(3)
  })

  test.for([
    ['a problem of another API', { type: 'about:blank', code: 'rejected', status: 422, detail: 'no' }],
    ['a problem without a code', { type: 'urn:tailfold:problem:rejected', status: 422, detail: 'no' }],
    ['null', null],
  ])('%s', async ([, problem]) => {
    const headers = { ...marked, 'content-type': 'application/problem+json' }
    const { acc } = answering(() => new Response(JSON.stringify(problem), { status: 422, headers }))
    const error = await rejectionOf(acc.ask({ type: 'Withdraw', amount: 1 }))
    expect(error).toMatchObject({ code: 'unexpected-answer', status: 422, requestId: 'r-1' })
  })

  test('nothing, to a read', async () => {
    const { acc } = answering(() => new Response(null, { status: 204, headers: marked }))
    for (const call of [() => acc.state(), () => acc.read()]) {
      expect(await rejectionOf(call())).toMatchObject({ code: 'unexpected-answer', status: 204 })
    }
  })

  test('a state without a revision, when the revision was asked for', async () => {
    const { acc } = answering(
      () => new Response('{}', { headers: { 'content-type': 'application/json', 'x-request-id': 'r-1' } }),
    )
    expect(await rejectionOf(acc.read())).toMatchObject({ code: 'unexpected-answer' })
  })
})

test.for(['"7"', 'W/"7"', '"7~v2"'])('the revision of an ETag %s is 7', async (etag) => {
  const { acc } = answering(() => new Response('{}', { headers: { ...json, etag } }))
  expect((await acc.read()).revision).toBe(7)
})

describe('a page', () => {
  test.for([
    ['names itself as the next', { events: [], next: 3 }],
    ['names an earlier one as the next', { events: [], next: 2 }],
    ['has no events', {}],
    ['is null', null],
  ] as const)('of events that %s is an error', async ([, page]) => {
    const { acc, requests } = answering(() => new Response(JSON.stringify(page), { headers: json }))
    const read = Array.fromAsync(acc.events({ after: 3 }))
    expect(await rejectionOf(read)).toMatchObject({ code: 'unexpected-answer', retryable: false })
    expect(requests()).toBe(1)
  })

  test.for([
    ['names itself as the next', { ids: ['b'], next: 'b' }],
    ['has no ids', { events: [] }],
  ] as const)('of ids that %s is an error', async ([, page]) => {
    const { bank, requests } = answering(() => new Response(JSON.stringify(page), { headers: json }))
    const read = Array.fromAsync(bank.account.list({ after: 'b' }))
    expect(await rejectionOf(read)).toMatchObject({ code: 'unexpected-answer', retryable: false })
    expect(requests()).toBe(1)
  })
  test('of ids that leads round in a circle is an error', async () => {
    const next = ['c', 'd', 'c']
    const { bank, requests } = answering(
      () => new Response(JSON.stringify({ ids: [], next: next.shift() }), { headers: json }),
    )
    expect(await rejectionOf(Array.fromAsync(bank.account.list()))).toMatchObject({
      code: 'unexpected-answer',
    })
    expect(requests()).toBe(3)
  })
})
