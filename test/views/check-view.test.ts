import { createConsumers } from 'tailfold/consumers'
import { checkView, dropView, view } from 'tailfold/views'
import { describe, expect, test } from 'vitest'
import { cart } from '../../functions/cart/cart.ts'
import { carts, items, shop } from './carts.ts'

async function threeCarts() {
  const all = shop()
  for (const id of ['a', 'b', 'c']) for (const command of items(2)) await all.send(id, command)
  await all.deliver()
  return all
}

describe('checkView', () => {
  test('finds no difference in rows that are as they should be, also where an entity has gone on', async () => {
    const { send, journal, rows } = await threeCarts()
    await send('a', { type: 'AddItem', sku: 'new', quantity: 1, unitPrice: 1 })
    expect(await checkView(carts, { journal, rows })).toEqual({ rows: 3, differing: [] })
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

  test('begins beside the old rows under another version, and after its rows are dropped', async () => {
    const { deliver, open, rows, journal, views } = await threeCarts()
    const two = changed(2)
    await deliver(open(two))
    expect(await checkView(two, { journal, rows })).toMatchObject({ rows: 3, differing: [] })
    expect(await views.carts.get('a')).toMatchObject({ row: { items: 2 } })
    expect(await dropView({ id: 'carts@1' }, { rows })).toBe(3)
    expect(await views.carts.get('a')).toBeUndefined()
    await deliver(createConsumers({ journal, rows, consumers: [changed(1)] }))
    expect(await checkView(changed(1), { journal, rows })).toMatchObject({ rows: 3, differing: [] })
  })
})
