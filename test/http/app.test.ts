import { KeyValueJournal, memoryStore, snapshotEvery, type Store, TailfoldError } from 'tailfold'
import { createApp, type HttpRequest, type RequestFailure } from 'tailfold/http'
import { describe, expect, test, vi } from 'vitest'
import { virtualPlatform } from '../../src/testing/virtual-platform.ts'
import { account, counter, secret } from '../helpers/http-account.ts'
import { openApp } from '../helpers/http-app.ts'

const json = { 'content-type': 'application/json' }
const never = () => new Promise<never>(() => {})

function command(name: string, fields: object = {}, extra: Partial<HttpRequest> = {}): HttpRequest {
  const path = `/account/acc-001/${name}`
  return { method: 'POST', path, query: '', headers: json, body: JSON.stringify(fields), ...extra }
}

function read(path = '/account/acc-001', extra: Partial<HttpRequest> = {}): HttpRequest {
  return { method: 'GET', path, query: '', headers: {}, body: undefined, ...extra }
}

function problem(answer: { readonly body: string | undefined }): Record<string, unknown> {
  return JSON.parse(answer.body ?? '{}') as Record<string, unknown>
}

/** A store that alters what it returns of one key. */
function corrupting(brokenKey: string) {
  return (store: Store): Store => ({
    ...store,
    async recover(key, limit) {
      const found = await store.recover(key, limit)
      if (key !== brokenKey) return found
      const commits = found.commits.map(({ revision, record }) => ({
        revision,
        record: revision === 2 ? { ...record, e: '[{"type":"Deposited","amount":1000000}]' } : record,
      }))
      return { ...found, commits }
    },
  })
}

async function unusable(): Promise<never> {
  throw new TailfoldError(
    'store-unavailable',
    'The table "secret-table" does not exist.',
    { operation: 'recover', applied: 'no' },
    { retryable: false },
  )
}

async function reset(): Promise<never> {
  throw new Error('ECONNRESET')
}

describe('createApp', () => {
  test('refuses an entity type named health, whose path is taken', () => {
    const { journal } = openApp()
    const health = { ...counter, entityType: 'health' }
    expect(() => createApp({ journal, entities: [health], authorize: 'everybody' })).toThrow(
      new TypeError('An entity type cannot be named "health": the path /health is in use.'),
    )
  })

  test('refuses two entities of one type', () => {
    const { journal } = openApp()
    expect(() =>
      createApp({ journal, entities: [counter, account, counter], authorize: 'everybody' }),
    ).toThrow(new TypeError('Two entities are named "counter".'))
  })

  test('refuses to serve nothing', () => {
    const { journal } = openApp()
    expect(() => createApp({ journal, entities: [], authorize: 'everybody' })).toThrow(
      new TypeError('An app needs at least one entity.'),
    )
  })

  test.each([
    ['maxBodyBytes', 0, 104_857_600],
    ['maxBodyBytes', Number.NaN, 104_857_600],
    ['maxIdBytes', 513, 512],
    ['maxJsonDepth', 201, 200],
    ['maxEvents', -1, Number.MAX_SAFE_INTEGER],
    ['maxQueue', 1.5, Number.MAX_SAFE_INTEGER],
    ['maxEventPage', 0, Number.MAX_SAFE_INTEGER],
    ['maxIdPage', Infinity, Number.MAX_SAFE_INTEGER],
  ])('refuses the limit %s of %s', (name, value, most) => {
    expect(() => openApp({ limits: { [name]: value } })).toThrow(
      new TypeError(`limits.${name} must be a whole number from 1 to ${most}, not ${value}.`),
    )
  })

  test('keeps the definitions and their types', () => {
    const { journal } = openApp()
    const app = createApp({ journal, entities: [account, counter], authorize: 'everybody' })
    const types: readonly ['account', 'counter'] = [app.entities[0].entityType, app.entities[1].entityType]
    expect(types).toEqual(['account', 'counter'])
  })
})

