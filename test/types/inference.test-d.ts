import {
  type ActorRef,
  type ActorSystem,
  type Behavior,
  Behaviors,
  type CommandContext,
  createEngine,
  type EntityDefinition,
  entity,
  InMemoryJournal,
  type StandardSchema,
  systemPlatform,
} from 'tailfold'
import { client } from 'tailfold/client'
import { createApp } from 'tailfold/http'
import { given } from 'tailfold/testing'
import { describe, expectTypeOf, test } from 'vitest'
import { z } from 'zod'

type State = { total: number }
declare const by: StandardSchema<{ by: number }, { by: number }>
declare const none: StandardSchema<object, object>
type Event = { type: 'Added'; by: number } | { type: 'Reset' }
type Command =
  | { type: 'Add'; by: number }
  | { type: 'Reset'; replyTo: ActorRef<number> }
  | { type: 'Get'; replyTo: ActorRef<State> }

const basket = entity({
  entityType: 'basket',
  initialState: { count: 0 },
  commands: {
    Add: z.strictObject({
      item: z.string(),
      count: z.int().default(1),
      at: z.string().transform(Number).optional(),
    }),
    Count: z.strictObject({}),
    Clear: z.strictObject({}),
  },
  events: {
    Added: z.strictObject({ item: z.string(), count: z.int().default(1) }),
    Cleared: z.strictObject({}),
  },
  replies: { Count: z.int() },
  internal: ['Clear'],
  view: ({ count }) => ({ items: count }),
  onEvent(state, event) {
    expectTypeOf(state).toEqualTypeOf<{ count: number }>()
    if (event.type === 'Cleared') return { count: 0 }
    expectTypeOf(event).toEqualTypeOf<{ type: 'Added'; item: string; count?: number | undefined }>()
    return { count: state.count + (event.count ?? 1) }
  },
  async onCommand(ctx, state, command) {
    expectTypeOf(ctx).toEqualTypeOf<CommandContext>()
    switch (command.type) {
      case 'Add':
        expectTypeOf(command.count).toEqualTypeOf<number>()
        expectTypeOf(command.at).toEqualTypeOf<number | undefined>()
        return Behaviors.persisted({
          events: [{ type: 'Added', item: command.item, count: command.count }],
          reply: (after) => void expectTypeOf(after).toEqualTypeOf<{ count: number }>(),
        })
      case 'Clear':
        return Behaviors.persisted({ events: [{ type: 'Cleared' }] })
      case 'Count':
        command.replyTo.tell(state.count)
        return Behaviors.same()
    }
  },
})
const journal = new InMemoryJournal()
const app = createApp({ journal, entities: [basket], authorize: 'everybody' })
const shop = client<typeof app>({ baseUrl: '' }).basket('b')

describe('an entity with schemas', () => {
  test('needs no annotation', () => {
    expectTypeOf(basket.entityType).toEqualTypeOf<'basket'>()
    expectTypeOf(basket.onCommand).parameter(2).toExtend<{ type: 'Add' | 'Count' | 'Clear' }>()
  })

  test('is sent what its schemas accept, and handles what they make', () => {
    const engine = createEngine(basket, { journal, platform: systemPlatform })
    const system = {} as ActorSystem
    const ref = system.spawn(Behaviors.eventSourced({ ...basket, entityId: 'b', journal }), 'b')
    void engine.execute('b', { type: 'Add', item: 'tea', at: '5' })
    void shop.ask({ type: 'Add', item: 'tea' })
    void system.ask(ref, { type: 'Add', item: 'tea', count: 2 }, 1)
    ref.tell({ type: 'Add', item: 'tea' })
    void given(basket)
      .when({ type: 'Add', item: 'tea' })
      .then({ state: { count: 1 } })
    expectTypeOf(shop.ask({ type: 'Count' })).resolves.toEqualTypeOf<number>()
    expectTypeOf(system.ask(ref, { type: 'Count' }, 1)).resolves.toEqualTypeOf<number>()
    // @ts-expect-error at is a text before the schema makes a number of it
    void shop.ask({ type: 'Add', item: 'tea', at: 5 })
    // @ts-expect-error item has no default
    void given(basket).when({ type: 'Add' })
    // @ts-expect-error count is a number
    void system.ask(ref, { type: 'Add', item: 'tea', count: '2' }, 1)
    // @ts-expect-error no such command
    void engine.execute('b', { type: 'Ad', item: 'tea' })
  })

  test('may be bound to an id as it is written', () => {
    const bound = Behaviors.eventSourced({
      entityType: 'light',
      entityId: 'l',
      journal,
      initialState: { on: false },
      commands: { Switch: z.object({ on: z.boolean().default(true) }) },
      events: { Switched: z.object({ on: z.boolean() }) },
      onEvent: (_state, { on }) => ({ on }),
      onCommand: (_ctx, _state, { on }) => Behaviors.persisted({ events: [{ type: 'Switched', on }] }),
    })
    const light = ({} as ActorSystem).spawn(bound, 'l')
    light.tell({ type: 'Switch' })
    // @ts-expect-error no such command
    light.tell({ type: 'Dim' })
  })

  test('has a schema for the reply of a command that it has', () => {
    const commands = { Get: z.object({}) }
    const handlers = { initialState: 0, onEvent: (state: number) => state, onCommand: () => Behaviors.same() }
    entity({ entityType: 'a', commands, replies: { Get: z.int() }, ...handlers })
    // @ts-expect-error no such command
    entity({ entityType: 'a', commands, replies: { Gte: z.int() }, ...handlers })
  })
})

