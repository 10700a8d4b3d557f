import { createApp } from 'tailfold/http'
import { openApi } from 'tailfold/openapi'
import { view, viewRoutes } from 'tailfold/views'
import { describe, expect, test } from 'vitest'
import { cart } from '../../functions/cart/cart.ts'
import { carts, items, shop } from './carts.ts'
import type { Authorize } from '../../src/http/index.ts'

async function served(authorize: Authorize | 'everybody' = 'everybody') {
  const all = shop()
  for (const [index, id] of ['a', 'b c', 'd'].entries())
    for (const command of items(index + 1)) await all.send(id, command)
  await all.deliver()
  const { journal, rows } = all
  const app = createApp({
    journal,
    entities: [cart],
    authorize,
    openapi: openApi({ title: 'Shop', version: '1' }),
    routes: viewRoutes({ journal, rows, views: [carts] }),
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

test('OpenAPI describes the views', async () => {
  const { get } = await served()
  const { body } = await get('/openapi.json')
  const { paths } = body as { readonly paths: Readonly<Record<string, unknown>> }
  expect(Object.keys(paths)).toEqual(expect.arrayContaining(['/views/carts', '/views/carts/{id}']))
})

test('an entity type cannot be named views beside them', () => {
  const { journal, rows } = shop()
  const routes = viewRoutes({ journal, rows, views: [carts] })
  const entities = [{ ...cart, entityType: 'views' }]
  expect(() => createApp({ journal, entities, authorize: 'everybody', routes, onWarning() {} })).toThrow(
    /views/,
  )
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
