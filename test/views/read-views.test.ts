import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../src/testing/virtual-platform.ts'
import { items, shop } from './carts.ts'
import { tiedRows } from './tied-rows.ts'

/** Carts a to f with 1 to 6 items. */
async function sixCarts(options: Parameters<typeof shop>[0] = {}) {
  const all = shop(options)
  for (const [index, id] of ['a', 'b', 'c', 'd', 'e', 'f'].entries())
    for (const command of items(index + 1)) await all.send(id, command)
  await all.deliver()
  return all
}

const idsOf = ({ rows }: { readonly rows: ReadonlyArray<{ readonly entityId: string }> }) =>
  rows.map(({ entityId }) => entityId).join('')

const byId = (rows: ReadonlyArray<{ readonly entityId: string }>) =>
  rows.toSorted((one, other) => (one.entityId < other.entityId ? -1 : 1))

describe('a query', () => {
  test('gives the rows of one value in the order of the index, forwards and backwards', async () => {
    const { views } = await sixCarts()
    expect(idsOf(await views.carts.query('byStatus', 'active'))).toBe('abcdef')
    expect(idsOf(await views.carts.query('byStatus', 'active', { order: 'descending' }))).toBe('fedcba')
    expect(idsOf(await views.carts.query('byStatus', 'active', { from: 2, to: 4 }))).toBe('bcd')
    expect(idsOf(await views.carts.query('large', true))).toBe('cdef')
    expect(idsOf(await views.carts.query('large', false))).toBe('')
  })

  test('comes in pages', async () => {
    const { views } = await sixCarts()
    for (const order of ['ascending', 'descending'] as const) {
      const seen: string[] = []
      for (let cursor: string | undefined, n = 0; n < 10; n++) {
        const page = await views.carts.query('byStatus', 'active', { order, limit: 4, cursor })
        seen.push(idsOf(page))
        if (page.cursor === undefined) break
        ;({ cursor } = page)
      }
      expect(seen.join('')).toBe(order === 'ascending' ? 'abcdef' : 'fedcba')
    }
  })

  test('takes one request', async () => {
    const { views, requests } = await sixCarts()
    requests()
    await views.carts.query('byStatus', 'active')
    expect(requests()).toEqual({ gets: 0, writes: 0, queries: 1, journal: 0 })
    await views.carts.get('a')
    expect(requests()).toEqual({ gets: 1, writes: 0, queries: 0, journal: 0 })
  })

  test.for([
    ['an index that is not there', () => ['nope', 'x', {}], 'byStatus'],
    ['a value of a wrong type', () => ['byStatus', {}, {}], 'index value'],
    ['a bound that is no number', () => ['byStatus', 'active', { from: Number.NaN }], 'finite'],
    ['a value that no row can have', () => ['byStatus', 'x'.repeat(2_001), {}], 'bytes'],
    ['a bound that no row can have', () => ['byStatus', 'active', { from: 'x'.repeat(1_001) }], 'bytes'],
    ['a limit of 0', () => ['byStatus', 'active', { limit: 0 }], 'limit'],
    ['another order', () => ['byStatus', 'active', { order: 'up' }], 'order'],
    ['a cursor that was made up', () => ['byStatus', 'active', { cursor: '["x","y","z","w"]' }], 'cursor'],
    ['a cursor that is no JSON', () => ['byStatus', 'active', { cursor: 'x' }], 'cursor'],
    [
      'a position without a number',
      () => ['byStatus', 'active', { after: { entityType: 'cart', entityId: 'a', revision: 'x' } }],
      'revision',
    ],
  ] as const)('with %s is invalid-query and says so', async ([, args, says]) => {
    const { views } = await sixCarts()
    const call = views.carts.query(...(args() as unknown as Parameters<typeof views.carts.query>))
    await expect(call).rejects.toMatchObject({
      code: 'invalid-query',
      message: expect.stringContaining(says),
    })
  })

  test('with the cursor of another index is invalid-query', async () => {
    const { views } = await sixCarts()
    const { cursor } = await views.carts.query('large', true, { limit: 2 })
    expect(cursor).toBeDefined()
    await expect(views.carts.query('byStatus', 'active', { limit: 2, cursor })).rejects.toMatchObject({
      code: 'invalid-query',
    })
  })

  test('with the cursor of another query, or of another tenant, is invalid-query', async () => {
    const { views } = await sixCarts()
    const { cursor } = await views.carts.query('byStatus', 'active', { limit: 2 })
    for (const [value, options] of [
      ['checked-out', {}],
      ['active', { tenant: 'acme' }],
      ['active', { order: 'descending' }],
    ] as const)
      await expect(views.carts.query('byStatus', value, { ...options, cursor })).rejects.toMatchObject({
        code: 'invalid-query',
      })
  })
})