describe('limits', () => {
  test('a body of exactly maxBodyBytes is read, as bytes and as text; one byte more is refused', async () => {
    const text = '{"amount":1}'
    const { app } = openApp({ limits: { maxBodyBytes: text.length } })
    const longer = ` ${text}`
    const bodies = [text, Buffer.from(text), longer, Buffer.from(longer)]
    const answers = await Promise.all(bodies.map((body) => app.handle({ ...command('Deposit'), body })))
    expect(answers.map(({ status }) => status)).toEqual([204, 204, 413, 413])
  })

  test('64 levels of nesting are read', async () => {
    const { app } = openApp()
    const body = `{"amount":1,"note":${'['.repeat(63)}${']'.repeat(63)}}`
    expect((await app.handle({ ...command('Deposit'), body })).status).toBe(204)
  })

  test('a body of nothing but brackets is refused without exhausting the stack', async () => {
    const { app, writes } = openApp()
    const body = `${'['.repeat(120_000)}${']'.repeat(120_000)}`
    const answer = await app.handle({ ...command('Deposit'), body: `{"note":${body}}` })
    expect([answer.status, writes()]).toEqual([400, 0])
  })

  test.each(['[', '{"a":'])(
    'levels of %s that are never closed are refused before they are parsed',
    async (open) => {
      const { app, writes } = openApp()
      // `JSON.parse` takes a second for each megabyte of them.
      const answer = await app.handle({ ...command('Deposit'), body: open.repeat(50_000) })
      expect(JSON.parse(answer.body ?? '')).toMatchObject({
        code: 'invalid-command',
        problem: 'it is nested more than 64 levels deep',
      })
      expect(writes()).toBe(0)
    },
  )
})

describe('the queue of an entity', () => {
  test('takes as many commands as the app allows; one more is 429 with Retry-After, other entities go on', async () => {
    const gate = Promise.withResolvers<void>()
    const reached = Promise.withResolvers<void>()
    const { app } = openApp({ limits: { maxQueue: 2 } }, (store) => ({
      ...store,
      async append(key, revision, record) {
        reached.resolve()
        if (key === 'account/acc-001') await gate.promise
        return store.append(key, revision, record)
      },
    }))
    const first = app.handle(command('Deposit', { amount: 1 }))
    await reached.promise
    const others = [2, 3, 4].map((amount) => app.handle(command('Deposit', { amount })))
    const refused = await Promise.race(others)
    expect([refused.status, refused.headers['retry-after']]).toEqual([429, '1'])
    expect(problem(refused)).toMatchObject({ code: 'queue-full', entity: 'account/acc-001', limit: 2 })
    const other = await app.handle(command('Deposit', { amount: 1 }, { path: '/account/acc-002/Deposit' }))
    expect(other.status).toBe(204)
    gate.resolve()
    const statuses = (await Promise.all([first, ...others])).map((answer) => answer.status)
    expect(statuses).toEqual([204, 204, 204, 429])
    expect((await app.handle(read())).body).toBe('{"balance":6}')
  })
})

describe('request ids', () => {
  test.each(['a\r\nset-cookie: x=1', 'a\nb', 'a\0b', '\u{1f41f}'])(
    'that could end a header or a line of a log are replaced: %j',
    async (id) => {
      const { app, failures } = openApp()
      const answer = await app.handle(command('Explode', {}, { headers: { ...json, 'x-request-id': id } }))
      expect(answer.headers['x-request-id']).toMatch(/^[\w-]{16,}$/)
      expect(failures.map(({ requestId }) => requestId)).toEqual([answer.headers['x-request-id']])
    },
  )

  test('of the caller go before those of the runtime', async () => {
    const { app, failures } = openApp()
    const headers = { ...json, 'x-request-id': 'mine' }
    await app.handle(command('Explode', {}, { headers, requestId: 'r-1' }))
    expect(failures.map(({ requestId }) => requestId)).toEqual(['mine'])
  })
})

