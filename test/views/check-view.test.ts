import { memoryStore, type Store } from 'tailfold'
import { createConsumers } from 'tailfold/consumers'
import { checkView, dropView, view } from 'tailfold/views'
import { describe, expect, test } from 'vitest'
import { cart } from '../../functions/cart/cart.ts'
import { carts, items, shop } from './carts.ts'

const nothing = { differing: [], surplus: [], missing: [], behind: [] }

async function threeCarts(store?: Store) {
  const all = shop({ ...(store && { store }) })
  for (const id of ['a', 'b', 'c']) for (const command of items(2)) await all.send(id, command)
  await all.deliver()
  return all
}

describe('checkView', () => {
  test('finds no difference in rows that are as they should be, also where an entity has gone on', async () => {
    const { send, journal, rows } = await threeCarts()
    expect(await checkView(carts, { journal, rows })).toEqual({ rows: 3, ...nothing })
    await send('a', { type: 'RemoveItem', sku: 'none' }, { commandId: 'refused-1' })
    expect(await checkView(carts, { journal, rows })).toEqual({ rows: 3, ...nothing })
    await send('a', { type: 'AddItem', sku: 'new', quantity: 1, unitPrice: 1 })
    const behind = ['w/carts@1/cart/a']
    expect(await checkView(carts, { journal, rows })).toEqual({ rows: 3, ...nothing, behind })
  })

  test.each(['keys', 'changes'] as const)(
    'finds rows that are missing, by the %s of the store',
    async (by) => {
      const store = memoryStore()
      const { send, journal, rows, deliver } = await threeCarts(store)
      for (const id of ['d', 'e']) await send(id, items(1)[0] as never)
      await send('empty', items(1)[0] as never)
      await send('empty', { type: 'RemoveItem', sku: 's0' })
      await send('a', items(1)[0] as never, { tenant: 'acme' })
      const listed = { [by]: store[by] }
      const missing = ['w/carts@1/cart/d', 'w/carts@1/cart/e']
      const own = await checkView(carts, { journal, rows, store: listed })
      expect(own).toEqual({ rows: 3, entities: 6, ...nothing, missing })
      const all = await checkView(carts, { journal, rows, store: listed, allTenants: true })
      expect(all.missing.toSorted()).toEqual([...missing, '~acme/w/carts@1/cart/a'].toSorted())
      await deliver()
      expect(await checkView(carts, { journal, rows, store: listed, allTenants: true })).toEqual({
        rows: 7,
        entities: 7,
        ...nothing,
      })
    },
  )

  test('finds rows of entities that have none', async () => {
    const { journal, rows } = await threeCarts()
    const value = { status: 'active', items: 1 }
    for (const key of ['w/carts@1/cart/never', 'w/carts@1/cart/a'])
      await rows.write([{ row: { key, revision: 9, value }, when: 'newer' }])
    const surplus = ['w/carts@1/cart/a', 'w/carts@1/cart/never']
    expect(await checkView(carts, { journal, rows })).toEqual({ rows: 4, ...nothing, surplus })
    const none = view({ name: 'carts', row: () => null, from: cart })
    const found = await checkView(none, { journal, rows })
    expect(found.surplus).toHaveLength(4)
  })

  test.each([0, Number.NaN, 1.5, -1])('has no limit of %d, which would compare nothing', async (limit) => {
    const { journal, rows } = await threeCarts()
    await expect(checkView(carts, { journal, rows, limit })).rejects.toThrow(
      /^limit of checkView must be a whole number from 1 on, not /,
    )
  })

  test('does not name a row that was written meanwhile', async () => {
    const store = memoryStore()
    const { send, journal, rows, deliver } = await threeCarts(store)
    await send('a', items(3)[2] as never)
    await send('d', items(1)[0] as never)
    let late = true
    const reading = {
      ...journal,
      recover: async (...args: Parameters<typeof journal.recover>) => {
        if (late) await ((late = false), deliver())
        return journal.recover(...args)
      },
    }
    const found = await checkView(carts, { journal: reading, rows, store })
    expect(found).toEqual({ rows: 3, entities: 4, ...nothing })
  })

  test('names the rows that cannot be made, and goes on', async () => {
    const store = memoryStore()
    const { send, journal, rows } = await threeCarts(store)
    await send('d', items(1)[0] as never)
    const failing = view({
      name: 'carts',
      from: cart,
      row: (state, { entityId }) => {
        if (entityId > 'b') throw new Error('no')
        return { status: state.status }
      },
    })
    const { differing, missing } = await checkView(failing, { journal, rows, store })
    expect(differing).toEqual(['w/carts@1/cart/a', 'w/carts@1/cart/b', 'w/carts@1/cart/c'])
    expect(missing).toEqual(['w/carts@1/cart/d'])
  })

  test('compares no more rows and entities than it is asked to', async () => {
    const store = memoryStore()
    const { journal, rows } = await threeCarts(store)
    expect(await checkView(carts, { journal, rows, store, limit: 2 })).toMatchObject({ rows: 2, entities: 2 })
  })

  test('names the rows that code of today makes otherwise', async () => {
    const { journal, rows } = await threeCarts()
    const changed = view({
      name: 'carts',
      from: cart,
      row: (state, { entityId }) => ({ status: state.status, items: entityId === 'b' ? 3 : 2 }),
      indexes: {
        byStatus: { by: (row) => row.status, sort: (row) => row.items },
        large: { by: () => undefined },
      },
    })
    const { differing } = await checkView(changed, { journal, rows })
    expect(differing).toEqual(['w/carts@1/cart/b'])
  })
})

