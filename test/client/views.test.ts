import { createApp } from 'tailfold/http'
import { clientWithViews } from 'tailfold/client/views'
import { nodeServer } from 'tailfold/node'
import { viewRoutes } from 'tailfold/views'
import { afterEach, describe, expect, test } from 'vitest'
import { cart } from '../../functions/cart/cart.ts'
import type { Fetch } from '../../src/client/index.ts'
import { rejectionOf } from '../helpers/thrown.ts'
import { carts, items, shop } from '../views/carts.ts'

const closings: Array<() => Promise<void>> = []
afterEach(async () => {
  for (const close of closings.splice(0)) await close()
})

/** Carts of one, two and three items and their rows, behind a server; with the requests that the client sends. */
async function open() {
  const all = shop()
  for (const [index, id] of ['a', 'b, c@1', 'd'].entries())
    for (const command of items(index + 1)) await all.send(id, command)
  await all.deliver()
  const { journal, rows } = all
  const app = createApp({
    journal,
    entities: [cart],
    authorize: 'everybody',
    routes: viewRoutes({ journal, rows, views: [carts] }),
    onWarning() {},
  })
  const server = nodeServer(app, { port: 0 })
  const { url } = await server.listen()
  closings.push(() => server.close())
  const sent: Array<{ readonly target: string; readonly after: string | undefined }> = []
  const recording: Fetch = (to, init) => {
    sent.push({ target: to.slice(url.length), after: init.headers['tailfold-after'] })
    return fetch(to, init)
  }
  const client = clientWithViews<typeof app>({ baseUrl: url, fetch: recording, retry: { maxAttempts: 1 } })
  return { ...all, client, sent }
}

async function all<Item>(list: AsyncIterable<Item>): Promise<readonly Item[]> {
  const found: Item[] = []
  for await (const item of list) found.push(item)
  return found
}

describe('a client of views', () => {
  test('reads one row, and undefined where there is none', async () => {
    const { client } = await open()
    expect(await client.views.carts.get('b, c@1')).toEqual({ status: 'active', items: 2 })
    expect(await client.views.carts.get('nope')).toBeUndefined()
  })

  test('lists what an index finds, page by page, in either order and within bounds', async () => {
    const { client, sent } = await open()
    const { byStatus } = client.views.carts
    const rows = await all(byStatus('active', { pageSize: 1, order: 'descending' }))
    expect(rows.map(({ entityId, row }) => [entityId, row.items])).toEqual([
      ['d', 3],
      ['b, c@1', 2],
      ['a', 1],
    ])
    expect(sent).toHaveLength(3)
    expect(await all(byStatus('active', { from: 2, to: 2 }))).toMatchObject([
      { entityId: 'b, c@1', revision: 2 },
    ])
    expect(await all(client.views.carts.large(true))).toMatchObject([{ entityType: 'cart', entityId: 'd' }])
  })

  test('tells how far each answer may be behind', async () => {
    const { client } = await open()
    const lags: number[] = []
    const onLag = (ms: number) => void lags.push(ms)
    await client.views.carts.get('a', { onLag })
    await client.views.carts.get('nope', { onLag })
    await all(client.views.carts.byStatus('active', { pageSize: 1, onLag }))
    expect(lags).toHaveLength(4)
    for (const ms of lags) expect(ms).toBeLessThan(60_000)
    await client.cart('a').tell(items(1)[0] as never)
    await client.views.carts.get('a', { onLag })
    // As long as making the row from the journal took.
    expect(lags.at(-1)).toBeLessThan(1_000)
  })

  test('sends text that reads as another value as text', async () => {
    const { client } = await open()
    expect(await all(client.views.carts.large('true'))).toEqual([])
  })

  test('includes what the client wrote, before the row is written', async () => {
    const { client, sent } = await open()
    await client.cart('b, c@1').tell({ type: 'AddItem', sku: 'new', quantity: 1, unitPrice: 1 })
    expect(await client.views.carts.get('b, c@1')).toEqual({ status: 'active', items: 3 })
    const rows = await all(client.views.carts.byStatus('active', { from: 3 }))
    expect(rows.map(({ entityId }) => entityId).toSorted()).toEqual(['b, c@1', 'd'])
    expect(sent.at(-1)?.after).toBe('cart/b%2C%20c%401@3')
  })

  test('names the ten entities that were written last, each with its newest revision', async () => {
    const { client, sent } = await open()
    for (let n = 0; n < 12; n++) await client.cart(`n${n % 11}`).tell(items(1)[0] as never)
    await client.views.carts.get('a')
    const positions = sent.at(-1)?.after?.split(',')
    expect(positions).toHaveLength(10)
    expect(positions).toContain('cart/n0@2')
    expect(positions).not.toContain('cart/n1@1')
  })

  test('rejects what the app refuses, and values that no index holds', async () => {
    const { client } = await open()
    expect(await rejectionOf(all(client.views.carts.byStatus('active', { pageSize: 0 })))).toMatchObject({
      name: 'ClientError',
      code: 'invalid-query',
    })
    const unknown = (client.views as never as { nope: typeof client.views.carts }).nope
    expect(await rejectionOf(unknown.get('a'))).toMatchObject({ code: 'not-found' })
    for (const value of [Number.NaN, null, new Date(Number.NaN), {}, undefined])
      expect(() => client.views.carts.byStatus(value as never)).toThrow(
        new TypeError('A value of an index must be text, a finite number, a boolean or a Date.'),
      )
  })

  test('is a TypeError for an unknown option and a missing baseUrl', async () => {
    const { client, sent } = await open()
    const unknown = new TypeError('Unknown option: limit.')
    const options = { limit: 5 } as never
    expect(await rejectionOf(client.views.carts.get('a', options))).toEqual(unknown)
    const rows = client.views.carts.byStatus('active', options)
    expect(await rejectionOf(Array.fromAsync(rows))).toEqual(unknown)
    expect(sent).toEqual([])
    expect(() => clientWithViews({} as never)).toThrow(
      new TypeError('baseUrl must be http(s)://… or a path, without query or hash.'),
    )
  })
})
