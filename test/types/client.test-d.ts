import {
  type AuditEventOf,
  type ClientErrorCode,
  client,
  isClientError,
  type ReadState,
} from 'tailfold/client'
import { InMemoryJournal } from 'tailfold'
import { createApp, type ProblemCode } from 'tailfold/http'
import { describe, expectTypeOf, test } from 'vitest'
import { type AccountEvent, type AccountState, account } from '../../functions/bank/account.ts'
import { type CartState, cart, type Receipt } from '../../functions/cart/cart.ts'

const app = createApp({ journal: new InMemoryJournal(), entities: [account, cart], authorize: 'everybody' })
const bank = client<typeof app>({ baseUrl: '' })
const acc = bank.account('acc-001')

describe('a client', () => {
  test('has the entity types of its app, and no others', () => {
    expectTypeOf(bank).toHaveProperty('account')
    expectTypeOf(bank).toHaveProperty('cart')
    // @ts-expect-error no such entity type
    bank.acount('acc-001')
    // @ts-expect-error an id is a text
    bank.account(1)
  })

  test('may not lack the address of its server', () => {
    // @ts-expect-error baseUrl is missing
    client<typeof app>({})
  })
})

describe('ask', () => {
  test('resolves with the reply of the command', () => {
    expectTypeOf(acc.ask({ type: 'Withdraw', amount: 5 })).resolves.toEqualTypeOf<string>()
    expectTypeOf(acc.ask({ type: 'GetBalance' })).resolves.toEqualTypeOf<AccountState>()
    expectTypeOf(acc.ask({ type: 'Deposit', amount: 5 })).resolves.toEqualTypeOf<void>()
    expectTypeOf(bank.cart('c').ask({ type: 'CheckOut' })).resolves.toEqualTypeOf<Receipt>()
  })

  test('takes the commands of the entity, with their fields', () => {
    // @ts-expect-error no such command
    void acc.ask({ type: 'Steal' })
    // @ts-expect-error amount is a number
    void acc.ask({ type: 'Withdraw', amount: '5' })
    // @ts-expect-error amount is missing
    void acc.ask({ type: 'Withdraw' })
    // @ts-expect-error there is no such field
    void acc.ask({ type: 'Withdraw', amount: 5, currency: 'EUR' })
    // @ts-expect-error that is a command of the cart
    void acc.ask({ type: 'CheckOut' })
    // @ts-expect-error the server supplies replyTo
    void acc.ask({ type: 'GetBalance', replyTo: { tell() {} } })
    // @ts-expect-error no such option
    void acc.ask({ type: 'GetBalance' }, { commandId: 'a' })
  })

  test('is tell for who wants no reply', () => {
    expectTypeOf(acc.tell({ type: 'Withdraw', amount: 5 })).resolves.toEqualTypeOf<void>()
    // @ts-expect-error no such command
    void acc.tell({ type: 'Steal' })
  })
})

test('state and read give the state of the entity', () => {
  expectTypeOf(acc.state()).resolves.toEqualTypeOf<AccountState>()
  expectTypeOf(bank.cart('c').state()).resolves.toEqualTypeOf<CartState>()
  expectTypeOf(acc.read()).resolves.toEqualTypeOf<ReadState<AccountState>>()
})

test('the past is one point in time', () => {
  void acc.state({ at: new Date() })
  void acc.state({ at: '2026-01-31T12:00:00Z', timeoutMs: 1_000 })
  void acc.state({ revision: 7 })
  void acc.read({ sequenceNr: 7 })
  // @ts-expect-error a revision or a time, not both
  void acc.state({ revision: 7, at: new Date() })
})

test('events are those of the entity, told apart by their type', async () => {
  expectTypeOf(acc.events()).toEqualTypeOf<AsyncIterable<AuditEventOf<AccountEvent>>>()
  for await (const event of bank.cart('c').events()) {
    expectTypeOf(event.revision).toEqualTypeOf<number>()
    expectTypeOf(event.commandId).toEqualTypeOf<string | undefined>()
    if (event.type === 'ItemRemoved') expectTypeOf(event.payload).toEqualTypeOf<{ sku: string }>()
    // @ts-expect-error no such event
    if (event.type === 'Melted') break
  }
})

describe('an error', () => {
  const error: unknown = undefined

  test('has the fields that come with its code', () => {
    if (isClientError(error, 'rejected')) {
      expectTypeOf(error.code).toEqualTypeOf<'rejected'>()
      expectTypeOf(error.problem.reason).toEqualTypeOf<string>()
      expectTypeOf(error.problem.details).toEqualTypeOf<unknown>()
      expectTypeOf(error.problem.status).toEqualTypeOf<number>()
    }
    if (isClientError(error, 'timeout')) expectTypeOf(error.problem).toEqualTypeOf<undefined>()
    // @ts-expect-error no such code
    isClientError(error, 'refused')
  })

  test('is a union that a switch takes apart', () => {
    if (!isClientError(error)) return
    expectTypeOf(error.code).toEqualTypeOf<ClientErrorCode>()
    switch (error.code) {
      case 'rejected':
        expectTypeOf(error.problem.reason).toEqualTypeOf<string>()
        break
      case 'revision-mismatch':
        expectTypeOf(error.problem.actual).toEqualTypeOf<number>()
        break
      case 'network-failure':
        expectTypeOf(error.problem).toEqualTypeOf<undefined>()
        break
      // @ts-expect-error no such code
      case 'refused':
        break
      default:
        expectTypeOf(error.status).toEqualTypeOf<number | undefined>()
    }
  })

  test('has every code of a problem, and three of its own', () => {
    expectTypeOf<Exclude<ClientErrorCode, ProblemCode>>().toEqualTypeOf<
      'network-failure' | 'timeout' | 'unexpected-answer'
    >()
  })
})
