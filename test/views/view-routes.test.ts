import { InMemoryJournal, type Platform, systemPlatform } from 'tailfold'
import { createApp } from 'tailfold/http'
import { openApi } from 'tailfold/openapi'
import { view, viewRoutes } from 'tailfold/views'
import { describe, expect, test } from 'vitest'
import { cart } from '../../functions/cart/cart.ts'
import { carts, items, shop } from './carts.ts'
import type { Authorize } from '../../src/http/index.ts'
import { cursorText } from '../../src/views/view-cursor.ts'

async function served(authorize: Authorize | 'everybody' = 'everybody', platform: Platform = systemPlatform) {
  const all = shop({ platform })
  for (const [index, id] of ['a', 'b c', 'd'].entries())
    for (const command of items(index + 1)) await all.send(id, command)
  await all.deliver()
  const { journal, rows } = all
  const app = createApp({
    journal,
    entities: [cart],
    authorize,
    openapi: openApi({ title: 'Shop', version: '1' }),
    routes: viewRoutes({ journal, rows, views: [carts], platform }),
    onWarning() {},
    onError() {},
  })
  async function get(target: string, headers: Readonly<Record<string, string>> = {}) {
    const [path = '', query = ''] = target.split('?', 2)
    const {
      status,
      body,
      headers: answered,
    } = await app.handle({ method: 'GET', path, query, headers, body: undefined })
    return { status, headers: answered, body: body === undefined ? undefined : (JSON.parse(body) as unknown) }
  }
  return { ...all, app, get }
}

/** As {@link served}, by a clock that stands still until it is moved. */
async function servedAt(start: number) {
  let now = start
  const all = await served('everybody', { ...systemPlatform, now: () => now })
  return { ...all, pass: (ms: number) => void (now += ms) }
}

