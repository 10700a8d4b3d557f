import { expectEqual } from './check.ts'
import type { Meter } from '../../core/base/cost.ts'
import { type Check, record } from './probe.ts'

/** Cases about what requests report. */
export const costCases: Readonly<Record<string, Check>> = {
  'every request reports its cost, and a recovery is one request': async ({ store, newKey }) => {
    const key = newKey()
    const { signal } = new AbortController()
    const requestsOf = async (work: (request: { meter: Meter; signal: AbortSignal }) => Promise<unknown>) => {
      let requests = 0
      const meter: Meter = (cost) => {
        for (const units of [cost.requests, cost.readUnits, cost.writeUnits])
          if (!Number.isFinite(units) || units < 0)
            throw new Error(`a cost must be a number from 0 on, not ${units}`)
        requests += cost.requests
      }
      await work({ meter, signal })
      return requests
    }
    const expectSome = async (what: string, work: Parameters<typeof requestsOf>[0]) => {
      if ((await requestsOf(work)) < 1) throw new Error(`${what}: expected a cost of at least one request`)
    }
    await expectSome('append', (request) => store.append(key, 1, record(1), request))
    await expectSome('an append that is occupied', (request) => store.append(key, 1, record(1), request))
    await store.append(key, 2, record(2))
    const snapshot = { revision: 1, schemaVersion: 1, record: record(1) }
    await expectSome('saveSnapshot', (request) => store.saveSnapshot(key, snapshot, request))
    await expectSome('range', (request) => store.range(key, 1, 10, request))
    expectEqual('requests of recover', await requestsOf((request) => store.recover(key, 4, request)), 1)
    if (store.findCommandId !== undefined)
      await expectSome('findCommandId', async (request) => store.findCommandId?.(key, 'c', request))
    if (store.keys !== undefined)
      await expectSome('keys', async (request) => store.keys?.('conformance/', '', 1, request))
    if (store.changes !== undefined)
      await expectSome('changes', async (request) => store.changes?.(undefined, 1, request))
    if (store.sweep !== undefined) await expectSome('sweep', async (request) => store.sweep?.(1, request))
    if (store.truncate !== undefined)
      await expectSome('truncate', async (request) => store.truncate?.(key, 2, request))
  },
}
