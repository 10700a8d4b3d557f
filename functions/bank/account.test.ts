import { test } from 'node:test'
import { given } from 'tailfold/testing'
import { account } from './account.ts'

test('a withdrawal within the balance is answered with ok', async () => {
  await given(account, [{ type: 'Deposited', amount: 100 }])
    .when({ type: 'Withdraw', amount: 70 })
    .then({
      events: [{ type: 'Withdrawn', amount: 70 }],
      reply: 'ok',
      state: { balance: 30, txCount: 2 },
    })
})

test('a withdrawal beyond the balance is rejected', async () => {
  await given(account, [{ type: 'Deposited', amount: 100 }])
    .when({ type: 'Withdraw', amount: 101 })
    .thenRejected('insufficient funds', { balance: 100 })
})

test('a deposit must be a positive whole number', async () => {
  await given(account)
    .when({ type: 'Deposit', amount: -1 })
    .thenRejected('amount must be a positive whole number')
})
