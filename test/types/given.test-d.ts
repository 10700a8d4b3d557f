import { type CommandResult, given } from 'tailfold/testing'
import { describe, expectTypeOf, test } from 'vitest'
import { type AccountEvent, type AccountState, account } from '../../functions/bank/account.ts'
import { balances } from '../../functions/bank/balances.ts'
import { cart } from '../../functions/cart/cart.ts'
import { turnover } from '../../functions/cart/turnover.ts'

const funded = given(account, [{ type: 'Deposited', amount: 100 }])

describe('given', () => {
  test('takes the events of the entity only', () => {
    given(account)
    // @ts-expect-error no such event
    given(account, [{ type: 'Melted' }])
    // @ts-expect-error amount is a number
    given(account, [{ type: 'Deposited', amount: '100' }])
  })
})

describe('when', () => {
  test('takes its commands, without replyTo', () => {
    funded.when({ type: 'GetBalance' })
    // @ts-expect-error no such command
    funded.when({ type: 'Steal' })
    // @ts-expect-error amount is missing
    funded.when({ type: 'Withdraw' })
    // @ts-expect-error there is no such field
    funded.when({ type: 'Withdraw', amount: 5, currency: 'EUR' })
    // @ts-expect-error that is a command of the cart
    funded.when({ type: 'CheckOut' })
  })

  test('gives the result, and is not to be awaited without an expectation', () => {
    const withdraw = funded.when({ type: 'Withdraw', amount: 5 })
    expectTypeOf(withdraw.result()).resolves.toEqualTypeOf<
      CommandResult<AccountState, AccountEvent, string>
    >()
    // @ts-expect-error nothing is expected
    void (async () => withdraw)
  })
})

describe('then', () => {
  test('takes the events, the reply of the command and the state', () => {
    const withdraw = funded.when({ type: 'Withdraw', amount: 5 })
    expectTypeOf(withdraw.then({ reply: 'ok' })).resolves.toEqualTypeOf<void>()
    void funded.when({ type: 'GetBalance' }).then({ reply: { balance: 100, txCount: 1 } })
    void funded.when({ type: 'Deposit', amount: 5 }).then({ reply: undefined })
    // @ts-expect-error the reply of Withdraw is a text
    void withdraw.then({ reply: 5 })
    // @ts-expect-error no such event
    void withdraw.then({ events: [{ type: 'Melted' }] })
    // @ts-expect-error txCount is missing
    void withdraw.then({ state: { balance: 5 } })
    // @ts-expect-error there is no such expectation
    void withdraw.then({ answer: 'ok' })
    void given(cart)
      .when({ type: 'RemoveItem', sku: 'tea' })
      .then({ state: { status: 'empty' } })
  })
})

describe('given a projection or a view', () => {
  test('takes the events and states of its entities only, and gives its row', () => {
    expectTypeOf(given(turnover, [{ type: 'ItemRemoved', sku: 'a' }]).row('x')).toEqualTypeOf<
      { carts: number; total: number } | undefined
    >()
    given(turnover, [{ event: { type: 'ItemRemoved', sku: 'a' }, entityId: 'c1', timestamp: 0 }])
    // @ts-expect-error an event of another entity
    given(turnover, [{ type: 'Deposited', amount: 1 }])
    // @ts-expect-error an event of another entity
    given(turnover, [{ event: { type: 'Deposited', amount: 1 } }])
    expectTypeOf(given(balances, { balance: 1, txCount: 1 }).row()).toEqualTypeOf<{
      balance: number
    } | null>()
    // @ts-expect-error no such state
    given(balances, { status: 'empty' })
  })
})
