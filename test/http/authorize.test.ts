import { asyncProperty, assert as check, constantFrom, record, array, string } from 'fast-check'
import { KeyValueJournal, memoryStore } from 'tailfold'
import {
  type App,
  type AuditPage,
  type Authorize,
  createApp,
  type HttpRequest,
  type HttpResponse,
} from 'tailfold/http'
import { jwtClaims, lambdaHandler } from 'tailfold/lambda'
import { describe, expect, test } from 'vitest'
import { account } from '../helpers/http-account.ts'
import { openApp } from '../helpers/http-app.ts'

const deposit = { method: 'POST', path: '/account/a/Deposit', body: '{"amount":5}' }
const balance = { method: 'GET', path: '/account/a' }

function send(app: App, request: Partial<HttpRequest>): Promise<HttpResponse> {
  const headers = { 'content-type': 'application/json', ...request.headers }
  return app.handle({ method: 'GET', path: '/', query: '', body: undefined, ...request, headers })
}

/** Who asks stands in a header here; in an application a gateway or a token says it. */
const byHeader: Authorize = ({ headers }) => {
  const { user, tenant } = headers
  if (user === undefined) return 'unauthenticated'
  if (user === 'mallory') return undefined
  return { principal: { id: user, role: 'teller' }, ...(tenant !== undefined && { tenant }) }
}
const as = (user: string, tenant?: string) => ({ headers: { user, ...(tenant && { tenant }) } })

const codeOf = ({ status, body }: HttpResponse) => [
  status,
  (JSON.parse(body ?? '{}') as { code?: string }).code,
]

describe('authorize', () => {
  test('lets nobody in whom it does not let in, and nothing is written', async () => {
    const { app, writes } = openApp({ authorize: byHeader })
    for (const request of [deposit, balance, { method: 'GET', path: '/account/a/events' }]) {
      expect(codeOf(await send(app, request))).toEqual([401, 'unauthenticated'])
      expect(codeOf(await send(app, { ...request, ...as('mallory') }))).toEqual([403, 'forbidden'])
    }
    expect((await send(app, balance)).headers['www-authenticate']).toBe('Bearer')
    expect(writes()).toBe(0)
  })

  test('is asked before the body is looked at, and told what is wanted of what', async () => {
    const asked: unknown[] = []
    const { app } = openApp({
      authorize(_request, { entityType, entityId }, action) {
        asked.push([entityType, entityId, action])
        return undefined
      },
    })
    expect(codeOf(await send(app, { ...deposit, body: '{' }))).toEqual([403, 'forbidden'])
    await send(app, balance)
    await send(app, { method: 'HEAD', path: '/account/b%2Fc/events' })
    await send(app, { method: 'GET', path: '/counter' })
    expect(asked).toEqual([
      ['account', 'a', { kind: 'command', command: 'Deposit' }],
      ['account', 'a', { kind: 'state' }],
      ['account', 'b/c', { kind: 'events' }],
      ['counter', undefined, { kind: 'list' }],
    ])
  })

  test('is not asked for what belongs to no entity', async () => {
    const { app } = openApp({ authorize: () => undefined })
    expect((await send(app, { method: 'GET', path: '/health' })).status).toBe(200)
    expect((await send(app, { method: 'OPTIONS', path: '/account/a' })).status).toBe(204)
  })

  test('says who sent a command: in ctx with all claims, in the commit by id', async () => {
    const seen: unknown[] = []
    const journal = new KeyValueJournal(memoryStore())
    const watched = {
      ...account,
      onCommand(ctx, state, command) {
        seen.push(ctx.principal)
        return account.onCommand(ctx, state, command)
      },
    } satisfies typeof account
    const app = createApp({ journal, entities: [watched], authorize: byHeader })
    await send(app, { ...deposit, ...as('ada') })
    expect(seen).toEqual([{ id: 'ada', role: 'teller' }])
    const entity = { entityType: 'account', entityId: 'a' }
    const [commits] = await Array.fromAsync(journal.commits(entity, { fromRevision: 1 }))
    expect(commits?.map(({ causes }) => causes)).toEqual([
      [{ firstEvent: 0, eventCount: 1, principal: 'ada' }],
    ])
  })

  test('is shown by the audit trail with each event, of several commands in one commit too', async () => {
    const { app } = openApp({ authorize: byHeader })
    const split = { method: 'POST', path: '/account/a/Split', body: '{"amounts":[1,2]}' }
    await Promise.all([
      send(app, { ...split, ...as('ada') }),
      send(app, { ...deposit, ...as('bob') }),
      send(app, { ...deposit, ...as('ada') }),
    ])
    const trail = await send(app, { path: '/account/a/events', ...as('ada') })
    const { events } = JSON.parse(trail.body ?? '') as AuditPage
    expect(events.map(({ revision, principal }) => [revision, principal])).toEqual([
      [1, 'ada'],
      [1, 'ada'],
      [1, 'bob'],
      [1, 'ada'],
    ])
  })

  test('an Idempotency-Key never brings the reply to another principal', async () => {
    const { app, writes } = openApp({ authorize: byHeader })
    const withdraw = { method: 'POST', path: '/account/a/Withdraw', body: '{"amount":1}' }
    const keyed = (user: string, tenant?: string) => ({
      headers: { ...as(user, tenant).headers, 'idempotency-key': 'k' },
    })
    await send(app, { ...deposit, ...as('ada') })
    expect((await send(app, { ...withdraw, ...keyed('ada') })).body).toBe('{"balance":4}')
    const other = await send(app, { ...withdraw, ...keyed('bob') })
    expect([other.body, other.headers['idempotent-replayed']]).toEqual(['{"balance":3}', undefined])
    const again = await send(app, { ...withdraw, ...keyed('ada') })
    expect([again.body, again.headers['idempotent-replayed']]).toEqual(['{"balance":4}', 'true'])
    expect(codeOf(await send(app, { ...withdraw, ...keyed('ada', 'acme') }))).toEqual([422, 'rejected'])
    expect(writes()).toBe(4)
  })
})

