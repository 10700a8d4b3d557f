import {
  type CommandInput,
  createEngine,
  type Engine,
  type EngineOptions,
  KeyValueJournal,
  memoryStore,
  type Store,
} from 'tailfold'
import { type AccountCommand, account } from '../../functions/bank/account.ts'
import { type VirtualPlatform, virtualPlatform } from '../../src/testing/virtual-platform.ts'
import { type FaultyStore, faultyStore } from './faulty-store.ts'

/** A bank on one store: engines over it are processes that share nothing but the store. */
export interface Bank {
  readonly store: FaultyStore
  readonly journal: KeyValueJournal
  readonly platform: VirtualPlatform
  /** One more process. */
  engine(options?: Partial<EngineOptions>): Engine
  /** The balance as a process sees it that starts now. */
  balance(entityId?: string): Promise<number>
}

/** Opens a bank; by default in memory. */
export function openBank(store: Store = memoryStore()): Bank {
  const faulty = faultyStore(store)
  const journal = new KeyValueJournal(faulty)
  const platform = virtualPlatform()
  const engine = (options: Partial<EngineOptions> = {}) =>
    createEngine(account, { journal, platform, ...options })
  return {
    store: faulty,
    journal,
    platform,
    engine,
    async balance(entityId = 'acc-001') {
      const { state } = await engine().read(entityId)
      return (state as { balance: number }).balance
    },
  }
}

/** Commands as callers send them: without `replyTo`. */
export const command = {
  deposit: (amount: number) => ({ type: 'Deposit', amount }) satisfies CommandInput<AccountCommand>,
  withdraw: (amount: number) => ({ type: 'Withdraw', amount }) satisfies CommandInput<AccountCommand>,
  getBalance: { type: 'GetBalance' } satisfies CommandInput<AccountCommand>,
}
