import { memoryStore } from 'tailfold'
import { createConsumers, type EventMeta } from 'tailfold/consumers'
import { findOrderDependence, given } from 'tailfold/testing'
import { checkView, projection, readViews, rebuildView, view, type ViewLag, viewRoutes } from 'tailfold/views'
import { describe, expectTypeOf, test } from 'vitest'
import { account, type AccountEvent } from '../../functions/bank/account.ts'
import { cart, type CartEvent } from '../../functions/cart/cart.ts'
import { shop, shops } from '../views/projection/sales.ts'

const base = { name: 'sums', initialRow: { n: 0 } } as const

describe('a projection', () => {
  test('types the events of its sources, several of them too, and the row', () => {
    projection({
      name: 'sums',
      from: [account, cart],
      initialRow: { n: 0 },
      key(event, meta) {
        expectTypeOf(event).toEqualTypeOf<AccountEvent | CartEvent>()
        expectTypeOf(meta).toEqualTypeOf<EventMeta>()
        return ['a']
      },
      on: {
        Deposited: (row, event, { rowKey }) => {
          expectTypeOf(row).toEqualTypeOf<{ n: number }>()
          expectTypeOf(event).toEqualTypeOf<{ type: 'Deposited'; amount: number }>()
          expectTypeOf(rowKey).toEqualTypeOf<string>()
          return { n: row.n + event.amount }
        },
        CheckedOut: ({ n }, { receipt }) => ({ n: n + receipt.total }),
      },
      indexes: { byN: { by: ({ n }) => n } },
    })
  })

  test('knows an event whose type is a union by each of its names', () => {
    projection({
      name: 'days',
      from: shop,
      initialRow: { n: 0 },
      key: () => undefined,
      on: {
        Sold: ({ n }, { amount }) => ({ n: n + amount }),
        Returned: ({ n }, { amount }) => ({ n: n - amount }),
        Noted: ({ n }, { text }) => ({ n: n + text.length }),
      },
    })
  })

  test('refuses events that its sources do not have, fields of others, and rows of another shape', () => {
    const of = { ...base, from: account, key: () => 'all' }
    // @ts-expect-error no such event
    projection({ ...of, on: { CheckedOut: (row) => row } })
    // @ts-expect-error no such field
    projection({ ...of, on: { Deposited: ({ n }: { n: number }, { total }) => ({ n: n + total }) } })
    // @ts-expect-error another row
    projection({ ...of, on: { Deposited: () => ({ sum: 1 }) } })
    // @ts-expect-error a key is text
    projection({ ...of, key: () => 7, on: {} })
  })
})

test('readers are typed by the rows and indexes of views and projections', async () => {
  const { journal, rows } = shops()
  const sums = projection({
    name: 'sums',
    from: account,
    initialRow: { n: 0 },
    key: () => 'all',
    on: {},
    indexes: { byN: { by: ({ n }: { n: number }) => n } },
  })
  const balances = view({ name: 'balances', from: account, row: ({ balance }) => ({ balance }) })
  const views = readViews({ journal, rows, views: [sums, balances] })
  expectTypeOf(views.sums.get('all')).resolves.toEqualTypeOf<
    ({ readonly key: string; readonly revision: number; readonly row: { n: number } } & ViewLag) | undefined
  >()
  void (() => views.sums.query('byN', 1))
  // @ts-expect-error no such index
  void (() => views.sums.query('byM', 1))
  // @ts-expect-error no such projection
  void views.totals
  expectTypeOf((await views.balances.get('a'))?.row).toEqualTypeOf<{ balance: number } | undefined>()
})

describe('a row that an interface describes', () => {
  interface Balance {
    readonly balance: number
  }

  test('is one of a view and of a projection, in folds, indexes and answers', async () => {
    const balances = view({
      name: 'balances',
      from: account,
      row: ({ balance }): Balance => ({ balance }),
      indexes: { byBalance: { by: (row) => row.balance } },
    })
    const sums = projection({
      name: 'sums',
      from: account,
      initialRow: { balance: 0 } as Balance,
      key: () => 'all',
      on: {
        Deposited: (row, { amount }) => {
          expectTypeOf(row).toEqualTypeOf<Balance>()
          return { balance: row.balance + amount }
        },
      },
      indexes: { byBalance: { by: ({ balance }) => balance } },
    })
    const { journal, rows } = shops()
    const views = readViews({ journal, rows, views: [balances, sums] })
    expectTypeOf(await views.balances.get('a')).toEqualTypeOf<
      | ({
          readonly entityType: string
          readonly entityId: string
          readonly revision: number
          readonly row: Balance
        } & ViewLag)
      | undefined
    >()
    const { rows: found } = await views.sums.query('byBalance', 0)
    expectTypeOf(found[0]?.row).toEqualTypeOf<Balance | undefined>()
    createConsumers({ journal, rows, consumers: [balances, sums] })
    await rebuildView(balances, { store: memoryStore(), rows })
    await checkView(balances, { journal, rows })
    viewRoutes({ journal, rows, views: [balances, sums] })
    expectTypeOf(given(balances, { balance: 1, txCount: 1 }).row()).toEqualTypeOf<Balance | null>()
    findOrderDependence(sums, [])
    // @ts-expect-error a row is an object
    view({ name: 'balances', from: account, row: () => 5 })
  })
})