describe('a tenant', () => {
  test('lists its own entities only', async () => {
    const { app } = openApp({ authorize: byHeader })
    await send(app, { ...deposit, ...as('ada') })
    await send(app, { ...deposit, path: '/account/b/Deposit', ...as('ada', 'acme') })
    await send(app, { ...deposit, path: '/account/c/Deposit', ...as('ada', 'acme-2') })
    const list = async (tenant?: string) =>
      JSON.parse((await send(app, { path: '/account', ...as('ada', tenant) })).body ?? '')
    expect(await list()).toEqual({ ids: ['a'] })
    expect(await list('acme')).toEqual({ ids: ['b'] })
    expect(await list('nobody')).toEqual({ ids: [] })
  })

  const users = record({
    tenant: constantFrom('acme', 'globex', 'a', 'account', undefined),
    path: constantFrom(
      '/account/a',
      '/account/~acme%2Faccount%2Fa',
      '/account/..%2Fa',
      '/account/acme',
      '/counter/a',
    ),
    amount: constantFrom(1, 10, 100),
    key: string({ unit: constantFrom('k', 'l'), minLength: 1, maxLength: 1 }),
  })

  test('sees its own entities and no others, whatever it names, warm and cold', async () => {
    const property = asyncProperty(array(users, { minLength: 2, maxLength: 24 }), async (requests) => {
      const { app, journal } = openApp({ authorize: byHeader })
      const cold = createApp({ journal, entities: app.entities as never, authorize: byHeader })
      const expected = new Map<string, number>()
      for (const { tenant, path, amount } of requests) {
        const name = `${tenant} ${path}`
        const body = JSON.stringify({ amount })
        const sent = await send(app, { method: 'POST', path: `${path}/Deposit`, body, ...as('ada', tenant) })
        if (sent.status === 204) expected.set(name, (expected.get(name) ?? 0) + amount)
        const seen = await Promise.all([app, cold].map((each) => send(each, { path, ...as('ada', tenant) })))
        const own = expected.get(name)
        const answer = own === undefined ? [404, undefined] : [200, { balance: own }]
        expect(
          seen.map(({ status, body: text }) => [status, status === 200 ? JSON.parse(text ?? '') : undefined]),
        ).toEqual([answer, answer])
      }
      // A counter takes no deposits, an account takes them all.
      expect(expected.size).toBe(
        new Set(
          requests
            .filter(({ path }) => path.startsWith('/account'))
            .map(({ tenant, path }) => `${tenant} ${path}`),
        ).size,
      )
    })
    await check(property, { numRuns: 100 })
  })
})

describe('jwtClaims', () => {
  const claims = { sub: 'user-17', org: 'acme' }
  test.for([
    ['a JWT authorizer of an HTTP API', { jwt: { claims, scopes: null } }, claims],
    ['a Cognito authorizer of a REST API', { claims }, claims],
    ['a Lambda authorizer', { lambda: { org: 'acme' } }, undefined],
    ['none', undefined, undefined],
    ['a text', 'claims', undefined],
  ] as const)('finds those of %s', ([, gatewayIdentity, found]) => {
    expect(jwtClaims({ gatewayIdentity })).toEqual(found)
  })

  test('come from the gateway alone, not from what the caller sends', async () => {
    const { app } = openApp({
      authorize(request) {
        const { sub } = jwtClaims(request) ?? {}
        return typeof sub === 'string' ? { principal: { id: sub } } : 'unauthenticated'
      },
    })
    const handler = lambdaHandler(app)
    const event = (authorizer: object) => ({
      version: '2.0',
      rawPath: '/account/a/Deposit',
      rawQueryString: '',
      headers: { 'content-type': 'application/json', authorizer: JSON.stringify({ jwt: { claims } }) },
      requestContext: { http: { method: 'POST' }, stage: '$default', ...authorizer },
      body: '{"amount":5}',
      isBase64Encoded: false,
    })
    const context = { getRemainingTimeInMillis: () => 10_000 } as never
    expect((await handler(event({ authorizer: { jwt: { claims } } }), context)).statusCode).toBe(204)
    expect((await handler(event({}), context)).statusCode).toBe(401)
  })
})
