import { createEngine, type Engine, KeyValueJournal, memoryStore, type Store } from 'tailfold'
import { readPast } from 'tailfold/history'
import { describe, expect, test } from 'vitest'
import { account } from '../../functions/bank/account.ts'
import { virtualPlatform } from '../../src/testing/virtual-platform.ts'
import { command } from '../helpers/bank.ts'

/** A store that tells what it is asked. */
function counted(): { readonly store: Store; readonly requests: string[] } {
  const memory = memoryStore()
  const requests: string[] = []
  const store: Store = {
    ...memory,
    recover: (...args) => (requests.push('recover'), memory.recover(...args)),
    range: (...args) => (requests.push('range'), memory.range(...args)),
  }
  return { store, requests }
}

async function filled(commits: number, inlineState: boolean) {
  const { store, requests } = counted()
  const journal = new KeyValueJournal(store, { inlineState })
  const engine: Engine = createEngine(account, { journal, platform: virtualPlatform() })
  for (let count = 0; count < commits; count++) await engine.execute('acc-001', command.deposit(1))
  await engine.idle()
  requests.length = 0
  return { engine, requests }
}

describe('a past revision', () => {
  test('costs two requests where states ride along', async () => {
    const { engine, requests } = await filled(50, true)
    expect(await readPast(engine.reader(), 'acc-001', { revision: 7 })).toMatchObject({
      revision: 7,
      state: { balance: 7 },
    })
    expect(requests.length).toBeLessThanOrEqual(2)
  })

  test.for([true, false])(
    'to which the entity has not come is told by a few requests, however far it is (states ride: %s)',
    async (inlineState) => {
      const { engine, requests } = await filled(50, inlineState)
      expect(await readPast(engine.reader(), 'acc-001', { revision: 51 })).toBeUndefined()
      const next = requests.length
      expect(await readPast(engine.reader(), 'acc-001', { revision: 999_999_999_999_999 })).toBeUndefined()
      expect(requests.length).toBe(2 * next)
      expect(next).toBeLessThanOrEqual(3)
    },
  )
})
