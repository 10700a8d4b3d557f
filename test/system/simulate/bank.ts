import { type ActorRef, type Behavior, Behaviors, type CommandContext, entity } from 'tailfold'
import { account } from '../../../functions/bank/account.ts'
import { type SimulateOptions, simulatedRecordBytes } from '../../../src/testing/simulate/index.ts'
import { noise } from '../../helpers/noise.ts'

type State = { balance: number; txCount: number }
type Event = { type: 'Deposited' | 'Withdrawn'; amount: number; memo?: string }
type Command =
  | { type: 'Deposit'; amount: number; memo?: string; replyTo: ActorRef<number> }
  | { type: 'Withdraw'; amount: number; replyTo: ActorRef<string> }
  | { type: 'GetBalance'; replyTo: ActorRef<State> }
  | { type: 'Open' }
  | { type: 'Fail' }

/** The bank account with a memo, a reply to each deposit, one that only opens it, and one that makes its handler throw. */
const ledger = entity({
  entityType: 'account',
  initialState: account.initialState,
  onEvent: (state: State, event: Event): State => account.onEvent(state, event),
  async onCommand(ctx: CommandContext, state: State, command: Command): Promise<Behavior<Event, State>> {
    switch (command.type) {
      case 'Deposit': {
        const { amount, memo } = command
        const event: Event = { type: 'Deposited', amount, ...(memo !== undefined && { memo }) }
        return Behaviors.persisted({ events: [event], reply: (after) => after.balance })
      }
      case 'Withdraw':
        if (state.balance < command.amount)
          return Behaviors.rejected('insufficient funds', { balance: state.balance })
        command.replyTo.tell('ok')
        // Two events, so that a commit can be torn.
        return Behaviors.persisted({
          events: [
            { type: 'Withdrawn', amount: command.amount - 1 },
            { type: 'Withdrawn', amount: 1 },
          ],
        })
      case 'GetBalance':
        command.replyTo.tell(state)
        return Behaviors.same()
      case 'Open':
        if (ctx.revision > 0) return Behaviors.rejected('already open')
        return Behaviors.persisted({ events: [{ type: 'Deposited', amount: 0 }] })
      case 'Fail':
        throw new Error('the handler failed')
    }
  },
})

/** The bank as the simulation uses it: mostly deposits, withdrawals that are often refused, queries, a few failures. */
export const bankSimulation = {
  entity: ledger,
  command(random: () => number) {
    const kind = random()
    const amount = 1 + Math.floor(random() * 20)
    if (kind < 0.06) return { type: 'Open' }
    if (kind < 0.48) return { type: 'Deposit', amount }
    if (kind < 0.78) return { type: 'Withdraw', amount: amount * 2 }
    return kind < 0.98 ? { type: 'GetBalance' } : { type: 'Fail' }
  },
  oversized: () => ({ type: 'Deposit', amount: 1, memo: noise(simulatedRecordBytes * 2) }),
} satisfies SimulateOptions<State, Event, Command>
