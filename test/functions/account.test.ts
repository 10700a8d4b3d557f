import { describe, expect, test } from 'vitest'
import { type AccountEvent, account } from '../../functions/bank/account.ts'
import { given } from '../helpers/given.ts'

const deposited = (amount: number): AccountEvent => ({ type: 'Deposited', amount })
const withdrawn = (amount: number): AccountEvent => ({ type: 'Withdrawn', amount })

describe('an account', () => {
  test('takes a deposit', async () => {
    expect(await given(account, [deposited(100)]).when({ type: 'Deposit', amount: 50 })).toEqual({
      answer: { reply: undefined },
      written: [deposited(50)],
      state: { balance: 150, txCount: 2 },
    })
  })

  test('gives out all it has, and no more', async () => {
    const funded = given(account, [deposited(100), withdrawn(30)])
    expect(await funded.when({ type: 'Withdraw', amount: 70 })).toEqual({
      answer: { reply: 'ok' },
      written: [withdrawn(70)],
      state: { balance: 0, txCount: 3 },
    })
    const same = given(account, [deposited(100), withdrawn(30)])
    expect(await same.when({ type: 'Withdraw', amount: 71 })).toEqual({
      answer: { rejected: ['insufficient funds', { balance: 70 }] },
      written: [],
      state: { balance: 70, txCount: 2 },
    })
  })

  test('tells its balance and writes nothing', async () => {
    expect(await given(account, [deposited(100)]).when({ type: 'GetBalance' })).toEqual({
      answer: { reply: { balance: 100, txCount: 1 } },
      written: [],
      state: { balance: 100, txCount: 1 },
    })
  })

  const amounts = [0, -1, 0.5, 2 ** 53, '5', null, undefined, { amount: 5 }, [5]]
  const cases = ['Deposit', 'Withdraw'].flatMap((type) => amounts.map((amount) => ({ type, amount })))
  test.for(cases)('refuses to $type $amount', async (command) => {
    expect(await given(account, [deposited(100)]).when(command)).toEqual({
      answer: { rejected: ['amount must be a positive whole number'] },
      written: [],
      state: { balance: 100, txCount: 1 },
    })
  })

  test.for(['Close', 'deposit', 'Deposited', 'constructor'])('does not know %s', async (type) => {
    expect(await given(account, []).when({ type })).toEqual({
      answer: { code: 'unhandled-command' },
      written: [],
      state: { balance: 0, txCount: 0 },
    })
  })
})