describe('cors', () => {
  test.each([
    [{ origins: '*', credentials: true }, "cors.credentials needs cors.origins by name, not '*'."],
    ...['https://bank.example/', 'bank.example', 'HTTPS://bank.example', 'null', '*'].map(
      (origin) =>
        [
          { origins: [origin] },
          "cors.origins must be '*' or a list of origins such as ['https://bank.example'].",
        ] as const,
    ),
    ...[undefined, null, 'https://bank.example', [5]].map(
      (origins) =>
        [
          { origins: origins as never },
          "cors.origins must be '*' or a list of origins such as ['https://bank.example'].",
        ] as const,
    ),
    ...['authorization', ['a b'], [1]].map(
      (headers) =>
        [
          { origins: '*', headers: headers as never },
          "cors.headers must be a list of header names such as ['authorization'].",
        ] as const,
    ),
    [{ origins: '*', credentials: 'no' as never }, 'cors.credentials must be true or false, not "no".'],
    [{ origins: '*', maxAgeSeconds: -1 }, 'cors.maxAgeSeconds must be a whole number from 0 on, not -1.'],
  ] as const)('refuses %j', (cors, message) => {
    expect(() => openApp({ cors })).toThrow(new TypeError(message))
  })
})

describe('a failing entity', () => {
  test('a corrupt record is journal-corrupt with entity and revision, and no other entity is affected', async () => {
    const { app, failures } = openApp({ cache: { maxEntries: 0 } }, corrupting('account/acc-001'))
    await app.handle(command('Deposit', { amount: 1 }))
    await app.handle(command('Deposit', { amount: 1 }))
    for (const request of [read(), command('Deposit', { amount: 1 }), read('/account/acc-001/events')]) {
      const answer = await app.handle(request)
      expect(answer.status).toBe(500)
      expect(problem(answer)).toMatchObject({
        code: 'journal-corrupt',
        entity: 'account/acc-001',
        revision: 2,
      })
      expect(answer.body).not.toContain('1000000')
      expect(answer.body).not.toContain('hash')
    }
    expect(failures).toHaveLength(3)
    const other = await app.handle(command('Deposit', { amount: 5 }, { path: '/account/acc-002/Deposit' }))
    expect([other.status, (await app.handle(read('/account/acc-002'))).body]).toEqual([204, '{"balance":5}'])
  })

  test('what a handler threw reaches onError and not the caller', async () => {
    const { app, failures } = openApp()
    const answer = await app.handle(command('Explode', {}, { requestId: 'r-1' }))
    expect(answer.body).not.toContain(secret)
    expect(failures).toMatchObject([
      { requestId: 'r-1', method: 'POST', code: 'handler-failed', status: 500 },
    ])
    expect(failures[0]?.error).toMatchObject({ code: 'handler-failed', cause: new Error(secret) })
  })

  test('what onError throws changes no answer', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => {})
    const { journal } = openApp()
    const app = createApp({
      journal,
      entities: [account],
      authorize: 'everybody',
      onError() {
        throw new Error('the logger is down')
      },
    })
    expect((await app.handle(command('Explode'))).status).toBe(500)
    expect(JSON.parse(String(log.mock.calls[0]?.[0]))).toMatchObject({ message: 'the logger is down' })
    log.mockRestore()
  })

  test('without onError a failure is one JSON line with request id, code, message and cause', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => {})
    const { journal } = openApp()
    const app = createApp({ journal, entities: [account], authorize: 'everybody' })
    await app.handle(command('Explode', {}, { requestId: 'r-1' }))
    const [line] = log.mock.calls[0] as [string]
    log.mockRestore()
    expect(line).not.toContain('\n')
    expect(JSON.parse(line)).toMatchObject({
      requestId: 'r-1',
      code: 'handler-failed',
      message: 'onCommand of account/acc-001 threw. Nothing was written.',
      cause: secret,
    })
  })

  test('without onWarning a snapshot that was not written is one JSON line, and the command succeeds', async () => {
    const log = vi.spyOn(console, 'warn').mockImplementation(() => {})
    const journal = new KeyValueJournal({ ...memoryStore(), saveSnapshot: reset }, { inlineState: false })
    const eager = { ...account, snapshotPolicy: snapshotEvery({ nEvents: 1 }) }
    const app = createApp({ journal, entities: [eager], authorize: () => 'anonymous' })
    await app.handle(command('Deposit', { amount: 1 }))
    const answer = await app.handle(command('Deposit', { amount: 1 }))
    await app.idle()
    const [line] = log.mock.calls[0] as [string]
    log.mockRestore()
    expect(answer.status).toBe(204)
    expect(JSON.parse(line)).toEqual({
      level: 'warn',
      message: 'The snapshot of account/acc-001 was not written; no command is affected.',
      cause: 'The store could not save a snapshot: it failed.',
    })
  })
})

