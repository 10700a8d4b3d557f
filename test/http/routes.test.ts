import {
  baseApp,
  commandRoute,
  createApp,
  type EntityRoute,
  healthRoute,
  type HttpRequest,
  type Route,
  type ServerRoute,
  stateRoute,
} from 'tailfold/http'
import { openApi } from 'tailfold/openapi'
import { describe, expect, test } from 'vitest'
import { account, counter } from '../helpers/http-account.ts'
import { openApp } from '../helpers/http-app.ts'

const json = { 'content-type': 'application/json' }

function request(method: string, path: string, extra: Partial<HttpRequest> = {}): HttpRequest {
  return {
    method,
    path,
    query: '',
    headers: json,
    body: method === 'POST' ? '{"amount":1}' : undefined,
    ...extra,
  }
}

function open(routes: readonly Route[]) {
  const { journal } = openApp()
  const shared = { journal, entities: [account, counter], onWarning: () => {} } as const
  return baseApp({ ...shared, routes, authorize: 'everybody' })
}

const codeOf = (body: string | undefined) => (JSON.parse(body ?? '{}') as { code?: string }).code

describe('an app of some routes', () => {
  test('answers those and nothing else', async () => {
    const app = open([commandRoute])
    expect((await app.handle(request('POST', '/account/a/Deposit'))).status).toBe(204)
    for (const path of ['/account/a', '/account', '/health', '/openapi.json']) {
      const answer = await app.handle(request('GET', path))
      expect([answer.status, codeOf(answer.body)]).toEqual([404, 'not-found'])
    }
    const trail = await app.handle(request('GET', '/account/a/events'))
    expect([trail.status, trail.headers['allow']]).toEqual([405, 'POST, OPTIONS'])
  })

  test('names its paths where nothing is found', async () => {
    const answer = await open([stateRoute, healthRoute]).handle(request('GET', '/a/b/c/d'))
    expect(JSON.parse(answer.body ?? '').detail).toBe('The paths here are /{type}/{id}, /health.')
  })

  test('may have a route of the server below any first segment', async () => {
    const summary: ServerRoute = {
      ...healthRoute,
      path: '/{id}/summary',
      handle: ({ id }) => ({ status: 200, headers: {}, body: JSON.stringify({ id }) }),
    }
    const app = open([stateRoute, summary, healthRoute])
    expect((await app.handle(request('GET', '/account/summary'))).body).toBe('{"id":"account"}')
    expect(codeOf((await app.handle(request('GET', '/account/a'))).body)).toBe('entity-not-found')
    expect((await app.handle(request('GET', '/health'))).status).toBe(200)
  })

  test('is routed, allowed, authorized and described by one value', async () => {
    const size: EntityRoute = {
      of: 'entity',
      path: '/{type}/{id}/size',
      method: 'GET',
      action: 'state',
      query: () => ({ unit: { type: 'string', description: 'Of the answer.' } }),
      problems: ['entity-not-found'],
      handle: ({ entity, query }) => ({
        status: 200,
        headers: {},
        body: `"${entity.entityId} ${query.text('unit')}"`,
      }),
      describe: () => ({
        name: 'size',
        summary: 'Reads the size',
        answers: { 200: { description: 'Its size.', schema: {} } },
      }),
    }
    const asked: unknown[] = []
    const { journal } = openApp()
    const routes = [size, commandRoute]
    const app = baseApp({
      journal,
      routes,
      entities: [counter],
      authorize: (_request, target, action) => {
        asked.push([target, action])
        return 'anonymous'
      },
    })
    expect((await app.handle(request('GET', '/counter/c/size', { query: 'unit=km' }))).body).toBe('"c km"')
    expect((await app.handle(request('OPTIONS', '/counter/c/size'))).headers['allow']).toBe(
      'GET, HEAD, POST, OPTIONS',
    )
    expect((await app.handle(request('GET', '/counter/c/size', { query: 'u=km' }))).status).toBe(400)
    expect(asked).toEqual([[{ entityType: 'counter', entityId: 'c' }, { kind: 'state' }]])
    const { paths } = openApi({ title: 'Sizes', version: '1' })({
      entities: [counter],
      routes,
      limits: app.limits,
    })
    expect(paths['/counter/{id}/size']?.['get']).toMatchObject({
      operationId: 'counter:size',
      parameters: [
        { $ref: '#/components/parameters/id' },
        { name: 'unit', in: 'query', schema: { type: 'string' } },
      ],
    })
  })

  test('takes no entity type that is named like the path of a route', () => {
    const status: ServerRoute = { ...healthRoute, path: '/counter' }
    expect(() => open([status, commandRoute])).toThrow(
      new TypeError('An entity type cannot be named "counter": the path /counter is in use.'),
    )
  })
})

