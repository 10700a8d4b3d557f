import { InMemoryJournal, memoryRows } from 'tailfold'
import { clientWithViews } from 'tailfold/client/views'
import { createApp } from 'tailfold/http'
import { projection, view, viewRoutes } from 'tailfold/views'
import { describe, expectTypeOf, test } from 'vitest'
import { account } from '../../functions/bank/account.ts'
import { cart } from '../../functions/cart/cart.ts'

const balances = view({
  name: 'balances',
  from: account,
  row: ({ balance }) => (balance > 0 ? { balance } : null),
  indexes: { byBalance: { by: ({ balance }) => balance } },
})
const turnover = projection({
  name: 'turnover',
  from: account,
  initialRow: { sum: 0 },
  key: () => 'all',
  on: { Deposited: (row, { amount }) => ({ sum: row.sum + amount }) },
  indexes: { bySum: { by: ({ sum }) => sum } },
})
const [journal, rows] = [new InMemoryJournal(), memoryRows()]
const app = createApp({
  journal,
  entities: [account, cart],
  authorize: 'everybody',
  routes: viewRoutes({ journal, rows, views: [balances, turnover] }),
})
const bank = clientWithViews<typeof app>({ baseUrl: '' })

describe('a client of views', () => {
  test('knows the rows of its app', () => {
    expectTypeOf(bank.views.balances.get('a')).resolves.toEqualTypeOf<{ balance: number } | undefined>()
    expectTypeOf(bank.views.turnover.get('all')).resolves.toEqualTypeOf<{ sum: number } | undefined>()
    // @ts-expect-error no such view
    void bank.views.nope
  })

  test('knows the indexes of a view, and what they find', async () => {
    for await (const { entityId, row } of bank.views.balances.byBalance(5, {
      from: 1,
      order: 'descending',
    })) {
      expectTypeOf(entityId).toBeString()
      expectTypeOf(row).toEqualTypeOf<{ balance: number }>()
    }
    for await (const { key } of bank.views.turnover.bySum(5)) expectTypeOf(key).toBeString()
    // @ts-expect-error no such index
    void bank.views.balances.bySum
    // @ts-expect-error an index value is no object
    bank.views.balances.byBalance({})
  })

  test('has the entities as well', () => {
    expectTypeOf(bank.account('a').ask({ type: 'Withdraw', amount: 1 })).resolves.toBeString()
  })
})
