import { createEngine, systemPlatform } from '../../../src/index.ts'
import { keyValueJournal } from '../../../src/journal/index.ts'
import { seeded } from '../ballast.ts'
import { accountEntity } from '../contenders/tailfold.ts'
import { count } from '../counts.ts'
import { costPerCommand, distantStore } from './simulated-network.ts'
import { measurePaired, type PairedFigure, timed } from './statistics.ts'

/**
 * Warm processes that take turns on one entity, one command at a time, against the same processes with the cache off,
 * which come first. Costs are means of the warm commands.
 */
export interface TurnsRow extends PairedFigure {
  readonly processes: number
  readonly order: TurnOrder
  readonly requests: number
  readonly readUnits: number
  readonly writeUnits: number
}

/** Whose turn it is. */
export type TurnOrder = 'in order' | 'at random'

/** Commands of one side in a pair; its figure is their mean. */
export const commandsInTurns = count(16, 4)
const pairs = count(15, 2)
const deposit = { type: 'Deposit', amount: 1 } as const

/** Processes of one kind over a store of their own. */
function openSide(processes: number, order: TurnOrder, cache: { readonly maxEntries?: number }) {
  const { store, total } = distantStore()
  const open = () =>
    createEngine(accountEntity(), { journal: keyValueJournal(store), platform: systemPlatform, cache })
  const engines = Array.from({ length: processes }, open)
  const random = seeded()
  let turn = 0
  async function command(): Promise<void> {
    turn += 1
    const next = order === 'in order' ? turn : Math.floor(random() * processes)
    await engines[next % processes]?.execute('acc-001', deposit)
  }
  return {
    total,
    /** Mean milliseconds of a command. */
    async block(): Promise<number> {
      const ms = await timed(async () => {
        for (let n = 0; n < commandsInTurns; n++) await command()
      })
      return ms / commandsInTurns
    },
    async check(): Promise<void> {
      const { balance } = (await open().read('acc-001')).state as { balance: number }
      if (balance !== turn) throw new Error(`the balance is ${balance} after ${turn} deposits of 1`)
    },
  }
}

/** Lets so many processes take turns. */
export async function measureTurns(processes: number, order: TurnOrder): Promise<TurnsRow> {
  const cold = openSide(processes, order, { maxEntries: 0 })
  const warm = openSide(processes, order, {})
  // Long enough for every process to have had a turn.
  await measurePaired(3, cold.block, warm.block)
  const before = warm.total()
  const figure = await measurePaired(pairs, cold.block, warm.block)
  const cost = costPerCommand(before, warm.total(), pairs * commandsInTurns)
  await cold.check()
  await warm.check()
  return { processes, order, ...cost, ...figure }
}