describe('a failing store', () => {
  test.each([
    ['a command', command('Deposit', { amount: 1 })],
    ['the state', read()],
    ['the audit trail', read('/account/acc-001/events')],
  ])('%s is store-unavailable, without the name of a table', async (_, request) => {
    const { app, failures } = openApp({}, (store) => ({ ...store, recover: unusable }))
    const answer = await app.handle(request)
    expect([answer.status, answer.headers['retry-after'], problem(answer)['code']]).toEqual([
      503,
      '1',
      'store-unavailable',
    ])
    expect(answer.body).not.toContain('table')
    expect(failures[0]?.error).toMatchObject({ message: 'The table "secret-table" does not exist.' })
  })

  test('an error of the driver is store-unavailable too', async () => {
    const { app } = openApp({ platform: virtualPlatform() }, (store) => ({ ...store, recover: reset }))
    for (const path of ['/account/acc-001', '/account/acc-001/events']) {
      expect(problem(await app.handle(read(path)))['code']).toBe('store-unavailable')
    }
  })

  test('writers that are always faster make conflict-budget-exhausted', async () => {
    const rival = openApp()
    const { journal } = rival
    const failures: RequestFailure[] = []
    const app = createApp({
      journal,
      entities: [account],
      authorize: 'everybody',
      retry: { maxAttempts: 1 },
      onError: (failure) => failures.push(failure),
    })
    await app.handle(command('Deposit', { amount: 1 }))
    await rival.app.handle(command('Deposit', { amount: 2 }))
    const answer = await app.handle(command('Deposit', { amount: 4 }))
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '1'])
    expect(problem(answer)).toMatchObject({
      code: 'conflict-budget-exhausted',
      entity: 'account/acc-001',
      attempts: 1,
    })
    expect(failures).toHaveLength(1)
    expect((await rival.app.handle(read())).body).toBe('{"balance":3}')
  })
})

describe('the deadline', () => {
  test('a command whose write is not answered is outcome-unknown by then', async () => {
    const platform = virtualPlatform()
    const { app } = openApp({ platform }, (store) => ({ ...store, append: never }))
    const deadline = platform.now() + 2_000
    const answer = await app.handle(command('Deposit', { amount: 1 }, { deadline }))
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '1'])
    expect(problem(answer)).toMatchObject({ code: 'outcome-unknown', entity: 'account/acc-001' })
    expect(problem(answer)['detail']).toContain('same Idempotency-Key')
    expect(platform.now()).toBeLessThanOrEqual(deadline + 50)
  })

  test.each(['/account/acc-001', '/account/acc-001/events'])(
    'reading %s is store-unavailable by then',
    async (path) => {
      const platform = virtualPlatform()
      const { app } = openApp({ platform }, (store) => ({ ...store, recover: never }))
      const deadline = platform.now() + 2_000
      const answer = await app.handle(read(path, { deadline }))
      expect([answer.status, problem(answer)['code']]).toEqual([503, 'store-unavailable'])
      expect(platform.now()).toBeLessThanOrEqual(deadline + 50)
    },
  )

  test('without one a request has retry.timeoutMs', async () => {
    const platform = virtualPlatform()
    const { app } = openApp({ platform, retry: { timeoutMs: 700 } }, (store) => ({ ...store, append: never }))
    const start = platform.now()
    expect((await app.handle(command('Deposit', { amount: 1 }))).status).toBe(503)
    expect(platform.now() - start).toBeLessThanOrEqual(750)
  })

  test('a handler that never settles holds up neither its caller nor what comes after', async () => {
    const platform = virtualPlatform()
    const { app } = openApp({ platform })
    const deadline = platform.now() + 2_000
    const answer = await app.handle(command('Hang', {}, { deadline }))
    expect([answer.status, problem(answer)['code']]).toEqual([500, 'handler-failed'])
    expect(platform.now()).toBeLessThanOrEqual(deadline + 50)
    for (const id of ['acc-002', 'acc-001']) {
      const next = await app.handle(command('Deposit', { amount: 1 }, { path: `/account/${id}/Deposit` }))
      expect(next.status).toBe(204)
    }
  })
})
