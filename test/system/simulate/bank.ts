import {
  type ActorRef,
  type Behavior,
  Behaviors,
  type CommandContext,
  type CommandInput,
  type EntityDefinition,
  entity,
} from 'tailfold'
import { type SimulateOptions, simulatedRecordBytes } from '../../../src/testing/simulate/index.ts'
import { noise } from '../../helpers/noise.ts'

export interface BankState {
  readonly balance: number
  readonly txCount: number
  readonly locked: boolean
  /** When interest was last paid, in milliseconds since the Unix epoch. */
  readonly interestAt: number
}

export type BankEvent =
  | { type: 'Deposited' | 'Withdrawn'; amount: number; memo?: string }
  | { type: 'InterestPaid'; at: number }
  | { type: 'Locked' | 'Unlocked' }

export type BankCommand =
  | { type: 'Deposit'; amount: number; memo?: string; replyTo: ActorRef<number> }
  | { type: 'DepositAll'; amounts: number[]; replyTo: ActorRef<number> }
  | { type: 'Withdraw'; amount: number; replyTo: ActorRef<string> }
  | { type: 'PayInterest'; replyTo: ActorRef<number> }
  | { type: 'Lock' }
  | { type: 'Unlock' }
  | { type: 'Confirm'; replyTo: ActorRef<number> }
  | { type: 'GetBalance'; replyTo: ActorRef<BankState> }
  | { type: 'Leave'; replyTo: ActorRef<string> }
  | { type: 'Open' }
  | { type: 'Fail' }

const interestEveryMs = 300

function onEvent(state: BankState, event: BankEvent): BankState {
  const txCount = state.txCount + 1
  switch (event.type) {
    case 'Deposited':
      return { ...state, txCount, balance: state.balance + event.amount }
    case 'Withdrawn':
      return { ...state, txCount, balance: state.balance - event.amount }
    case 'InterestPaid':
      return { ...state, txCount, balance: state.balance + 1, interestAt: event.at }
    case 'Locked':
    case 'Unlocked':
      return { ...state, txCount, locked: event.type === 'Locked' }
  }
}

async function onCommand(
  ctx: CommandContext,
  state: BankState,
  command: BankCommand,
): Promise<Behavior<BankEvent, BankState>> {
  switch (command.type) {
    case 'Deposit': {
      const { amount, memo } = command
      const event: BankEvent = { type: 'Deposited', amount, ...(memo !== undefined && { memo }) }
      return Behaviors.persisted({ events: [event], reply: (after) => after.balance })
    }
    case 'DepositAll': {
      const events = command.amounts.map((amount): BankEvent => ({ type: 'Deposited', amount }))
      return Behaviors.persisted({ events, reply: (after) => after.balance })
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
    case 'PayInterest':
      if (ctx.now < state.interestAt + interestEveryMs)
        return Behaviors.rejected('too early', { waitMs: state.interestAt + interestEveryMs - ctx.now })
      return Behaviors.persisted({
        events: [{ type: 'InterestPaid', at: ctx.now }],
        reply: (after) => after.interestAt,
      })
    case 'Lock':
      return state.locked ? Behaviors.same() : Behaviors.persisted({ events: [{ type: 'Locked' }] })
    case 'Unlock':
      return state.locked ? Behaviors.persisted({ events: [{ type: 'Unlocked' }] }) : Behaviors.same()
    case 'Confirm':
      return Behaviors.persisted({ events: [], reply: (after) => after.balance })
    case 'GetBalance':
      command.replyTo.tell(state)
      return Behaviors.same()
    case 'Leave':
      command.replyTo.tell('bye')
      return Behaviors.stopped()
    case 'Open':
      if (ctx.revision > 0) return Behaviors.rejected('already open')
      return Behaviors.persisted({ events: [{ type: 'Deposited', amount: 0 }] })
    case 'Fail':
      throw new Error('the handler failed')
  }
}

/** A bank account that uses all a handler can: time, the revision, no-ops, several events, queries, failures. */
const bank: EntityDefinition<'account', BankState, BankEvent, BankCommand> = entity({
  entityType: 'account',
  initialState: { balance: 0, txCount: 0, locked: false, interestAt: 0 },
  onEvent,
  onCommand,
})

/** Cumulative shares of the commands. */
const shares: ReadonlyArray<readonly [number, (amount: number) => CommandInput<BankCommand>]> = [
  [0.05, () => ({ type: 'Open' })],
  [0.35, (amount) => ({ type: 'Deposit', amount })],
  [0.43, (amount) => ({ type: 'DepositAll', amounts: [amount, 1, 2] })],
  [0.65, (amount) => ({ type: 'Withdraw', amount: amount * 2 })],
  [0.71, () => ({ type: 'PayInterest' })],
  [0.76, () => ({ type: 'Lock' })],
  [0.8, () => ({ type: 'Unlock' })],
  [0.84, () => ({ type: 'Confirm' })],
  [0.96, () => ({ type: 'GetBalance' })],
  [0.98, () => ({ type: 'Leave' })],
  [1, () => ({ type: 'Fail' })],
]

const memo = noise(simulatedRecordBytes * 2)

/** The bank as the simulation uses it: mostly deposits, withdrawals that are often rejected, queries, a few failures. */
export const bankSimulation = {
  entity: bank,
  command(random: () => number) {
    const kind = random()
    const amount = 1 + Math.floor(random() * 20)
    const [, make] = shares.find(([share]) => kind < share) ?? []
    return make?.(amount) ?? { type: 'GetBalance' }
  },
  oversized: () => ({ type: 'Deposit', amount: 1, memo }),
  invariant: {
    state: ({ balance }) => balance >= 0 || 'the balance is negative',
    history: ({ steps }) =>
      steps.every(({ timestamp, events }) =>
        events.every((event) => event.type !== 'InterestPaid' || event.at === timestamp),
      ) || 'interest is paid at another time than its commit says',
  },
} satisfies SimulateOptions<BankState, BankEvent, BankCommand>
