import type { EventMeta } from 'tailfold/consumers'
import { projection, readViews, view, type ViewLag } from 'tailfold/views'
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
