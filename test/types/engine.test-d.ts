import {
  createEngine,
  type Engine,
  InMemoryJournal,
  type Outcome,
  type StateAt,
  systemPlatform,
} from 'tailfold'
import { describe, expectTypeOf, test } from 'vitest'
import { type AccountEvent, type AccountState, account } from '../../functions/bank/account.ts'

const engine = createEngine(account, { journal: new InMemoryJournal(), platform: systemPlatform })

describe('execute', () => {
  test('has the reply of the command it is given', () => {
    expectTypeOf(engine.execute('a', { type: 'Withdraw', amount: 1 })).resolves.toEqualTypeOf<
      Outcome<string, AccountEvent>
    >()
    expectTypeOf(engine.execute('a', { type: 'GetBalance' })).resolves.toEqualTypeOf<
      Outcome<AccountState, AccountEvent>
    >()
    expectTypeOf(engine.execute('a', { type: 'Deposit', amount: 1 })).resolves.toEqualTypeOf<
      Outcome<void, AccountEvent>
    >()
  })

  test('has the events of the definition, absent where the answer is a recorded one or a rejection', async () => {
    const outcome = await engine.execute('a', { type: 'Deposit', amount: 1 })
    if (outcome.kind === 'replied')
      expectTypeOf(outcome.events).toEqualTypeOf<readonly AccountEvent[] | undefined>()
    // @ts-expect-error a rejection has none
    else void outcome.events
  })

  test('takes metadata that is an object', () => {
    void engine.execute('a', { type: 'Deposit', amount: 1 }, { metadata: { approvedBy: 'ann', level: 2 } })
    // @ts-expect-error a text is none
    void engine.execute('a', { type: 'Deposit', amount: 1 }, { metadata: 'ann' })
  })

  test('takes the commands of the definition, with their fields', () => {
    // @ts-expect-error no such command
    void engine.execute('a', { type: 'Steal' })
    // @ts-expect-error amount is missing
    void engine.execute('a', { type: 'Deposit' })
    // @ts-expect-error amount is a number
    void engine.execute('a', { type: 'Deposit', amount: '1' })
    // @ts-expect-error there is no such field
    void engine.execute('a', { type: 'Deposit', amount: 1, currency: 'EUR' })
    // @ts-expect-error replyTo is an option
    void engine.execute('a', { type: 'GetBalance', replyTo: { tell() {} } })
  })
})

test('read has the state of the definition', () => {
  expectTypeOf(engine.read('a')).resolves.toEqualTypeOf<StateAt<AccountState>>()
})

test('an engine of one entity type is one of any', () => {
  const any: Engine = engine
  expectTypeOf(any.read('a')).resolves.toEqualTypeOf<StateAt>()
  expectTypeOf(any.execute('a', { type: 'Whatever' })).resolves.toEqualTypeOf<Outcome>()
})
