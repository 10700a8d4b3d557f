import { noise } from './noise.ts'
import { type ActorRef, type Behavior, Behaviors, type CommandContext, entity } from 'tailfold'

interface State {
  readonly balance: number
}

type Event =
  | { type: 'Deposited'; amount: number; note?: string }
  | { type: 'Withdrawn'; amount: number }
  | { type: 'Noted' }

type Command =
  | { type: 'Deposit'; amount: number; note?: unknown }
  | { type: 'Split'; amounts: readonly number[] }
  | { type: 'Withdraw'; amount: number; replyTo: ActorRef<{ balance: number }> }
  | { type: 'GetBalance'; replyTo: ActorRef<number> }
  | { type: 'Explode' }
  | { type: 'PersistUnknown' }
  | { type: 'PersistNaN' }
  | { type: 'PersistHuge' }
  | { type: 'Hang' }

/** Stands in the error that `Explode` throws; must never leave the process. */
export const secret = 'the-password-is-hunter2'

/** An account with commands that misbehave in every way HTTP has to answer for. */
export const account = entity({
  entityType: 'account',
  initialState: { balance: 0 },
  onEvent(state: State, event: Event): State {
    switch (event.type) {
      case 'Deposited':
        return { balance: state.balance + event.amount }
      case 'Withdrawn':
        return { balance: state.balance - event.amount }
      default:
        return undefined as never
    }
  },
  async onCommand(_ctx: CommandContext, state: State, command: Command): Promise<Behavior<Event, State>> {
    switch (command.type) {
      case 'Deposit':
        return Behaviors.persisted({ events: [{ type: 'Deposited', amount: command.amount }] })
      case 'Split':
        return Behaviors.persisted({
          events: command.amounts.map((amount) => ({ type: 'Deposited', amount })),
        })
      case 'Withdraw':
        if (command.amount > state.balance) {
          return Behaviors.rejected('insufficient funds', { balance: state.balance })
        }
        return Behaviors.persisted({
          events: [{ type: 'Withdrawn', amount: command.amount }],
          reply: (newState) => newState,
        })
      case 'GetBalance':
        command.replyTo.tell(state.balance)
        return Behaviors.same()
      case 'Explode':
        throw new Error(secret)
      case 'PersistUnknown':
        return Behaviors.persisted({ events: [{ type: 'Noted' }] })
      case 'PersistNaN':
        return Behaviors.persisted({ events: [{ type: 'Deposited', amount: Number.NaN }] })
      case 'PersistHuge':
        return Behaviors.persisted({
          events: [{ type: 'Deposited', amount: 1, note: noise(800 * 1024) }],
        })
      case 'Hang':
        return new Promise(() => {})
      default:
        return Behaviors.unhandled()
    }
  },
})

/** A second entity type, so that paths have to tell types apart. */
export const counter = entity({
  entityType: 'counter',
  initialState: { count: 0 },
  onEvent: (state: { count: number }, _event: { type: 'Counted' }) => ({ count: state.count + 1 }),
  onCommand: (_ctx, _state, command: { type: 'Count' }): Behavior<{ type: 'Counted' }, { count: number }> =>
    command.type === 'Count' ? Behaviors.persisted({ events: [{ type: 'Counted' }] }) : Behaviors.unhandled(),
})
