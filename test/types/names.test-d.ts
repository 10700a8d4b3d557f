import { type ActorRef, type ActorSystem, type Behavior, Behaviors, createEngine, entity } from 'tailfold'
import type { CommandContext } from 'tailfold'
import { InMemoryJournal, systemPlatform } from 'tailfold'
import { client } from 'tailfold/client'
import { createApp } from 'tailfold/http'
import { given } from 'tailfold/testing'
import { describe, expectTypeOf, test } from 'vitest'

type Event = { type: 'Opened' | 'Closed'; by: string }
type Command =
  | { type: 'Open' | 'Close'; by: string; replyTo: ActorRef<boolean> }
  | { type: 'Knock'; times: number; replyTo?: ActorRef<string> }
  | { type: 'Look'; replyTo?: ActorRef<string> | undefined }
  | { type: 'Slam' }

const door = entity({
  entityType: 'door',
  initialState: false,
  onEvent: (_state: boolean, event: Event) => event.type === 'Opened',
  onCommand: (_ctx: CommandContext, _state: boolean, command: Command): Behavior<Event, boolean> => {
    if (command.type === 'Knock') command.replyTo?.tell('come in')
    return Behaviors.same()
  },
})

const journal = new InMemoryJournal()
const app = createApp({ journal, entities: [door], authorize: 'everybody' })
const entrance = client<typeof app>({ baseUrl: '' }).door('d')
const engine = createEngine(door, { journal, platform: systemPlatform })
const system = {} as ActorSystem
const ref = system.spawn(Behaviors.eventSourced({ ...door, entityId: 'd', journal }), 'door')
const open = { type: 'Open', by: 'ann' } as const

describe('a command with several names', () => {
  test('is sent under each of them, with its reply', () => {
    expectTypeOf(entrance.ask(open)).resolves.toEqualTypeOf<boolean>()
    expectTypeOf(entrance.ask({ type: 'Close', by: 'ann' })).resolves.toEqualTypeOf<boolean>()
    expectTypeOf(entrance.tell(open)).resolves.toEqualTypeOf<void>()
    expectTypeOf(system.ask(ref, open, 1)).resolves.toEqualTypeOf<boolean>()
    void given(door).when(open).then({ reply: true })
    expectTypeOf(engine.execute('d', open)).resolves.toExtend<
      { kind: 'replied'; reply: boolean } | { kind: 'rejected' }
    >()
  })

  test('has its fields checked', () => {
    // @ts-expect-error by is missing
    void entrance.ask({ type: 'Open' })
    // @ts-expect-error by is a text
    void entrance.tell({ type: 'Close', by: 1 })
    // @ts-expect-error there is no such field
    void system.ask(ref, { ...open, hard: true }, 1)
    // @ts-expect-error no such command
    void system.ask(ref, { type: 'Opened', by: 'ann' }, 1)
    // @ts-expect-error the reply is true or false
    void given(door).when(open).then({ reply: 'yes' })
    // @ts-expect-error by is missing
    void engine.execute('d', { type: 'Close' })
  })

  test('may be one of several, told apart when the program runs', () => {
    const either = {} as { type: 'Open' | 'Close'; by: string } | { type: 'Slam' }
    expectTypeOf(entrance.ask(either)).resolves.toEqualTypeOf<boolean | void>()
    expectTypeOf(system.ask(ref, either, 1)).resolves.toEqualTypeOf<boolean | void>()
  })
})

describe('a command with an optional replyTo', () => {
  test('has a reply or none', () => {
    expectTypeOf(entrance.ask({ type: 'Knock', times: 3 })).resolves.toEqualTypeOf<string | undefined>()
    expectTypeOf(system.ask(ref, { type: 'Knock', times: 3 }, 1)).resolves.toEqualTypeOf<string | undefined>()
    expectTypeOf(entrance.ask({ type: 'Look' })).resolves.toEqualTypeOf<string | undefined>()
    void given(door).when({ type: 'Look' }).then({ reply: undefined })
    // @ts-expect-error the reply is a text
    void given(door).when({ type: 'Look' }).then({ reply: 5 })
  })
})