describe('a path', () => {
  test('with an unknown first segment is told the entity types', async () => {
    const answer = await open([stateRoute]).handle(request('GET', '/acount/a'))
    expect(JSON.parse(String(answer.body))).toMatchObject({
      code: 'unknown-entity-type',
      detail: 'The entity types here are account, counter.',
    })
  })

  test('below the path of a route is told what is there', async () => {
    const answer = await open([stateRoute, healthRoute]).handle(request('GET', '/health/a'))
    expect(JSON.parse(String(answer.body))).toMatchObject({
      code: 'not-found',
      detail: 'The paths here are /health.',
    })
  })

  test.for([
    ['/%61ccount/a', 'unknown-entity-type'],
    ['/acc%6Funt/a', 'unknown-entity-type'],
    ['/$default/account/a', 'unknown-entity-type'],
    ['/ACCOUNT/a', 'unknown-entity-type'],
    ['/%68ealth', 'not-found'],
    ['/openapi%2Ejson', 'not-found'],
    ['/health/', 'not-found'],
    ['/prod/account/a/Deposit', 'not-found'],
    ['account/a', 'not-found'],
    ['', 'not-found'],
  ] as const)('%s is not another name of a resource', async ([path, code]) => {
    const answer = await open([stateRoute, healthRoute, commandRoute]).handle(request('GET', path))
    expect([answer.status, codeOf(answer.body)]).toEqual([404, code])
  })

  test.for(['Depo%73it', '%44eposit', 'Deposit%2E', 'event%73'])(
    'with the command %s, which needs no encoding, is refused and nothing is written',
    async (name) => {
      const { app, writes } = openApp()
      const answer = await app.handle(request('POST', `/account/a/${name}`))
      expect([answer.status, codeOf(answer.body), writes()]).toEqual([400, 'invalid-command', 0])
    },
  )

  test('* is the server as a whole, of which there is nothing to get', async () => {
    const { app } = openApp()
    const answers = await Promise.all(
      ['GET', 'POST', 'OPTIONS'].map((method) => app.handle(request(method, '*'))),
    )
    expect(answers.map(({ status, headers }) => [status, headers['allow']])).toEqual([
      [405, 'OPTIONS'],
      [405, 'OPTIONS'],
      [204, 'OPTIONS'],
    ])
  })

  test.for([
    ['after=%FF', 'after'],
    ['after=a%ED%A0%80', 'after'],
    ['limit=1&after=%C0%AF', 'after'],
    ['after=100%', 'after'],
    ['%FF=1', '%FF'],
  ])('takes no query that is not percent-encoded UTF-8: %s', async ([query = '', parameter]) => {
    const { app } = openApp()
    const answer = await app.handle(request('GET', '/account', { query }))
    expect(JSON.parse(answer.body ?? '')).toMatchObject({ status: 400, code: 'invalid-query', parameter })
  })

  test.for([
    ['GET', '/account/a', 'seqNr=1'],
    ['GET', '/account/a', 'Revision=1'],
    ['GET', '/account/a', 'cachebuster'],
    ['GET', '/account/a/events', 'revision=1'],
    ['GET', '/account', 'before=a'],
    ['GET', '/health', 'x=1'],
    ['POST', '/account/a/Deposit', 'dryRun=true'],
    ['GET', '/account/a', '__proto__=1'],
    ['GET', '/account/a', 'constructor=1'],
  ] as const)('takes no query parameter that it does not know: %s %s?%s', async ([method, path, query]) => {
    const { app, writes } = openApp()
    const answer = await app.handle(request(method, path, { query }))
    expect([answer.status, codeOf(answer.body), writes()]).toEqual([400, 'invalid-query', 0])
    expect(JSON.parse(answer.body ?? '').parameter).toBe(query.split('=')[0])
  })
})

test('a 415 says what may be posted', async () => {
  const { app } = openApp()
  const headers = { 'content-type': 'text/plain' }
  const answer = await app.handle(request('POST', '/account/a/Deposit', { headers }))
  expect([answer.status, answer.headers['accept-post']]).toEqual([415, 'application/json'])
})

test.for([
  ['a command', request('POST', '/account/a/Deposit')],
  ['a state', request('GET', '/account/a')],
  ['a problem', request('GET', '/nothing/a')],
  ['OPTIONS', request('OPTIONS', '/account/a')],
  ['health', request('GET', '/health')],
] as const)('the answer to %s is never taken for another type', async ([, sent]) => {
  const { app } = openApp()
  expect((await app.handle(sent)).headers['x-content-type-options']).toBe('nosniff')
})

test('a byte order mark is dropped from bytes and from text', async () => {
  const { app } = openApp()
  const text = '\ufeff{"amount":1}'
  for (const body of [text, Buffer.from(text)]) {
    expect((await app.handle(request('POST', '/account/a/Deposit', { body }))).status).toBe(204)
  }
})

describe('the description', () => {
  test('is read where authorize allows it, under its own action', async () => {
    const { journal } = openApp()
    const app = createApp({
      journal,
      entities: [counter],
      openapi: openApi({ title: 'A', version: '1' }),
      authorize: ({ headers }, target, action) =>
        action.kind === 'description' && target.entityType === '' && headers['user'] === 'ada'
          ? 'anonymous'
          : undefined,
    })
    expect((await app.handle(request('GET', '/openapi.json'))).status).toBe(403)
    const allowed = await app.handle(request('GET', '/openapi.json', { headers: { user: 'ada' } }))
    expect(JSON.parse(allowed.body ?? '').security).toBeUndefined()
  })

  test('declares how callers authenticate, except for health', () => {
    const bearer = { type: 'http', scheme: 'bearer' }
    const describeApi = openApi({ title: 'A', version: '1', securitySchemes: { bearer } })
    const { limits } = openApp().app
    const routes = [stateRoute, healthRoute]
    const { security, components, paths } = describeApi({ entities: [counter], routes, limits })
    expect(security).toEqual([{ bearer: [] }])
    expect(components['securitySchemes']).toEqual({ bearer })
    expect(paths['/health']?.['get']).toMatchObject({ security: [] })
    expect(paths['/counter/{id}']?.['get']).not.toHaveProperty('security')
  })
})
