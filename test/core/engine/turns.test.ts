import { createEngine, type EngineOptions, KeyValueJournal, memoryStore } from 'tailfold'
import { describe, expect, test } from 'vitest'
import { account } from '../../../functions/bank/account.ts'
import { seededRandom, virtualPlatform } from '../../../src/testing/virtual-platform.ts'
import { command } from '../../helpers/bank.ts'
import { distantStore, meteredStore } from '../../helpers/metered-store.ts'

const id = 'acc-001'
const count = 400

/** One client that sends one command at a time, each to another process; 5 ms a request. */
async function takeTurns(
  processes: number,
  next: (n: number) => number,
  options: Partial<EngineOptions> = {},
) {
  const platform = virtualPlatform()
  const journal = new KeyValueJournal(distantStore(meteredStore(memoryStore()), platform, 5))
  const engines = Array.from({ length: processes }, () =>
    createEngine(account, { journal, platform, costs: true, ...options }),
  )
  const spent = { requests: 0, readUnits: 0, writeUnits: 0, ms: 0 }
  for (let n = 0; n < count; n++) {
    const startedAt = platform.now()
    const turn = engines[next(n)] as (typeof engines)[0]
    const { cost } = await turn.execute(id, command.deposit(1))
    spent.ms += (platform.now() - startedAt) / count
    spent.requests += (cost?.requests ?? 0) / count
    spent.readUnits += (cost?.readUnits ?? 0) / count
    spent.writeUnits += (cost?.writeUnits ?? 0) / count
  }
  return spent
}

const inOrder = (processes: number) => (n: number) => n % processes
const atRandom = (processes: number) => {
  const random = seededRandom(processes)
  return () => Math.floor(random() * processes)
}

describe.each([
  ['in order', inOrder],
  ['at random', atRandom],
] as const)('processes with warm views that take turns %s', (_, order) => {
  test.each([2, 3, 4])(
    '%i of them are no slower than without a cache, and cost no more',
    async (processes) => {
      const warm = await takeTurns(processes, order(processes))
      const off = await takeTurns(processes, order(processes), { cache: { maxEntries: 0 } })
      expect(warm.ms).toBeLessThanOrEqual(1.3 * off.ms)
      expect(warm.requests).toBeLessThanOrEqual(2.1)
      expect(warm.readUnits).toBeLessThanOrEqual(1.05)
      expect(warm.writeUnits).toBeLessThanOrEqual(2)
    },
  )
})

describe('a warm process', () => {
  async function behindBy(commits: number) {
    const platform = virtualPlatform()
    const journal = new KeyValueJournal(distantStore(meteredStore(memoryStore()), platform, 5))
    const engine = () => createEngine(account, { journal, platform, costs: true })
    const [one, two] = [engine(), engine()]
    await one.execute(id, command.deposit(1))
    await two.read(id)
    const fallBehind = async () => {
      for (let n = 0; n < commits; n++) await two.execute(id, command.deposit(1))
      return (await one.execute(id, command.deposit(1))).cost
    }
    return [await fallBehind(), await fallBehind()] as const
  }

  test('that nobody overtook needs one request', async () => {
    const calm = { requests: 1, readUnits: 0, writeUnits: 1 }
    expect(await behindBy(0)).toMatchObject([calm, calm])
  })

  test('one commit behind needs two and no read; from then on it reads first', async () => {
    expect(await behindBy(1)).toMatchObject([
      { requests: 2, readUnits: 0, writeUnits: 2 },
      { requests: 2, readUnits: 1, writeUnits: 1 },
    ])
  })

  test.each([2, 3, 10])(
    '%i commits behind needs three requests and two write units on average',
    async (commits) => {
      expect(await behindBy(commits)).toMatchObject([
        { requests: 4, readUnits: 1, writeUnits: 3 },
        { requests: 2, readUnits: 1, writeUnits: 1 },
      ])
    },
  )
})
