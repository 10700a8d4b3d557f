import type { ActorRef, ActorSystem, Behavior, CommandContext, CommandInput, ReplyOf } from 'tailfold'
import { Behaviors, entity, InMemoryJournal } from 'tailfold'
import { describe, expectTypeOf, test } from 'vitest'
import { type AccountCommand, type AccountState, account } from '../../functions/bank/account.ts'

type Light = 'red' | 'green'
type LightEvent = { type: 'Turned'; to: Light } | { type: 'Broke' }
type LightCommand = { type: 'Turn'; to: Light; replyTo: ActorRef<Light> } | { type: 'Break' }

describe('an entity', () => {
  test('has its types inferred from its handlers', () => {
    expectTypeOf(account.entityType).toEqualTypeOf<'account'>()
    expectTypeOf(account.initialState).toEqualTypeOf<AccountState>()
    expectTypeOf(account.onCommand).parameter(2).toEqualTypeOf<AccountCommand>()
  })

  test('must handle every event: the compiler finds the case that is missing', () => {
    // @ts-expect-error Broke has no case, so the function may end without a state
    function onEvent(state: Light, event: LightEvent): Light {
      switch (event.type) {
        case 'Turned':
          return event.to
      }
    }
    expectTypeOf(onEvent).returns.toEqualTypeOf<Light>()
  })

  test('must handle every command when it has no default', () => {
    // @ts-expect-error Break has no case, so the function may end without a behavior
    function onCommand(command: LightCommand): Behavior<LightEvent, Light> {
      switch (command.type) {
        case 'Turn':
          return Behaviors.persisted({ events: [{ type: 'Turned', to: command.to }] })
      }
    }
    expectTypeOf(onCommand).returns.toEqualTypeOf<Behavior<LightEvent, Light>>()
  })

  test('persists only its own events', () => {
    function onCommand(): Behavior<LightEvent, Light> {
      // @ts-expect-error no such event
      return Behaviors.persisted({ events: [{ type: 'Melted' }] })
    }
    expectTypeOf(onCommand).toBeFunction()
  })

  test('gives the reply builder the new state', () => {
    function onCommand(): Behavior<LightEvent, Light> {
      return Behaviors.persisted({
        events: [{ type: 'Broke' }],
        reply(newState) {
          expectTypeOf(newState).toEqualTypeOf<Light>()
          return newState
        },
      })
    }
    expectTypeOf(onCommand).toBeFunction()
  })

  test('tells a replyTo only what it takes', () => {
    const onCommand = (command: Extract<LightCommand, { type: 'Turn' }>) => {
      command.replyTo.tell('red')
      // @ts-expect-error a light is not a number
      command.replyTo.tell(1)
    }
    expectTypeOf(onCommand).toBeFunction()
  })

  test('does not take events and handlers that disagree', () => {
    entity({
      entityType: 'light',
      initialState: 'red' as Light,
      onEvent: (_state: Light, event: LightEvent): Light => (event.type === 'Turned' ? event.to : 'red'),
      // @ts-expect-error onCommand persists an event that onEvent does not take
      onCommand: (
        _ctx: CommandContext,
        _state: Light,
        _command: LightCommand,
      ): Behavior<{ type: 'Melted' }, Light> => Behaviors.persisted({ events: [{ type: 'Melted' }] }),
    })
  })
})

describe('a command', () => {
  test('has its reply derived from replyTo, and none without', () => {
    expectTypeOf<ReplyOf<Extract<LightCommand, { type: 'Turn' }>>>().toEqualTypeOf<Light>()
    expectTypeOf<ReplyOf<Extract<LightCommand, { type: 'Break' }>>>().toEqualTypeOf<void>()
  })

  test('is sent without replyTo', () => {
    expectTypeOf<{ type: 'Turn'; to: Light }>().toExtend<CommandInput<LightCommand>>()
  })
})

describe('ask', () => {
  const system = {} as ActorSystem
  const acc = system.spawn(
    Behaviors.eventSourced({ ...account, entityId: 'a', journal: new InMemoryJournal() }),
    'account',
  )

  test('returns the reply type of the command', () => {
    expectTypeOf(acc).toEqualTypeOf<ActorRef<AccountCommand>>()
    expectTypeOf(system.ask(acc, { type: 'GetBalance' }, 1)).resolves.toEqualTypeOf<AccountState>()
    expectTypeOf(system.ask(acc, { type: 'Withdraw', amount: 5 }, 1)).resolves.toEqualTypeOf<string>()
    expectTypeOf(system.ask(acc, { type: 'Deposit', amount: 5 }, 1)).resolves.toEqualTypeOf<void>()
  })

  test('refuses unknown commands and wrong or missing fields', () => {
    // @ts-expect-error no such command
    void system.ask(acc, { type: 'Steal' }, 1)
    // @ts-expect-error amount is a number
    void system.ask(acc, { type: 'Deposit', amount: '5' }, 1)
    // @ts-expect-error amount is missing
    void system.ask(acc, { type: 'Deposit' }, 1)
  })
})
