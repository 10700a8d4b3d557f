import { createApp } from 'tailfold/http'
import { memoryRows, type RowStore } from 'tailfold'
import { virtualPlatform } from 'tailfold/testing'
import { dropView, projection, readViews, viewRoutes } from 'tailfold/views'
import { describe, expect, test } from 'vitest'
import { days, shop, shops, sold } from './sales.ts'

/** Three days of sales, read with time that passes only where it is waited. */
async function threeDays(rows: RowStore = memoryRows()) {
  const all = shops({ rows })
  for (const [id, day, amount] of [
    ['a', 'mon', 5],
    ['b', 'mon', 6],
    ['a', 'tue', 30],
    ['b', 'wed', 20],
  ] as const)
    await all.write(id, [sold(day, amount)])
  await all.deliver()
  const platform = virtualPlatform()
  const views = readViews({ journal: all.journal, rows: all.rows, views: [days], platform })
  return { ...all, platform, days: views.days }
}

describe('a row', () => {
  test('is read by its key, in one request', async () => {
    const all = await threeDays()
    all.requests()
    expect(await all.days.get('mon')).toEqual({
      key: 'mon',
      revision: 1,
      row: { sales: 2, amount: 11 },
      lagMs: expect.any(Number),
    })
    expect(all.requests()).toMatchObject({ gets: 1, keys: 1 })
    expect(await all.days.get('sun')).toBeUndefined()
    expect(await all.days.get('mon', { tenant: 'acme' })).toBeUndefined()
    await expect(all.days.get('')).rejects.toMatchObject({ code: 'invalid-id' })
    await expect(all.days.get('mon', { tenant: 'a/b' })).rejects.toMatchObject({ name: 'TypeError' })
  })

  test('includes the commits of after, or it waits two seconds and says so', async () => {
    const all = await threeDays()
    const revision = await all.write('a', [sold('mon', 100)])
    const after = { entityType: 'shop', entityId: 'a', revision }
    const began = all.platform.now()
    await expect(all.days.get('mon', { after })).rejects.toMatchObject({
      code: 'view-behind',
      retryable: true,
      data: { view: 'days@1', entity: 'shop/a' },
    })
    expect(all.platform.now() - began).toBeGreaterThan(1_700)
    expect(all.platform.now() - began).toBeLessThanOrEqual(2_000)
    const waiting = all.days.get('mon', { after })
    await all.deliver()
    expect(await waiting).toMatchObject({ row: { sales: 3, amount: 111 } })
    const other = { entityType: 'cart', entityId: 'x', revision: 99 }
    expect(await all.days.get('mon', { after: [after, other] })).toMatchObject({ row: { amount: 111 } })
  })

  test('is not waited for beyond the deadline, nor where the entity is parked', async () => {
    const all = shops()
    const failing = projection({
      name: 'failing',
      from: shop,
      initialRow: { n: 0 },
      key: () => 'all',
      on: { Sold: () => undefined as never },
    })
    const revision = await all.write('a', [sold('mon', 1)])
    await all.deliver(all.open(failing))
    const platform = virtualPlatform()
    const views = readViews({ journal: all.journal, rows: all.rows, views: [failing, days], platform })
    const after = { entityType: 'shop', entityId: 'a', revision }
    const began = platform.now()
    await expect(views.failing.get('all', { after })).rejects.toMatchObject({ code: 'view-behind' })
    expect(platform.now() - began).toBe(0)
    const deadline = began + 100
    await expect(views.days.get('mon', { after, deadline })).rejects.toMatchObject({ code: 'view-behind' })
    expect(platform.now()).toBeLessThanOrEqual(deadline)
  })
})

