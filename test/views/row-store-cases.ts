import type { RowStore, Store } from 'tailfold'
import { expect } from 'vitest'
import { seededRandom } from '../../src/testing/virtual-platform.ts'
import { items, shop } from './carts.ts'

/** Where a case keeps its rows, empty at its start, and its commits; by default in memory. */
export interface ViewStores {
  readonly rows: RowStore
  readonly store?: Store
}

const ids = ['a', 'b', 'c', 'd', 'e', 'f']
const listOf = ({
  rows,
}: {
  readonly rows: ReadonlyArray<{ readonly entityId: string; readonly row: { readonly items: number } }>
}) => rows.map(({ entityId, row }) => `${entityId}${row.items}`).join(' ')

/** Carts a to f with 1 to 6 items, in a view that is up to date. */
async function sixCarts(stores: ViewStores) {
  const all = shop(stores)
  for (const [index, id] of ids.entries()) for (const command of items(index + 1)) await all.send(id, command)
  await all.deliver()
  return all
}

async function listsInOrder(stores: ViewStores): Promise<void> {
  const { views } = await sixCarts(stores)
  expect(listOf(await views.carts.query('byStatus', 'active'))).toBe('a1 b2 c3 d4 e5 f6')
  const descending = await views.carts.query('byStatus', 'active', { order: 'descending' })
  expect(listOf(descending)).toBe('f6 e5 d4 c3 b2 a1')
  expect(listOf(await views.carts.query('byStatus', 'active', { from: 2, to: 4 }))).toBe('b2 c3 d4')
  expect(listOf(await views.carts.query('large', true))).toBe('c3 d4 e5 f6')
  expect(listOf(await views.carts.query('large', false))).toBe('')
}

async function listsInPages(stores: ViewStores): Promise<void> {
  const { views, send, deliver } = await sixCarts(stores)
  const after = []
  for (const [id, count] of [
    ['a', 8],
    ['g', 2],
  ] as const) {
    let revision = 0
    for (const command of items(count)) revision = await send(id, command)
    after.push({ entityType: 'cart', entityId: id, revision })
  }
  const pages: string[] = []
  for (let cursor: string | undefined; ; ) {
    const page = await views.carts.query('byStatus', 'active', { limit: 2, cursor, after })
    pages.push(listOf(page))
    if (page.cursor === undefined) break
    ;({ cursor } = page)
  }
  await deliver()
  const all = listOf(await views.carts.query('byStatus', 'active'))
  expect(pages.filter((page) => page !== '').join(' ')).toBe(all)
  expect(all.split(' ')).toHaveLength(7)
}

async function refusesChangedCursors(stores: ViewStores): Promise<void> {
  const { views, send, deliver } = await sixCarts(stores)
  for (const id of ['a', 'b']) await send(id, items(1)[0] as never, { tenant: 'acme' })
  await deliver()
  const query = { limit: 1 }
  const { cursor: own = '' } = await views.carts.query('byStatus', 'active', query)
  const foreign = await views.carts.query('byStatus', 'active', { ...query, tenant: 'acme' })
  const [mark, inner, sort, key] = JSON.parse(own) as [string, string, string, string]
  const [, foreignInner] = JSON.parse(foreign.cursor ?? '') as string[]
  for (const changed of [
    ['x', inner, sort, key],
    ...['', 'null', '[]', foreignInner].map((text) => [mark, text, sort, key]),
    [mark, inner, '', key],
    [mark, inner, sort, ''],
  ]) {
    const cursor = JSON.stringify(changed)
    await expect(views.carts.query('byStatus', 'active', { ...query, cursor })).rejects.toMatchObject({
      code: 'invalid-query',
    })
  }
  const second = await views.carts.query('byStatus', 'active', { ...query, cursor: own })
  expect(listOf(second)).toBe('b2')
}

async function keepsApart(stores: ViewStores): Promise<void> {
  const { views, send, deliver } = shop(stores)
  const [add] = items(1)
  for (const options of [{}, { tenant: 'acme' }, { tenant: 'umbrella' }])
    await send('a', add as never, options)
  await deliver()
  await send('a', { type: 'RemoveItem', sku: 's0' }, { tenant: 'acme' })
  await deliver()
  expect(await views.carts.get('a', { tenant: 'acme' })).toBeUndefined()
  expect(await views.carts.query('byStatus', 'active', { tenant: 'acme' })).toEqual({ rows: [] })
  expect(listOf(await views.carts.query('byStatus', 'active'))).toBe('a1')
  expect(listOf(await views.carts.query('byStatus', 'active', { tenant: 'umbrella' }))).toBe('a1')
}

async function equalsFold(stores: ViewStores, seed: number): Promise<void> {
  const random = seededRandom(seed)
  const whole = (below: number) => Math.floor(random() * below)
  const { views, send, journal, open, deliver } = shop(stores)
  const reached = new Map<string, number>()
  for (let n = 0; n < 24; n++) {
    const id = ids[whole(3)] as string
    const sku = `s${whole(3)}`
    await send(
      id,
      random() < 0.6 ? { type: 'AddItem', sku, quantity: 1, unitPrice: 5 } : { type: 'RemoveItem', sku },
    )
    if (random() < 0.5) continue
    const { changes = [] } = (await journal.changes?.(undefined, 1_000)) ?? {}
    await open().deliver(changes.filter(() => random() < 0.5).toSorted(() => random() - 0.5))
    for (const each of ids.slice(0, 3)) {
      const revision = (await views.carts.get(each))?.revision ?? 0
      if (revision > 0) expect(revision).toBeGreaterThanOrEqual(reached.get(each) ?? 0)
      reached.set(each, Math.max(revision, reached.get(each) ?? 0))
    }
  }
  await deliver()
  for (const id of ids.slice(0, 3)) {
    const after = { entityType: 'cart', entityId: id, revision: 1_000 }
    const fresh = await views.carts.get(id, { after })
    expect((await views.carts.get(id))?.row).toEqual(fresh?.row)
  }
  const listed = (await views.carts.query('byStatus', 'active')).rows.length
  const there = await Promise.all(ids.slice(0, 3).map(async (id) => views.carts.get(id)))
  expect(listed).toBe(there.filter((row) => row !== undefined).length)
}

/** What a view does on any row store; each case takes stores of its own. */
export const viewCases: ReadonlyArray<{
  readonly name: string
  readonly run: (stores: ViewStores) => Promise<void>
}> = [
  {
    name: 'lists the rows of one value in the order of the index, forwards, backwards, within bounds',
    run: listsInOrder,
  },
  { name: 'lists each row once in pages, with commits that the view does not have yet', run: listsInPages },
  { name: 'refuses a cursor of which any part was changed', run: refusesChangedCursors },
  { name: 'keeps tombstones and tenants apart from rows', run: keepsApart },
  ...[1, 2, 3].map((seed) => ({
    name: `has rows that equal the fold and never fall back, in any order of the feed (seed ${seed})`,
    run: async (stores: ViewStores) => equalsFold(stores, seed),
  })),
]
