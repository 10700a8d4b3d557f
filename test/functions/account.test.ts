import { given } from 'tailfold/testing'
import { describe, test } from 'vitest'
import { type AccountEvent, account } from '../../functions/bank/account.ts'

const deposited = (amount: number): AccountEvent => ({ type: 'Deposited', amount })
const withdrawn = (amount: number): AccountEvent => ({ type: 'Withdrawn', amount })

describe('an account', () => {
  test('takes a deposit', async () => {
    await given(account, [deposited(100)])
      .when({ type: 'Deposit', amount: 50 })
      .then({ events: [deposited(50)], reply: undefined, state: { balance: 150, txCount: 2 } })
  })

  test('gives out all it has, and no more', async () => {
    const past = [deposited(100), withdrawn(30)]
    await given(account, past)
      .when({ type: 'Withdraw', amount: 70 })
      .then({ events: [withdrawn(70)], reply: 'ok', state: { balance: 0, txCount: 3 } })
    await given(account, past)
      .when({ type: 'Withdraw', amount: 71 })
      .thenRejected('insufficient funds', { balance: 70 })
  })

  test('tells its balance and writes nothing', async () => {
    const state = { balance: 100, txCount: 1 }
    await given(account, [deposited(100)])
      .when({ type: 'GetBalance' })
      .then({ events: [], reply: state, state })
  })

  const amounts = [0, -1, 0.5, 2 ** 53, '5', null, undefined, { amount: 5 }, [5]]
  const cases = ['Deposit', 'Withdraw'].flatMap((type) => amounts.map((amount) => ({ type, amount })))
  test.for(cases)('refuses to $type $amount', async (command) => {
    await given(account, [deposited(100)])
      .when(command as never)
      .thenRejected('amount must be a positive whole number', undefined)
  })

  test.for(['Close', 'deposit', 'Deposited', 'constructor'])('does not know %s', async (type) => {
    await given(account)
      .when({ type } as never)
      .thenUnhandled()
  })
})