describe('a read after a commit includes it, although the view is behind', () => {
  const position = (entityId: string, revision: number) => ({ entityType: 'cart', entityId, revision })

  test('of one row: one request where the row has come that far, one more where it has not', async () => {
    const { send, views, requests, deliver } = await sixCarts()
    const revision = await send('a', { type: 'AddItem', sku: 'new', quantity: 1, unitPrice: 1 })
    requests()
    expect(await views.carts.get('a')).toMatchObject({ row: { items: 1 } })
    expect(requests()).toMatchObject({ gets: 1, journal: 0 })
    expect(await views.carts.get('a', { after: position('a', revision) })).toMatchObject({
      row: { items: 2 },
    })
    expect(requests()).toMatchObject({ gets: 1, journal: 1 })
    await deliver()
    requests()
    expect(await views.carts.get('a', { after: position('a', revision) })).toMatchObject({
      row: { items: 2 },
    })
    expect(requests()).toMatchObject({ gets: 1, journal: 0 })
  })

  test('of a list: its row is replaced, moved, added or left out', async () => {
    const { send, views } = await sixCarts()
    await send('new', items(1)[0] as never)
    for (const command of items(3)) await send('a', command)
    await send('b', { type: 'RemoveItem', sku: 's0' })
    const gone = await send('b', { type: 'RemoveItem', sku: 's1' })
    const after = [position('new', 1), position('a', 3), position('b', gone)]
    const { rows } = await views.carts.query('byStatus', 'active', { after })
    expect(rows.map(({ entityId, row }) => `${entityId}${row.items}`)).toEqual([
      'new1',
      'a3',
      'c3',
      'd4',
      'e5',
      'f6',
    ])
    expect(idsOf(await views.carts.query('byStatus', 'active'))).toBe('abcdef')
  })

  test.for(Array.from({ length: 60 }, (_, seed) => seed + 1))(
    'of a list in pages: each row once, as in one page of a view that is up to date, whatever the order of ties (seed %i)',
    async (seed) => {
      const random = seededRandom(seed)
      const { send, views, deliver } = await sixCarts({ rows: tiedRows(seed) })
      const limit = 1 + (seed % 2)
      const after = []
      for (let n = 0; n < 4; n++) {
        const id = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'][Math.floor(random() * 8)] as string
        for (const command of items(Math.floor(random() * 9) + 1))
          after.push(position(id, await send(id, command)))
      }
      const order = random() < 0.5 ? 'ascending' : 'descending'
      const newest = [...new Map(after.map((each) => [each.entityId, each])).values()]
      const lists = []
      for (const [index, value] of [
        ['byStatus', 'active'],
        ['large', true],
      ] as const) {
        const paged = []
        for (let cursor: string | undefined; ; ) {
          const page = await views.carts.query(index, value, { order, limit, cursor, after: newest })
          paged.push(...page.rows)
          if (page.cursor === undefined) break
          ;({ cursor } = page)
        }
        lists.push({ index, value, paged })
      }
      await deliver()
      for (const { index, value, paged } of lists) {
        const { rows } = await views.carts.query(index, value, { order })
        expect(byId(paged)).toEqual(byId(rows))
        const sorts = (of: typeof rows) => of.map(({ row }) => (index === 'byStatus' ? row.items : ''))
        expect(sorts(paged)).toEqual(sorts(rows))
      }
    },
  )
})
