import { type Store, TailfoldError } from 'tailfold'
import type { AuditPage, HttpRequest, HttpResponse, ReadBody } from 'tailfold/http'
import { describe, expect, test } from 'vitest'
import { virtualPlatform } from '../../src/testing/virtual-platform.ts'
import { openApp } from '../helpers/http-app.ts'

const json = { 'content-type': 'application/json' }

function command(name: string, fields: object, headers: Record<string, string> = {}): HttpRequest {
  const path = `/account/a/${name}`
  return { method: 'POST', path, query: '', headers: { ...json, ...headers }, body: JSON.stringify(fields) }
}

function read(path: string, query = ''): HttpRequest {
  return { method: 'GET', path, query, headers: {}, body: undefined }
}

const codeOf = (body: string | undefined) => (JSON.parse(body ?? '{}') as { code?: string }).code

/** Counts the requests to a store; fails the ones that `fails` picks. */
function counting(fails: (request: number) => boolean = () => false) {
  const made = { requests: 0 }
  const watch =
    <Args extends unknown[], Result>(call: (...args: Args) => Promise<Result>) =>
    async (...args: Args): Promise<Result> => {
      made.requests += 1
      if (fails(made.requests)) throw new Error('ECONNRESET')
      return call(...args)
    }
  const wrap = (store: Store): Store => ({
    ...store,
    recover: watch(store.recover.bind(store)),
    range: watch(store.range.bind(store)),
    ...(store.keys && { keys: watch(store.keys.bind(store)) }),
  })
  return { made, wrap }
}

describe('a page of events', () => {
  const split = command('Split', { amounts: Array.from({ length: 12 }, (_, index) => index + 1) })

  test('ends by bytes, and the pages together hold every event once', async () => {
    const { app } = openApp({ limits: { maxPageBytes: 500 } })
    await app.handle(split)
    await app.handle(split)
    const seen: number[] = []
    for (let after: number | undefined = 0; after !== undefined; ) {
      const { body = '' } = await app.handle(read('/account/a/events', `after=${after}&limit=1000`))
      expect(body.length).toBeLessThan(700)
      const page = JSON.parse(body) as AuditPage
      expect(page.events.length).toBeGreaterThan(1)
      seen.push(...page.events.map(({ sequenceNr }) => sequenceNr))
      after = page.next
    }
    expect(seen).toEqual(Array.from({ length: 24 }, (_, index) => index + 1))
  })

  test('holds one event that is larger than a page', async () => {
    const { app } = openApp({ limits: { maxPageBytes: 1 } })
    await app.handle(split)
    const { body = '' } = await app.handle(read('/account/a/events'))
    expect(JSON.parse(body)).toMatchObject({ events: [{ sequenceNr: 1 }], next: 1 })
  })

  test('after 1,500 rejected keyed commands takes a few requests, not one for each', async () => {
    const { made, wrap } = counting()
    const { app } = openApp({}, wrap)
    await app.handle(command('Deposit', { amount: 1 }))
    for (let key = 0; key < 1_500; key++) {
      await app.handle(command('Withdraw', { amount: 100 }, { 'idempotency-key': `k-${key}` }))
    }
    await app.handle(command('Deposit', { amount: 2 }))
    for (const query of ['limit=1', 'limit=1&after=1', 'limit=1000']) {
      made.requests = 0
      const { status, body = '' } = await app.handle(read('/account/a/events', query))
      const { events, next } = JSON.parse(body) as AuditPage
      expect([status, events.length, next]).toEqual([200, 1, query.endsWith('after=1') ? undefined : 1])
      expect(made.requests).toBeLessThan(25)
    }
  })
})

describe('one lost request to the store', () => {
  test.for(['/account/a', '/account/a/events', '/account', '/account/a?revision=1'])(
    'is retried by GET %s',
    async (target) => {
      let isFailing = false
      const lost = counting(() => {
        const isLost = isFailing
        isFailing = false
        return isLost
      })
      const { app, failures } = openApp({ cache: { maxEntries: 0 }, platform: virtualPlatform() }, lost.wrap)
      await app.handle(command('Deposit', { amount: 1 }))
      isFailing = true
      const [path = '', query = ''] = target.split('?')
      expect((await app.handle(read(path, query))).status).toBe(200)
      expect([isFailing, failures]).toEqual([false, []])
    },
  )
})

