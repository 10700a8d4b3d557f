import { view } from 'tailfold/views'
import { account } from './account.ts'

/** Accounts by whether they hold money, ordered by their balance. */
export const balances = view({
  name: 'balances',
  from: account,
  row: ({ balance }) => ({ balance }),
  indexes: {
    byBalance: { by: ({ balance }) => (balance > 0 ? 'positive' : 'empty'), sort: ({ balance }) => balance },
  },
})
