import { createEngine, systemPlatform } from 'tailfold'
import { keyValueJournal } from 'tailfold/store'
import { account } from '../../../functions/bank/account.ts'
import { type OpenStore, times, withStores } from './store-case.ts'

const writers = 16
const deposits = 20

/**
 * 16 engines, each with a connection and a cache of its own, deposit 1 into one account 20 times each, all at once. Every
 * one of the 320 commands succeeds and is written once. Resolves with `320 of 320, <requests per command>`.
 */
export function contention(open: OpenStore): Promise<string> {
  return withStores(open, writers, async (stores) => {
    const id = globalThis.crypto.randomUUID()
    const engines = stores.map((store) =>
      createEngine(account, {
        journal: keyValueJournal(store),
        platform: systemPlatform,
        retry: { timeoutMs: 60_000 },
        costs: true,
      }),
    )
    let [succeeded, requests] = [0, 0]
    const failures: unknown[] = []
    const write = (engine: (typeof engines)[number]) =>
      times(deposits, async () => {
        try {
          const { cost } = await engine.execute(id, { type: 'Deposit', amount: 1 })
          succeeded += 1
          requests += cost?.requests ?? 0
        } catch (error) {
          failures.push(error)
        }
      })
    await Promise.all(engines.map(write))
    const { state } = (await engines[0]?.read(id)) ?? {}
    const told = JSON.stringify({ succeeded, state })
    const all = writers * deposits
    if (told !== JSON.stringify({ succeeded: all, state: { balance: all, txCount: all } }))
      throw new Error(`Of ${all} deposits: ${told}`, { cause: failures[0] })
    return `${succeeded} of ${all}, ${(requests / succeeded).toFixed(2)}`
  })
}