test.for(['/account/a/events', '/account'])('a store that hangs does not hold up GET %s', async (path) => {
  const platform = virtualPlatform()
  const never = () => new Promise<never>(() => {})
  const { app } = openApp({ platform }, (store) => ({ ...store, recover: never, range: never, keys: never }))
  const deadline = platform.now() + 2_000
  const answer = await app.handle({ ...read(path), deadline })
  expect([answer.status, codeOf(answer.body)]).toEqual([503, 'store-unavailable'])
  expect(platform.now()).toBeLessThanOrEqual(deadline + 50)
})

test('the problem of a query parameter is short, however long its name', async () => {
  const { app } = openApp()
  const request = read('/account/a')
  const answer = await app.handle({ ...request, query: `${'\u{1f600}'.repeat(5_000)}=1` })
  expect([answer.status, codeOf(answer.body)]).toEqual([400, 'invalid-query'])
  expect(answer.body?.length).toBeLessThan(1_000)
  expect(answer.body?.isWellFormed()).toBe(true)
})

describe('an answer that is too large', () => {
  test('is a problem too where it is a rejection, which says that the command was rejected', async () => {
    const { app, failures } = openApp({ limits: { maxAnswerBytes: 100 } })
    const answer = await app.handle(command('Withdraw', { amount: 1_000 }))
    expect([answer.status, JSON.parse(answer.body ?? '').detail]).toEqual([
      500,
      'The command was rejected; the answer has more than 100 bytes.',
    ])
    expect(failures.map(({ code }) => code)).toEqual(['answer-too-large'])
  })

  test('is a problem, where it is a state; the reply of a command says that it was carried out', async () => {
    const { app, failures, writes } = openApp({ limits: { maxAnswerBytes: 8 } })
    await app.handle(command('Deposit', { amount: 1_000 }))
    const state = await app.handle(read('/account/a'))
    expect([state.status, codeOf(state.body)]).toEqual([500, 'answer-too-large'])
    const reply = await app.handle(command('Withdraw', { amount: 1 }))
    expect([reply.status, JSON.parse(reply.body ?? '').detail, reply.headers['etag']]).toEqual([
      500,
      'The command was carried out; its reply has more than 8 bytes.',
      '"2"',
    ])
    expect([writes(), failures.map(({ code }) => code)]).toEqual([
      2,
      ['answer-too-large', 'answer-too-large'],
    ])
  })

  test('is measured in bytes', async () => {
    const { app } = openApp({ limits: { maxAnswerBytes: 15 } })
    await app.handle(command('Deposit', { amount: 100 }))
    expect((await app.handle(read('/account/a'))).body).toHaveLength(15)
  })
})

test('requests beyond maxInFlight are refused for now, and health is not counted', async () => {
  const gate = Promise.withResolvers<undefined>()
  const { app } = openApp({ limits: { maxInFlight: 2 }, authorize: () => gate.promise })
  const waiting = [app.handle(read('/account/a')), app.handle(read('/account/a'))]
  const third = await app.handle(read('/account/a'))
  expect([third.status, codeOf(third.body), third.headers['retry-after']]).toEqual([503, 'overloaded', '1'])
  expect((await app.handle(read('/health'))).status).toBe(200)
  gate.resolve(undefined)
  await Promise.all(waiting)
  expect((await app.handle(read('/account/a'))).status).toBe(403)
})

