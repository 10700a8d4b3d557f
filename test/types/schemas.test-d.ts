import {
  type ActorRef,
  type Behavior,
  Behaviors,
  type CommandInput,
  type CommandOf,
  type EventOf,
  entity,
  type StandardSchema,
} from 'tailfold'
import { describe, expectTypeOf, test } from 'vitest'

type Amount = { amount: number }
declare const amount: StandardSchema<{ amount: string }, Amount>
declare const stored: StandardSchema<Amount, Amount>
declare const item: StandardSchema<{ sku: string; count?: number }, { sku: string; count: number }>
declare const nothing: StandardSchema<object, object>
declare const text: StandardSchema<string, string>

describe('types by schemas', () => {
  const commands = { Deposit: amount, Withdraw: amount, Close: nothing }
  const replies = { Withdraw: text }
  type Command = CommandOf<typeof commands, typeof replies>

  test('a command has the fields its schema makes, and a replyTo where there is a schema for the reply', () => {
    type Withdraw = Extract<Command, { type: 'Withdraw' }>
    expectTypeOf<Command['type']>().toEqualTypeOf<'Deposit' | 'Withdraw' | 'Close'>()
    expectTypeOf<Withdraw['amount']>().toEqualTypeOf<number>()
    expectTypeOf<Withdraw['replyTo']>().toEqualTypeOf<ActorRef<string>>()
    expectTypeOf<Extract<Command, { type: 'Deposit' }>>().not.toHaveProperty('replyTo')
    expectTypeOf<CommandOf<typeof commands>>().not.toHaveProperty('replyTo')
  })

  test('a schema without fields makes a command, and an event, of its name alone', () => {
    type Bare = { List: StandardSchema<object, Record<string, never>> }
    expectTypeOf<CommandOf<Bare>>().toEqualTypeOf<{ type: 'List' }>()
    expectTypeOf<EventOf<Bare>>().toEqualTypeOf<{ type: 'List' }>()
    expectTypeOf<CommandInput<CommandOf<Bare, { List: typeof text }>>>().toEqualTypeOf<{ type: 'List' }>()
  })

  test('an event has the fields its schema accepts: what is stored has no defaults and is not transformed', () => {
    expectTypeOf<EventOf<{ Added: typeof item }>>().toEqualTypeOf<{
      type: 'Added'
      sku: string
      count?: number
    }>()
    expectTypeOf<EventOf<{ Deposited: typeof amount }>>().toEqualTypeOf<{
      type: 'Deposited'
      amount: string
    }>()
  })

  test('a schema that accepts anything describes its output', () => {
    type Loose = { Add: StandardSchema<unknown, Amount> }
    expectTypeOf<EventOf<Loose>>().toEqualTypeOf<{ type: 'Add'; amount: number }>()
  })

  const handlers = {
    entityType: 'account',
    initialState: 0,
    onEvent: (state: number, event: { type: 'Deposited' } & Amount) => state + event.amount,
    onCommand: (
      _ctx: unknown,
      _state: number,
      _command: Command,
    ): Behavior<{ type: 'Deposited' } & Amount, number> => Behaviors.same(),
  } as const

  test('an entity takes the schemas its handlers fit, and no others', () => {
    const account = entity({ ...handlers, commands, replies, events: { Deposited: stored } })
    // @ts-expect-error what is stored has a text as its amount
    entity({ ...handlers, commands, events: { Deposited: amount } })
    expectTypeOf(account.onCommand).parameter(2).toEqualTypeOf<Command>()
    // @ts-expect-error every command needs a schema
    entity({ ...handlers, commands: { Deposit: amount } })
    // @ts-expect-error a Deposit has an amount
    entity({ ...handlers, commands: { ...commands, Deposit: nothing } })
    // @ts-expect-error a Withdraw is answered with a text
    entity({ ...handlers, commands, replies: { Withdraw: amount } })
  })
})
