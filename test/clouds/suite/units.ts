import { createEngine, systemPlatform } from 'tailfold'
import { keyValueJournal } from 'tailfold/store'
import { account } from '../../../functions/bank/account.ts'
import { type OpenStore, withStores } from './store-case.ts'

/** What one command on a long-lived account costs. */
export interface CommandCosts {
  readonly warm: readonly [requests: number, readUnits: number, writeUnits: number]
  readonly cold: readonly [requests: number, readUnits: number, writeUnits: number]
  /** Names of the units, as the store gives them. */
  readonly units: { readonly read: string; readonly write: string } | undefined
}

const history = 20

/** Measures a deposit by a process that knows the account, and by one that has to read it. */
export function commandCosts(open: OpenStore): Promise<CommandCosts> {
  return withStores(open, 1, async ([store]) => {
    if (store === undefined) throw new TypeError('commandCosts needs a store.')
    const id = globalThis.crypto.randomUUID()
    const newEngine = () =>
      createEngine(account, { journal: keyValueJournal(store), platform: systemPlatform, costs: true })
    const deposit = async (engine: ReturnType<typeof newEngine>) => {
      const { cost } = await engine.execute(id, { type: 'Deposit', amount: 1 })
      if (cost === undefined) throw new Error('The engine reported no cost.')
      return [cost.requests, cost.readUnits, cost.writeUnits] as const
    }
    const engine = newEngine()
    for (let commit = 0; commit < history; commit++) await deposit(engine)
    return { warm: await deposit(engine), cold: await deposit(newEngine()), units: store.units }
  })
}

/** `1/0/1 · 2/9/1`: requests, read units and write units, warm and cold. */
export function costText({ warm, cold }: CommandCosts): string {
  return `${warm.join('/')} · ${cold.join('/')}`
}
