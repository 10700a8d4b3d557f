// A package under `isolatedDeclarations`: each export is annotated with a type of the main entry.
import {
  type ActorRef,
  Behaviors,
  createEngine,
  type Engine,
  entity,
  type EntityDefinition,
  type EventSourcedBehavior,
  InMemoryJournal,
  systemPlatform,
} from 'tailfold'
import { type Client, client } from 'tailfold/client'
import { type App, createApp } from 'tailfold/http'

export type State = { balance: number }
export type Event = { type: 'Deposited'; amount: number; note?: string }
export type Command =
  | { type: 'Deposit'; amount: number; note?: string }
  | { type: 'Get'; replyTo?: ActorRef<State> }
export type Account = EntityDefinition<'account', State, Event, Command>

export const account: Account = entity({
  entityType: 'account',
  initialState: { balance: 0 },
  onEvent: (state, event: Event) => ({ balance: state.balance + event.amount }),
  onCommand(_ctx, state, command: Command) {
    if (command.type === 'Deposit') {
      const { amount, note } = command
      return Behaviors.persisted({
        events: [{ type: 'Deposited', amount, ...(note !== undefined && { note }) }],
      })
    }
    command.replyTo?.tell(state)
    return Behaviors.same()
  },
})
const journal = new InMemoryJournal()
export const engine: Engine<Command, State> = createEngine(account, { journal, platform: systemPlatform })
export const app: App<readonly [Account]> = createApp({
  journal,
  entities: [account],
  authorize: 'everybody',
})
export const bank: Client<typeof app> = client<typeof app>({ baseUrl: '' })
export const state: Promise<State> = bank.account('a').state()
export const reply: Promise<State | undefined> = bank.account('a').ask({ type: 'Get' })
export const bound: EventSourcedBehavior<Command> = Behaviors.eventSourced({
  ...account,
  entityId: 'a',
  journal,
})
void engine.execute('a', { type: 'Deposit', amount: 5, note: 'x' })