describe('a list', () => {
  const keysOf = ({ rows }: { readonly rows: ReadonlyArray<{ readonly key: string }> }) =>
    rows.map(({ key }) => key).join(' ')

  test('is in the order of the index, and comes in pages', async () => {
    const { days: reader } = await threeDays()
    expect(keysOf(await reader.query('bySize', 'large'))).toBe('mon')
    expect(keysOf(await reader.query('bySize', 'small'))).toBe('wed tue')
    expect(keysOf(await reader.query('bySize', 'small', { order: 'descending', from: 21 }))).toBe('tue')
    const first = await reader.query('bySize', 'small', { limit: 1 })
    expect(first.rows).toEqual([{ key: 'wed', revision: 1, row: { sales: 1, amount: 20 } }])
    expect(keysOf(await reader.query('bySize', 'small', { limit: 1, cursor: first.cursor }))).toBe('tue')
    await expect(reader.query('byDay' as never, 1)).rejects.toMatchObject({ code: 'invalid-query' })
    await expect(reader.query('bySize', Number.NaN)).rejects.toMatchObject({ code: 'invalid-query' })
    await expect(reader.query('bySize', 'large', { cursor: first.cursor })).rejects.toMatchObject({
      code: 'invalid-query',
    })
  })

  test('shows what the commits of after changed although the index does not yet', async () => {
    const base = memoryRows()
    let frozen: Awaited<ReturnType<RowStore['query']>> | undefined
    const rows = {
      ...base,
      query: async (...args: Parameters<RowStore['query']>) => frozen ?? base.query(...args),
    }
    const all = await threeDays(rows)
    const { rows: before } = await all.rows.query({ index: 0, value: 'w/days@1/s:small', limit: 9 })
    const revision = await all.write('c', [sold('tue', 1), sold('sun', 2)])
    await all.deliver()
    frozen = { rows: before }
    const after = { entityType: 'shop', entityId: 'c', revision }
    expect(keysOf(await all.days.query('bySize', 'small'))).toBe('wed tue')
    expect(keysOf(await all.days.query('bySize', 'small', { after }))).toBe('sun wed')
  })
})

describe('over HTTP', () => {
  async function served() {
    const all = await threeDays()
    const { journal, rows, platform } = all
    const routes = viewRoutes({ journal, rows, views: [days], platform })
    const app = createApp({
      journal,
      entities: [shop],
      authorize: 'everybody',
      onWarning() {},
      onError() {},
      routes,
      platform,
    })
    async function ask(target: string, headers: Readonly<Record<string, string>> = {}) {
      const [path = '', query = ''] = target.split('?', 2)
      const answer = await app.handle({ method: 'GET', path, query, headers, body: undefined })
      return { ...answer, json: JSON.parse(answer.body || 'null') as unknown }
    }
    return { ...all, ask }
  }

  test('rows and lists are served as those of views are', async () => {
    const { ask } = await served()
    const one = await ask('/views/days/mon')
    expect([one.status, one.json]).toEqual([200, { sales: 2, amount: 11 }])
    expect(one.headers['etag']).toMatch(/^"1~.+"$/)
    expect((await ask('/views/days/mon', { 'if-none-match': one.headers['etag'] ?? '' })).status).toBe(304)
    expect((await ask('/views/days/sun')).status).toBe(404)
    const list = await ask('/views/days?value=small&order=descending&limit=1')
    expect(list.json).toEqual({
      rows: [{ key: 'tue', revision: 1, row: { sales: 1, amount: 30 } }],
      next: expect.any(String),
    })
  })

  test('a commit that is not included yet is view-behind, to be asked for again', async () => {
    const { ask } = await served()
    const behind = await ask('/views/days/mon', { 'tailfold-after': 'shop/a@9' })
    expect(behind.status).toBe(503)
    expect(behind.json).toMatchObject({ code: 'view-behind', entity: 'shop/a' })
    expect(behind.headers['retry-after']).toBe('1')
    expect((await ask('/views/days/mon', { 'tailfold-after': 'shop/a@2' })).status).toBe(200)
  })
})

test('rows that were dropped are made again when the projection is started again', async () => {
  const all = await threeDays()
  expect(await dropView(days, { rows: all.rows })).toBe(3)
  expect(await all.stored()).toEqual({})
  await all.deliver()
  expect(await all.stored()).toMatchObject({ mon: { sales: 2 }, tue: { sales: 1 }, wed: { sales: 1 } })
})

test('rows that are dropped while the consumer runs are made again from all events', async () => {
  const all = await threeDays()
  const running = all.open()
  await all.deliver(running)
  await dropView(days, { rows: all.rows, allTenants: true })
  await all.write('a', [sold('tue', 1)])
  const changes = await all.changes()
  await running.deliver(changes.slice(-1))
  await running.deliver(changes, { replay: true })
  expect(await all.stored()).toMatchObject({
    mon: { sales: 2, amount: 11 },
    tue: { sales: 2, amount: 31 },
    wed: { sales: 1, amount: 20 },
  })
})
