import { type ActorRef, Behaviors, entity, snapshotEvery } from 'tailfold'

export type AccountState = { balance: number; txCount: number }

export type AccountEvent = { type: 'Deposited'; amount: number } | { type: 'Withdrawn'; amount: number }

export type AccountCommand =
  | { type: 'Deposit'; amount: number }
  | { type: 'Withdraw'; amount: number; replyTo: ActorRef<string> }
  | { type: 'GetBalance'; replyTo: ActorRef<AccountState> }

/** A bank account that never goes below zero. Amounts are whole numbers of the smallest coin. */
export const account = entity({
  entityType: 'account',
  initialState: { balance: 0, txCount: 0 },
  onEvent(state, event: AccountEvent): AccountState {
    switch (event.type) {
      case 'Deposited':
        return { balance: state.balance + event.amount, txCount: state.txCount + 1 }
      case 'Withdrawn':
        return { balance: state.balance - event.amount, txCount: state.txCount + 1 }
    }
  },
  async onCommand(_ctx, state, command: AccountCommand) {
    switch (command.type) {
      case 'Deposit':
        if (!isAmount(command.amount)) return Behaviors.rejected('amount must be a positive whole number')
        return Behaviors.persisted({ events: [{ type: 'Deposited', amount: command.amount }] })
      case 'Withdraw':
        if (!isAmount(command.amount)) return Behaviors.rejected('amount must be a positive whole number')
        if (state.balance < command.amount) {
          return Behaviors.rejected('insufficient funds', { balance: state.balance })
        }
        command.replyTo.tell('ok')
        return Behaviors.persisted({ events: [{ type: 'Withdrawn', amount: command.amount }] })
      case 'GetBalance':
        command.replyTo.tell(state)
        return Behaviors.same()
      default:
        return Behaviors.unhandled()
    }
  },
  snapshotPolicy: snapshotEvery({ nEvents: 100 }),
})

function isAmount(amount: unknown): boolean {
  return Number.isSafeInteger(amount) && Number(amount) > 0
}