describe('a client', () => {
  test('does not offer internal commands', () => {
    // @ts-expect-error Clear is for this process alone
    void shop.ask({ type: 'Clear' })
  })

  test('reads what view makes of the state', () => {
    expectTypeOf(shop.state()).resolves.toEqualTypeOf<{ items: number }>()
  })
})

describe('an entity without schemas', () => {
  const counter = entity({
    entityType: 'counter',
    initialState: { total: 0 },
    onEvent: (state, event: Event) => ({ total: event.type === 'Reset' ? 0 : state.total + event.by }),
    async onCommand(_ctx, state, command: Command) {
      switch (command.type) {
        case 'Add':
          return Behaviors.persisted({ events: [{ type: 'Added', by: command.by }] })
        case 'Reset':
          return Behaviors.persisted({ events: [{ type: 'Reset' }], reply: (after) => after.total })
        case 'Get':
          command.replyTo.tell(state)
          return Behaviors.same()
      }
    },
  })

  test('has its event and command annotated, and nothing else', () => {
    expectTypeOf(counter.initialState).toEqualTypeOf<State>()
    expectTypeOf(counter.onEvent).parameter(1).toEqualTypeOf<Event>()
    expectTypeOf(counter.onCommand).parameter(2).toEqualTypeOf<Command>()
  })

  test('takes explicit types', () => {
    const explicit = entity<'counter', State, Event, Command>({
      entityType: 'counter',
      initialState: { total: 0 },
      commands: { Add: z.object({ by: z.number() }), Reset: z.object({}), Get: z.object({}) },
      internal: ['Reset'],
      onEvent: (state, event) => ({ total: event.type === 'Reset' ? 0 : state.total + event.by }),
      onCommand(_ctx, state, command) {
        if (command.type === 'Get') command.replyTo.tell(state)
        return Behaviors.same()
      },
    })
    expectTypeOf(explicit).toExtend<EntityDefinition<'counter', State, Event, Command>>()
    // @ts-expect-error a state has a total
    entity<'counter', State, Event, Command>({ ...counter, initialState: {} })
  })

  test('is a definition of four types, whatever it declares', () => {
    const take = <S, E extends Event, C extends Command>(definition: EntityDefinition<string, S, E, C>): S =>
      definition.initialState
    expectTypeOf(take(counter)).toEqualTypeOf<State>()
  })

  test('refuses what it does not handle', () => {
    entity({
      ...counter,
      // @ts-expect-error no such event
      onCommand: (_ctx, _state, _command: Command) => Behaviors.persisted({ events: [{ type: 'Ad' }] }),
    })
    // @ts-expect-error no such command
    entity({ ...counter, commands: { Add: by, Reset: none, Get: none, Put: none } })
    // @ts-expect-error no such event
    entity({ ...counter, events: { Added: by, Reset: none, Put: none } })
    // @ts-expect-error no such command
    entity({ ...counter, internal: ['Rest'] })
    // @ts-expect-error a state has a total
    entity({ ...counter, initialState: { totl: 0 } })
  })
})

test('a wrong event is found where it is persisted', () => {
  const decide = (by: number): Behavior<Event, State> => {
    // @ts-expect-error by is a number
    if (by === 1) return Behaviors.persisted({ events: [{ type: 'Added', by: '1' }] })
    // @ts-expect-error an event has no such field, and it would be stored
    if (by === 4) return Behaviors.persisted({ events: [{ type: 'Added', by, noet: 'x' }] })
    // @ts-expect-error by is missing
    if (by === 2) return Behaviors.persisted({ events: [{ type: 'Added' }] })
    return Behaviors.persisted({ events: by > 3 ? [{ type: 'Reset' }, { type: 'Added', by }] : [] })
  }
  const helper = (event: Event) => Behaviors.persisted({ events: [event] })
  expectTypeOf(helper).returns.toExtend<Behavior<Event, State>>()
  expectTypeOf(decide).toBeFunction()
})

test('a schema of no library works too', () => {
  type Amount = { amount: number }
  const amount = {} as StandardSchema<unknown, Amount>
  const till = entity({
    entityType: 'till',
    initialState: 0,
    commands: { Pay: amount },
    onEvent: (state, event: { type: 'Paid' } & Amount) => state + event.amount,
    onCommand: (_ctx, _state, { amount: paid }) =>
      Behaviors.persisted({ events: [{ type: 'Paid', amount: paid }] }),
  })
  void given(till).when({ type: 'Pay', amount: 5 })
})

test('a helper outside of an entity keeps the names of its events', () => {
  type Event = { readonly type: 'Opened' } | { readonly type: 'Added'; readonly by: number }
  const opened = (by: number) => Behaviors.persisted({ events: [{ type: 'Opened' }, { type: 'Added', by }] })
  expectTypeOf(opened).returns.toExtend<Behavior<Event, unknown>>()
})