describe('GET /views/{view}/{id}', () => {
  test('answers the row of an entity, with a tag of its revision', async () => {
    const { get } = await served()
    const answer = await get('/views/carts/b%20c')
    expect(answer).toMatchObject({ status: 200, body: { status: 'active', items: 2 } })
    expect(answer.headers['etag']).toMatch(/^"2~/)
    const again = await get('/views/carts/b%20c', { 'if-none-match': answer.headers['etag'] ?? '' })
    expect(again.status).toBe(304)
  })

  test('is 404 for an entity without a row, and 400 for an id that cannot be', async () => {
    const { get } = await served()
    expect(await get('/views/carts/nope')).toMatchObject({ status: 404, body: { code: 'row-not-found' } })
    expect(await get('/views/carts/%00')).toMatchObject({ status: 400, body: { code: 'invalid-id' } })
    expect(await get('/views/nope/a')).toMatchObject({ status: 404 })
  })

  test('makes no row of an entity that was never written, whatever Tailfold-After names', async () => {
    const { get } = await served()
    const after = { 'tailfold-after': 'cart/nope@9' }
    expect(await get('/views/carts/nope', after)).toMatchObject({
      status: 404,
      body: { code: 'row-not-found' },
    })
    const { body } = await get('/views/carts?index=byStatus&value=empty', after)
    expect(JSON.stringify(body)).not.toContain('nope')
  })

  test('includes the commit that Tailfold-After names', async () => {
    const { get, send } = await served()
    const revision = await send('a', { type: 'AddItem', sku: 'new', quantity: 1, unitPrice: 1 })
    expect(await get('/views/carts/a')).toMatchObject({ body: { items: 1 } })
    expect(await get('/views/carts/a', { 'tailfold-after': `cart/a@${revision}` })).toMatchObject({
      body: { items: 2 },
    })
  })
})

describe('X-View-Lag-Ms', () => {
  const at = 1_800_000_000_000

  test('tells of a row the time since its newest commit, and 0 for one made from the journal', async () => {
    const { get, send, pass } = await servedAt(at)
    pass(1_500)
    expect((await get('/views/carts/a')).headers).toMatchObject({ 'x-view-lag-ms': '1500' })
    const revision = await send('a', { type: 'RemoveItem', sku: 's0' })
    pass(100)
    expect((await get('/views/carts/a')).headers).toMatchObject({ 'x-view-lag-ms': '1600' })
    const again = await get('/views/carts/a', { 'tailfold-after': `cart/a@${revision - 1}` })
    expect(again.headers).toMatchObject({ 'x-view-lag-ms': '1600' })
    await send('a', items(1)[0] as never)
    const fresh = await get('/views/carts/a', { 'tailfold-after': `cart/a@${revision + 1}` })
    expect(fresh).toMatchObject({ status: 200, headers: { 'x-view-lag-ms': '0' } })
  })

  test('comes with a row that did not change', async () => {
    const { get, pass } = await servedAt(at)
    const { headers } = await get('/views/carts/a')
    pass(70)
    const again = await get('/views/carts/a', { 'if-none-match': headers['etag'] ?? '' })
    expect(again).toMatchObject({ status: 304, headers: { 'x-view-lag-ms': '70' } })
  })

  test('tells of a list the time since the newest commit of its rows in the store', async () => {
    const { get, send, deliver, pass } = await servedAt(at)
    pass(1_000)
    await send('d', { type: 'RemoveItem', sku: 's0' })
    await deliver()
    pass(40)
    const list = async (query: string, headers = {}) =>
      (await get(`/views/carts?index=byStatus&value=${query}`, headers)).headers['x-view-lag-ms']
    expect(await list('active')).toBe('40')
    expect(await list('active&limit=1')).toBe('1040')
    const revision = await send('a', items(1)[0] as never)
    expect(await list('active&limit=1', { 'tailfold-after': `cart/a@${revision}` })).toBe('1040')
    expect(await list('checked-out')).toBeUndefined()
  })

  test('is not below 0 where the clock of the writer is fast, and absent without a row', async () => {
    const { get, pass } = await servedAt(at)
    pass(-500)
    expect((await get('/views/carts/a')).headers).toMatchObject({ 'x-view-lag-ms': '0' })
    expect((await get('/views/carts/nope')).headers).not.toHaveProperty('x-view-lag-ms')
  })
})

describe('GET /views/{view}', () => {
  test('lists what an index finds, in pages', async () => {
    const { get } = await served()
    const first = await get('/views/carts?index=byStatus&value=active&limit=2')
    expect(first).toMatchObject({
      status: 200,
      body: { rows: [{ entityId: 'a', row: { items: 1 } }, { entityId: 'b c' }] },
    })
    const { next = '' } = first.body as { readonly next?: string }
    const second = await get(
      `/views/carts?index=byStatus&value=active&limit=2&after=${encodeURIComponent(next)}`,
    )
    expect(second.body).toEqual({
      rows: [{ entityType: 'cart', entityId: 'd', revision: 3, row: { status: 'active', items: 3 } }],
    })
    expect(await get('/views/carts?index=large&value=true')).toMatchObject({
      body: { rows: [{ entityId: 'd' }] },
    })
    expect(await get('/views/carts?index=byStatus&value=active&from=2&order=descending')).toMatchObject({
      body: { rows: [{ entityId: 'd' }, { entityId: 'b c' }] },
    })
  })

  test.for([
    ['no index', 'value=active', 'index'],
    ['no value', 'index=byStatus', 'value'],
    ['an unknown index', 'index=nope&value=1', 'byStatus'],
    ['an unknown parameter', 'index=byStatus&value=active&where=1', 'where'],
    ['a limit beyond the largest', 'index=byStatus&value=active&limit=5000', 'limit'],
    ['another order', 'index=byStatus&value=active&order=up', 'order'],
    ['a number beyond 2^53 - 1', 'index=byStatus&value=12345678901234567890', 'quote'],
    ['a number that is none', 'index=byStatus&value=1e400', 'quote'],
    ['a number too small', 'index=byStatus&value=1e-400', 'quote'],
    ['a bound that is not exact', 'index=byStatus&value=active&from=-9007199254740993', 'quote'],
    ['another bound', 'index=byStatus&value=active&to=9007199254740992', 'quote'],
    ['a forged cursor', 'index=byStatus&value=active&after=x', 'cursor'],
  ])('with %s is invalid-query and says what to send', async ([, query, says]) => {
    const { get } = await served()
    const { status, body } = await get(`/views/carts?${query}`)
    expect(status).toBe(400)
    expect(body).toMatchObject({ code: 'invalid-query', detail: expect.stringContaining(says as string) })
  })

  test('with a Tailfold-After that is no position is invalid-query', async () => {
    const { get } = await served()
    for (const after of ['x', 'cart/a', 'cart/a@-1', 'cart/a@1.5', '@1', 'cart/a@99999999999999999'])
      expect(await get('/views/carts/a', { 'tailfold-after': after })).toMatchObject({
        status: 400,
        body: { code: 'invalid-query' },
      })
  })
})

test('authorize is asked with the view, and its tenant decides whose rows are read', async () => {
  const asked: unknown[] = []
  const { get, send } = await served((_request, target, action) => {
    asked.push([target, action])
    return action.kind === 'rows' ? { tenant: 'acme' } : action.kind === 'row' ? 'anonymous' : undefined
  })
  expect(await get('/views/carts/a')).toMatchObject({ status: 200 })
  expect(await get('/views/carts?index=byStatus&value=active')).toMatchObject({
    status: 200,
    body: { rows: [] },
  })
  const revision = await send('a', items(1)[0] as never)
  const stolen = await get('/views/carts?index=byStatus&value=active', {
    'tailfold-after': `cart/a@${revision}`,
  })
  expect(stolen.body).toEqual({ rows: [] })
  expect(await get('/cart/a')).toMatchObject({ status: 403 })
  expect(asked.slice(0, 2)).toEqual([
    [
      { entityType: '', entityId: 'a' },
      { kind: 'row', view: 'carts' },
    ],
    [
      { entityType: '', entityId: undefined },
      { kind: 'rows', view: 'carts' },
    ],
  ])
})

interface OpenApiBody {
  readonly paths: Readonly<
    Record<
      string,
      Readonly<
        Record<
          string,
          { readonly parameters: unknown; readonly responses: Readonly<Record<string, unknown>> }
        >
      >
    >
  >
  readonly components: unknown
}

test('OpenAPI describes the views', async () => {
  const { get } = await served()
  const { body } = await get('/openapi.json')
  const { paths, components } = body as OpenApiBody
  expect(Object.keys(paths)).toEqual(expect.arrayContaining(['/views/carts', '/views/carts/{id}']))
  for (const path of ['/views/carts', '/views/carts/{id}']) {
    const { parameters, responses } = paths[path]?.['get'] ?? {}
    expect(parameters).toContainEqual({ $ref: '#/components/parameters/Tailfold-After' })
    expect(responses?.['200']).toMatchObject({
      headers: { 'X-View-Lag-Ms': { $ref: '#/components/headers/X-View-Lag-Ms' } },
    })
  }
  expect(Object.keys(paths['/views/carts']?.['get']?.responses ?? {})).not.toContain('304')
  expect(components).toMatchObject({
    headers: { 'X-View-Lag-Ms': { schema: { type: 'integer' } } },
    parameters: { 'Tailfold-After': { in: 'header' } },
  })
})

test('an entity type cannot be named views beside them', () => {
  const { journal, rows } = shop()
  const routes = viewRoutes({ journal, rows, views: [carts] })
  const entities = [{ ...cart, entityType: 'views' }]
  expect(() => createApp({ journal, entities, authorize: 'everybody', routes, onWarning() {} })).toThrow(
    /views/,
  )
})

test('a view without an index says that it has no list', async () => {
  const { journal, rows } = shop()
  const plain = view({ name: 'plain', from: cart, row: ({ status }) => ({ status }) })
  const routes = viewRoutes({ journal, rows, views: [plain] })
  const openapi = openApi({ title: 'Shop', version: '1' })
  const entities = [cart]
  const app = createApp({ journal, entities, authorize: 'everybody', routes, openapi, onWarning() {} })
  const request = { method: 'GET', path: '/views/plain', query: '', headers: {}, body: undefined }
  const { status, body } = await app.handle(request)
  expect(status).toBe(400)
  expect(JSON.parse(body ?? '')).toMatchObject({
    code: 'invalid-query',
    detail: 'View plain has no index, so its rows are not listed. GET /views/plain/{id} reads one.',
  })
  const { body: described } = await app.handle({ ...request, path: '/openapi.json' })
  expect(Object.keys((JSON.parse(described ?? '') as OpenApiBody).paths)).not.toContain('/views/plain')
})

test('a view of several entity types needs the type of the entity', async () => {
  const { journal, rows } = shop()
  const both = view({
    name: 'both',
    from: [cart, { ...cart, entityType: 'basket' }],
    row: ({ status }) => ({ status }),
  })
  const app = createApp({
    journal,
    entities: [cart],
    authorize: 'everybody',
    routes: viewRoutes({ journal, rows, views: [both] }),
    onWarning() {},
  })
  const { status, body } = await app.handle({
    method: 'GET',
    path: '/views/both/a',
    query: '',
    headers: {},
    body: undefined,
  })
  expect([status, JSON.parse(body ?? '')]).toMatchObject([400, { detail: expect.stringContaining('basket') }])
})

test('a page of large rows ends near a million characters, and the next ones have the rest', async () => {
  const { journal, rows, send, deliver, open } = shop()
  const large = view({
    name: 'large',
    from: cart,
    row: (_state, { entityId }) => ({ filler: entityId.repeat(300_000) }),
    indexes: { all: { by: () => true } },
  })
  const ids = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
  for (const id of ids) await send(id, items(1)[0] as never)
  await deliver(open(large))
  const routes = viewRoutes({ journal, rows, views: [large] })
  const app = createApp({ journal, entities: [cart], authorize: 'everybody', routes, onWarning() {} })
  const pages: string[][] = []
  for (let next: string | undefined = ''; next !== undefined; ) {
    const query = `value=true${next && `&after=${encodeURIComponent(next)}`}`
    const request = { method: 'GET', path: '/views/large', query, headers: {}, body: undefined }
    const { status, body = '' } = await app.handle(request)
    expect([status, body.length < 1_001_000]).toEqual([200, true])
    const page = JSON.parse(body) as { rows: { entityId: string }[]; next?: string }
    pages.push(page.rows.map(({ entityId }) => entityId))
    ;({ next } = page)
  }
  expect(pages).toEqual([['a', 'b', 'c'], ['d', 'e', 'f'], ['g']])
})

test('a cursor that was forged with the mark of its query is invalid-query, whatever it holds', async () => {
  const { get } = await served()
  const query = { index: 0, value: 'w/carts@1/s:active', limit: 1 }
  for (const cursor of [
    '',
    '{}',
    '["n:0"]',
    '["n:0",""]',
    '["n:0","~acme/w/carts@1/cart/x\u0000"]',
    '[1,2]',
  ]) {
    const forged = cursorText(systemPlatform, query, { cursor, sort: 'n:0', key: 'w/carts@1/cart/a' })
    const target = `/views/carts?index=byStatus&value=active&limit=1&after=${encodeURIComponent(forged)}`
    expect(await get(target)).toMatchObject({ status: 400, body: { code: 'invalid-query' } })
  }
})

test('digits that JavaScript cannot hold are found as text', async () => {
  const { journal, rows, send, deliver, open } = shop()
  const digits = '12345678901234567890'
  const named = view({
    name: 'named',
    from: cart,
    row: () => ({ digits }),
    indexes: { byDigits: { by: (row) => row.digits, sort: () => 9_007_199_254_740_991 } },
  })
  await send('a', items(1)[0] as never)
  await deliver(open(named))
  const routes = viewRoutes({ journal, rows, views: [named] })
  const app = createApp({ journal, entities: [cart], authorize: 'everybody', routes, onWarning() {} })
  const query = `value=%22${digits}%22&from=9007199254740991`
  const request = { method: 'GET', path: '/views/named', query, headers: {}, body: undefined }
  const { body = '' } = await app.handle(request)
  expect(JSON.parse(body)).toMatchObject({ rows: [{ entityId: 'a' }] })
})

test('what is missing is named with the function that was called', () => {
  expect(() => viewRoutes({ journal: new InMemoryJournal(), views: [] } as never)).toThrow(
    new TypeError('viewRoutes needs a row store, such as sqliteRows or memoryRows make.'),
  )
})
