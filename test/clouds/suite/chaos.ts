import { createEngine, type Store, systemPlatform } from 'tailfold'
import { keyValueJournal } from 'tailfold/store'
import { seededRandom } from 'tailfold/testing'
import { account } from '../../../functions/bank/account.ts'
import { type OpenStore, times, withStores } from './store-case.ts'

const writers = 8
const deposits = 10
/** Part of the appends that fail: half of them before they reach the store, half after. */
const faulty = 0.25

/**
 * Writers whose appends fail send each command twice under one id: each is carried out exactly once.
 * Resolves with `80 of 80`; a failure names the seed.
 */
export function chaos(open: OpenStore, seed = 1): Promise<string> {
  return withStores(open, writers, async (stores) => {
    const id = globalThis.crypto.randomUUID()
    const random = seededRandom(seed)
    const deposit = (store: Store, number: number) => {
      const engine = createEngine(account, {
        journal: keyValueJournal(unreliable(store, random)),
        platform: systemPlatform,
        retry: { timeoutMs: 30_000 },
      })
      return times(deposits, async (index) => {
        const commandId = `${number}-${index}`
        for (let answers = 0; answers < 2; answers++)
          await engine.execute(id, { type: 'Deposit', amount: 1 }, { commandId })
      })
    }
    await Promise.all(stores.map(deposit))
    const [store] = stores as [Store]
    const reader = createEngine(account, { journal: keyValueJournal(store), platform: systemPlatform })
    const { balance } = (await reader.read(id)).state as { balance: number }
    const all = writers * deposits
    if (balance !== all) throw new Error(`Of ${all} deposits ${balance} were carried out. Seed: ${seed}.`)
    return `${balance} of ${all}`
  })
}

function unreliable(store: Store, random: () => number): Store {
  return {
    ...store,
    async append(...args) {
      const draw = random()
      if (draw < faulty / 2) throw new Error('The request was lost.')
      const result = await store.append(...args)
      if (draw < faulty) throw new Error('The answer was lost.')
      return result
    },
  }
}
