import { Behaviors, createEngine, entity, InMemoryJournal, systemPlatform } from 'tailfold'
import { createApp, type HttpRequest, type Route } from 'tailfold/http'
import { describe, expect, test } from 'vitest'
import { account } from '../../functions/bank/account.ts'
import { openApp } from '../helpers/http-app.ts'
import { schemaOf } from '../helpers/schema.ts'

const json = { 'content-type': 'application/json' }

function request(method: string, path: string, over: Partial<HttpRequest> = {}): HttpRequest {
  return { method, path, query: '', headers: json, body: method === 'POST' ? '{}' : undefined, ...over }
}

describe('the tenant of an entity', () => {
  test.each(['$&', '$`', "$'", '$$', 'a$&b'])('is in no problem, whatever the id: %s', async (id) => {
    const { app } = openApp({ entities: [account], authorize: () => ({ tenant: 'acme' }) })
    const { status, body = '' } = await app.handle(
      request('POST', `/account/${encodeURIComponent(id)}/Explode`),
    )
    const { detail, entity: name } = JSON.parse(body) as { detail: string; entity: string }
    expect(status).toBe(400)
    expect(body).not.toContain('acme')
    expect(detail).toContain(name)
  })

  test('is in no problem of a route that belongs to no entity type', async () => {
    const app = createApp({
      journal: new InMemoryJournal(),
      entities: [account],
      authorize: () => ({ tenant: 'acme' }),
      routes: [
        {
          of: 'server',
          path: '/summary',
          method: 'GET',
          action: 'description',
          problems: [],
          handle: async ({ grant }) => {
            const engine = createEngine(account, { journal: new InMemoryJournal(), platform: systemPlatform })
            const options = { tenant: grant.tenant, expectedRevision: 7 }
            await engine.execute('a', { type: 'Deposit', amount: 1 }, options)
            return { status: 204, headers: {}, body: undefined }
          },
        } satisfies Route,
      ] as never,
    })
    const { status, body = '' } = await app.handle(request('GET', '/summary'))
    expect([status, JSON.parse(body).entity]).toEqual([412, 'account/a'])
    expect(body).not.toContain('acme')
  })
})

describe('an internal command', () => {
  const schema = schemaOf<object>((value) => ({ value: value as object }))
  const safe = (commands?: object) =>
    entity({
      entityType: 'safe',
      initialState: {},
      commands: commands as never,
      onEvent: (state: object, _event: { type: 'Done' }) => state,
      onCommand: (_ctx, _state, { type }: { type: string }) =>
        type === 'Open' || type === 'Expire'
          ? Behaviors.persisted({ events: [{ type: 'Done' }] })
          : Behaviors.unhandled(),
      internal: ['Expire'],
    })

  test.each([
    ['without schemas', undefined],
    ['with schemas', { Open: schema, Expire: schema }],
  ])('cannot be told from an unknown one, whatever is sent with it, %s', async (_, commands) => {
    const { app, writes } = openApp({ entities: [safe(commands) as never] })
    const keyed = { ...json, 'idempotency-key': 'used' }
    await app.handle(request('POST', '/safe/s/Open', { headers: keyed }))
    const before = writes()
    const conditions = [
      {},
      { 'if-match': '"99"' },
      { 'if-match': '"5", "6"' },
      { 'if-match': 'x' },
      { 'if-none-match': '*' },
      { 'idempotency-key': 'used' },
    ]
    for (const headers of conditions) {
      for (const body of ['{}', '{"a":1}', '[]']) {
        const [internal, unknown] = await Promise.all(
          ['Expire', 'Vanish'].map((name) =>
            app.handle(request('POST', `/safe/s/${name}`, { headers: { ...json, ...headers }, body })),
          ),
        )
        const told = (answer: typeof internal) =>
          [answer?.status, answer?.body?.replaceAll(/Expire|Vanish/g, 'X')] as const
        expect(told(internal)).toEqual(told(unknown))
      }
    }
    expect(writes()).toBe(before)
  })
})

describe('an error that cannot be read', () => {
  const throwing = () => {
    throw new Error('by the test')
  }
  const errors: Readonly<Record<string, unknown>> = {
    'no prototype': Object.create(null),
    'a text that throws': { toString: throwing },
    'a message that throws': Object.defineProperty(new Error('m'), 'message', { get: throwing }),
    'a name that throws': Object.defineProperty(new Error('m'), 'name', { get: throwing }),
    'a proxy that throws': new Proxy(new Error('m'), { getPrototypeOf: throwing, get: throwing }),
    'half an error of ours': Object.assign(new Error('m'), { name: 'TailfoldError', code: 'invalid-id' }),
    'an error of ours without data': Object.assign(new Error('m'), {
      name: 'TailfoldError',
      code: 'invalid-id',
      data: null,
    }),
  }

  test.each(Object.entries(errors))('is an internal error, and reported: %s', async (_, error) => {
    const lines: string[] = []
    const log = console.error
    console.error = (line: string) => void lines.push(line)
    try {
      const options = { journal: new InMemoryJournal(), entities: [account], onWarning: () => {} } as const
      const authorize = () => {
        throw error
      }
      const onError = () => {
        throw error
      }
      for (const app of [createApp({ ...options, authorize }), createApp({ ...options, authorize, onError })])
        expect((await app.handle(request('GET', '/account/a'))).status).toBe(500)
      await new Promise((resolve) => setImmediate(resolve))
    } finally {
      console.error = log
    }
    expect(lines.map((line) => (JSON.parse(line) as { code: string }).code)).toEqual([
      'internal-error',
      'internal-error',
    ])
  })

  test.each(Object.entries(errors))('of a journal fails the command: %s', async (_, error) => {
    const fails = () => Promise.reject(error)
    const app = createApp({
      journal: { persist: fails, load: fails, saveSnapshot: fails, loadSnapshot: fails } as never,
      entities: [account],
      authorize: 'everybody',
      retry: { timeoutMs: 100 },
      onWarning: () => {},
      onError: () => {},
    })
    const { status } = await app.handle(request('GET', '/account/a'))
    expect(status).toBeGreaterThanOrEqual(500)
  })
})

describe('a query', () => {
  test('that begins with a second question mark names a parameter that is not there', async () => {
    const { app } = openApp()
    await app.handle(request('POST', '/account/a/Deposit', { body: '{"amount":1}' }))
    expect(await app.handle(request('GET', '/account/a', { query: '?revision=1' }))).toMatchObject({
      status: 400,
    })
  })
})