describe('a body that a runtime reads on demand', () => {
  const reading = (read: Exclude<HttpRequest['body'], Uint8Array | string | undefined>) => ({
    ...command('Deposit', {}),
    body: read,
  })

  test('is read after authorize has allowed the request, and not at all when it denies', async () => {
    const order: string[] = []
    const body = async () => {
      order.push('body')
      return Buffer.from('{"amount":1}')
    }
    const open = (answer: 'anonymous' | undefined): Promise<HttpResponse> =>
      openApp({ authorize: () => (order.push('authorize'), answer) }).app.handle(reading(body))
    expect((await open(undefined)).status).toBe(403)
    expect(order.splice(0)).toEqual(['authorize'])
    expect((await open('anonymous')).status).toBe(204)
    expect(order).toEqual(['authorize', 'body'])
  })

  test('is read once, though authorize reads it too', async () => {
    let reads = 0
    const body = async () => {
      reads += 1
      return Buffer.from('{"amount":1}')
    }
    const { app } = openApp({
      async authorize({ body: given }) {
        return typeof given === 'function' && (await given(100))?.length === 12 ? 'anonymous' : undefined
      },
    })
    expect([(await app.handle(reading(body))).status, reads]).toEqual([204, 1])
  })

  test.for<readonly [string, ReadBody, number]>([
    ['that is too large', async () => 'too-large', 413],
    ['that is empty', async () => undefined, 204],
  ])('%s', async ([, body, status]) => {
    const { app } = openApp()
    const path = '/counter/c/Count'
    expect((await app.handle({ ...reading(body), path })).status).toBe(status)
  })

  test('that does not arrive is 408 by the deadline', async () => {
    const platform = virtualPlatform()
    const { app, failures } = openApp({ platform })
    const deadline = platform.now() + 2_000
    const answer = await app.handle({ ...reading(() => new Promise(() => {})), deadline })
    expect([answer.status, codeOf(answer.body), failures]).toEqual([408, 'request-timeout', []])
    expect(platform.now()).toBeLessThanOrEqual(deadline + 50)
  })

  describe('by authorize', () => {
    const authorize = async ({ body }: HttpRequest) =>
      typeof body === 'function' && (await body(10)) === undefined ? undefined : ('anonymous' as const)

    test.for<readonly [string, ReadBody]>([
      ['breaks off', () => Promise.reject(new Error('the client has gone'))],
      ['does not arrive', () => new Promise(() => {})],
    ])('is 408 when it %s, and no failure of the hook', async ([, body]) => {
      const platform = virtualPlatform()
      const { app, failures, writes } = openApp({ platform, authorize })
      const deadline = platform.now() + 2_000
      const answer = await app.handle({ ...reading(body), deadline })
      expect([answer.status, codeOf(answer.body), failures, writes()]).toEqual([
        408,
        'request-timeout',
        [],
        0,
      ])
      expect(platform.now()).toBeLessThanOrEqual(deadline + 50)
    })

    test('may be larger than the hook takes: it is carried out all the same', async () => {
      const body: ReadBody = async (maxBytes) => (maxBytes < 12 ? 'too-large' : Buffer.from('{"amount":1}'))
      const seen: unknown[] = []
      const { app, writes } = openApp({
        async authorize({ body: given }) {
          if (typeof given === 'function') seen.push(await given(11), (await given(12))?.length)
          return 'anonymous' as const
        },
      })
      expect([(await app.handle(reading(body))).status, writes()]).toEqual([204, 1])
      expect(seen).toEqual(['too-large', 12])
    })

    test('is nothing to a hook that answers without it', async () => {
      const { app } = openApp({
        authorize({ body }) {
          if (typeof body === 'function') for (const most of [10, 1_000_000]) void body(most)
          return undefined
        },
      })
      const body = () => Promise.reject(new Error('the client has gone'))
      expect((await app.handle(reading(body))).status).toBe(403)
    })

    test('that cannot be had is reported', async () => {
      const { app, failures } = openApp({ authorize })
      const body = () => {
        throw new Error('Something in front read the body.')
      }
      expect([(await app.handle(reading(body))).status, failures.length]).toEqual([500, 1])
    })
  })
})

test('an Idempotency-Key that begins with ~ is refused: Tailfold keeps those for itself', async () => {
  const { app, writes } = openApp()
  const answer = await app.handle(command('Deposit', { amount: 1 }, { 'idempotency-key': '~reaction:1' }))
  expect([answer.status, codeOf(answer.body), writes()]).toEqual([400, 'invalid-command', 0])
})

test('what onError rejects with later changes no answer', async () => {
  const { app } = openApp({}, (store) => ({
    ...store,
    recover: () =>
      Promise.reject(
        new TailfoldError(
          'store-unavailable',
          'down',
          { operation: 'recover', applied: 'no' },
          { retryable: false },
        ),
      ),
  }))
  expect((await app.handle(read('/account/a'))).status).toBe(503)
})
