// A package of entities that publishes its declarations: all it infers must have names that others can import.
import {
  type ActorRef,
  ActorSystem,
  Behaviors,
  type CommandOf,
  createEngine,
  type Engine,
  entity,
  type EntityDefinition,
  type EventOf,
  InMemoryJournal,
  type StandardSchema,
  systemPlatform,
} from 'tailfold'
import { client } from 'tailfold/client'
import { dynamoDbJournal } from 'tailfold/dynamodb'
import { fetchHandler } from 'tailfold/fetch'
import { readPast } from 'tailfold/history'
import { createApp } from 'tailfold/http'
import { type LambdaHandler, lambdaHandler } from 'tailfold/lambda'
import { nodeServer } from 'tailfold/node'
import { jsonLog } from 'tailfold/observe'
import { openApi } from 'tailfold/openapi'
import { sqliteJournal } from 'tailfold/sqlite'
import { type Store } from 'tailfold/store'
import { given } from 'tailfold/testing'

type State = { readonly count: number }
declare const add: StandardSchema<{ item: string; count?: number }, { item: string; count: number }>
declare const none: StandardSchema<Record<string, never>, Record<string, never>>
declare const count: StandardSchema<number, number>
const commands = { Add: add, Count: none }
const events = { Added: add }

export type Command = CommandOf<typeof commands, { Count: typeof count }>
export type Event = EventOf<typeof events>

export const basket = entity({
  entityType: 'basket',
  initialState: { count: 0 },
  commands,
  events,
  replies: { Count: count },
  onEvent: (state, event) => ({ count: state.count + (event.count ?? 1) }),
  onCommand(_ctx, state, command) {
    switch (command.type) {
      case 'Add':
        return Behaviors.persisted({ events: [{ type: 'Added', item: command.item, count: command.count }] })
      case 'Count':
        command.replyTo.tell(state.count)
        return Behaviors.same()
    }
  },
})
export const explicit: EntityDefinition<'basket', State, Event, Command> = entity<
  'basket',
  State,
  Event,
  Command
>({
  entityType: 'basket',
  initialState: { count: 0 },
  onEvent: (state, event) => ({ count: state.count + (event.count ?? 1) }),
  onCommand: () => Behaviors.same(),
})
export const engine = createEngine(basket, { journal: new InMemoryJournal(), platform: systemPlatform })
export const anyEngine: Engine = engine
export const app = createApp({
  journal:
    process.env['TABLE'] === undefined
      ? sqliteJournal({ file: ':memory:' })
      : dynamoDbJournal({ tableName: 'x' }),
  entities: [basket],
  authorize: 'everybody',
  observers: [jsonLog()],
  openapi: openApi({ title: 'Shop', version: '1.0.0' }),
})
export const handler = lambdaHandler(app)
declare const middleware: { before(): void }
export const withMiddleware: LambdaHandler = lambdaHandler(app).use(middleware)
export const respond = fetchHandler(app)
export const server = nodeServer(app, { port: 0 })
export const shop = client<typeof app>({ baseUrl: '' })
export const total: Promise<number> = shop.basket('b').ask({ type: 'Count' })
export const past = readPast(engine.reader(), 'b', { revision: 1 })
export const system = new ActorSystem({ name: 'shop' })
export const ref: ActorRef<{ type: 'Add'; item: string; count?: number; replyTo?: never } | Command> =
  system.spawn(Behaviors.eventSourced({ ...basket, entityId: 'b', journal: new InMemoryJournal() }), 'b')
export const tested: Promise<void> = given(basket)
  .when({ type: 'Add', item: 'tea' })
  .then({ state: { count: 1 } })
export type { Store }

// @ts-expect-error no such command
void engine.execute('b', { type: 'Ad', item: 'tea' })
// @ts-expect-error item is a text
void shop.basket('b').tell({ type: 'Add', item: 5 })