describe('a view whose indexes changed without a new version', () => {
  const changed = (version: number) =>
    view({
      name: 'carts',
      version,
      from: cart,
      row: (state) => ({ status: state.status }),
      indexes: { byStatus: { by: (row) => row.status } },
    })

  test('is not begun; the error names what to do', async () => {
    const { deliver, open } = await threeCarts()
    const [report] = await open(changed(1)).deliver([{ key: 'cart/a', revision: 2 }])
    const error = String(report?.failed[0]?.error)
    expect(error).toContain('carts@1 is not what its rows were made by')
    expect(error).toContain('Raise its version')
    await deliver(open())
  })

  test('is not begun with one index more either, nor with an order that changed', async () => {
    const { open } = await threeCarts()
    const [byStatus, large] = carts.indexes.map(({ by, sort }) => ({ by, ...(sort && { sort }) }))
    if (byStatus === undefined || large === undefined) throw new Error('carts has two indexes')
    for (const indexes of [
      { byStatus, large, more: byStatus },
      { large, byStatus },
      { byStatus: { by: byStatus.by }, large },
    ]) {
      const other = view({ name: 'carts', from: cart, row: ({ status }) => ({ status }), indexes })
      const [report] = await open(other).deliver([{ key: 'cart/a', revision: 2 }])
      expect(String(report?.failed[0]?.error)).toContain('carts@1 is not what its rows were made by')
    }
  })

  test('begins beside the old rows under another version, and after its rows are dropped', async () => {
    const { deliver, open, rows, journal, views } = await threeCarts()
    const two = changed(2)
    await deliver(open(two))
    expect(await checkView(two, { journal, rows })).toMatchObject({ rows: 3, differing: [] })
    expect(await views.carts.get('a')).toMatchObject({ row: { items: 2 } })
    expect(await dropView({ id: 'carts@1' }, { rows, allTenants: true })).toBe(3)
    expect(await views.carts.get('a')).toBeUndefined()
    await deliver(createConsumers({ journal, rows, consumers: [changed(1)] }))
    expect(await checkView(changed(1), { journal, rows })).toMatchObject({ rows: 3, differing: [] })
  })
})
