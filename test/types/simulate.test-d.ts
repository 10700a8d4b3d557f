import { type Behavior, Behaviors, entity, type StandardSchema } from 'tailfold'
import { simulate } from 'tailfold/testing'
import { describe, expectTypeOf, test } from 'vitest'
import { type AccountState, account } from '../../functions/bank/account.ts'
import { cart } from '../../functions/cart/cart.ts'

describe('simulate', () => {
  test('draws commands of the entity, without replyTo', () => {
    void simulate({ entity: account, command: () => ({ type: 'Withdraw', amount: 5 }) })
    void simulate({
      entity: account,
      command: (random) => (random() < 0.5 ? { type: 'Deposit', amount: 5 } : { type: 'GetBalance' }),
    })
    // @ts-expect-error no such command
    void simulate({ entity: account, command: () => ({ type: 'Deposti', amount: 5 }) })
    // @ts-expect-error amount is missing
    void simulate({ entity: account, command: () => ({ type: 'Deposit' }) })
    // @ts-expect-error amount is a number
    void simulate({ entity: account, command: () => ({ type: 'Deposit', amount: '5' }) })
    // @ts-expect-error that is a command of the cart
    void simulate({ entity: account, command: () => ({ type: 'CheckOut' }) })
    void simulate({ entity: cart, command: () => ({ type: 'CheckOut' }) })
    void simulate({
      entity: account,
      command: () => ({ type: 'GetBalance' }),
      // @ts-expect-error no such command
      oversized: () => ({ type: 'Inflate' }),
    })
  })

  test('gives invariants the types of the entity', () => {
    void simulate({
      entity: account,
      command: () => ({ type: 'GetBalance' }),
      invariant: {
        state(state) {
          expectTypeOf(state).toEqualTypeOf<AccountState>()
          return state.balance >= 0
        },
        history({ steps }) {
          const [step] = steps
          expectTypeOf(step?.state).toEqualTypeOf<AccountState | undefined>()
          expectTypeOf(step?.events[0]?.type).toEqualTypeOf<'Deposited' | 'Withdrawn' | undefined>()
          expectTypeOf(step?.command.type).toEqualTypeOf<'Deposit' | 'Withdraw' | 'GetBalance' | undefined>()
        },
      },
    })
    // @ts-expect-error an invariant does not give a number
    void simulate({ entity: account, command: () => ({ type: 'GetBalance' }), invariant: { state: () => 5 } })
  })

  test('leaves out classes that there are', () => {
    const options = { entity: account, command: () => ({ type: 'GetBalance' }) as const }
    void simulate({ ...options, without: ['restore', 'mutating-handler'] })
    // @ts-expect-error no such class
    void simulate({ ...options, without: ['earthquake'] })
  })
})

describe('simulate of an entity with schemas', () => {
  type Item = { sku: string; count: number }
  const basket = entity({
    entityType: 'basket',
    initialState: 0,
    commands: { Add: {} as StandardSchema<{ sku: string; count?: number | string }, Item> },
    events: { Added: {} as StandardSchema<Item, Item> },
    onEvent: (state, { count }) => state + count,
    onCommand: (_ctx, _state, { sku, count }): Behavior<{ type: 'Added' } & Item, number> =>
      Behaviors.persisted({ events: [{ type: 'Added', sku, count }] }),
  })

  test('draws commands as callers send them', () => {
    void simulate({ entity: basket, command: () => ({ type: 'Add', sku: 'tea' }) })
    void simulate({ entity: basket, command: () => ({ type: 'Add', sku: 'tea', count: '2' }) })
    // @ts-expect-error sku is missing
    void simulate({ entity: basket, command: () => ({ type: 'Add', count: 2 }) })
    void simulate({
      entity: basket,
      command: () => ({ type: 'Add', sku: 'tea' }),
      // @ts-expect-error count is no boolean
      oversized: () => ({ type: 'Add', sku: 'tea', count: true }),
    })
  })

  test('gives invariants commands as the schemas make them', () => {
    void simulate({
      entity: basket,
      command: () => ({ type: 'Add', sku: 'tea' }),
      invariant: {
        history({ steps }) {
          expectTypeOf(steps[0]?.command.count).toEqualTypeOf<number | undefined>()
        },
      },
    })
  })
})
