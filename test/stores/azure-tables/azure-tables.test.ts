import { azureTablesStore } from 'tailfold/azure-tables'
import { storeConformance } from 'tailfold/testing'
import { describe, expect, test } from 'vitest'
import { startMeter } from '../../../src/core/base/cost.ts'
import { fakeAzureTables } from '../../helpers/fake-azure-tables.ts'

const record = { v: 1, id: 'c', h: 'h' }

describe('a store in Azure Tables, of a server that enforces every limit', { timeout: 30_000 }, () => {
  const fake = fakeAzureTables()
  const store = azureTablesStore({ ...fake.options, tableName: 'journal', listEntities: true })
  const cases = storeConformance({
    open: async () => ({ store }),
    ignoresPreviousHash: 'Azure compares nothing but the version of the entity that is written.',
    withoutChanges: 'Nothing is atomic or ordered across partitions.',
  })

  test.for(cases)('$name', async ({ skip: reason, run }, { skip }) => {
    skip(reason !== undefined, reason)
    await expect(run()).resolves.toBeUndefined()
  })
})

describe('a store in Azure Tables', () => {
  const open = () => {
    const fake = fakeAzureTables()
    return { ...fake, store: azureTablesStore({ ...fake.options, tableName: 'journal' }) }
  }
  const costOf = async (work: (meter: ReturnType<typeof startMeter>['meter']) => Promise<unknown>) => {
    const { meter, total } = startMeter()
    await work(meter)
    const { requests, readUnits, writeUnits } = total()
    return [requests, readUnits, writeUnits]
  }

  test('needs one request for an append, a recovery and what follows a known commit', async () => {
    const { store } = open()
    expect(await costOf((meter) => store.append('a/a', 1, record, { meter }))).toEqual([1, 0, 1])
    for (let revision = 2; revision <= 40; revision++) await store.append('a/a', revision, record)
    expect(await costOf((meter) => store.recover('a/a', 4, { meter }))).toEqual([1, 1, 0])
    expect(await costOf((meter) => store.range('a/a', 40, 1_000, { meter }))).toEqual([1, 1, 0])
    expect(await costOf((meter) => store.range('a/a', 7, 1, { meter }))).toEqual([1, 1, 0])
    expect(await costOf((meter) => store.range('a/a', 1, 10, { meter }))).toEqual([2, 2, 0])
  })

  test('reads a snapshot before it replaces it', async () => {
    const { store } = open()
    const save = (meter: Parameters<Parameters<typeof costOf>[0]>[0]) =>
      store.saveSnapshot('a/a', { revision: 1, schemaVersion: 1, record }, { meter })
    expect(await costOf(save)).toEqual([2, 1, 1])
    expect(await costOf(save)).toEqual([2, 1, 1])
  })

  test('writes a commit and 99 command ids in one request', async () => {
    const { store, requests } = open()
    const ids = Array.from({ length: 99 }, (_, n) => ({ commandId: `\u0000 ${n}`, expiresAtEpochSeconds: 1 }))
    const cost = await costOf((meter) => store.append('a/a', 1, record, { ids: [...ids, ids[0]!], meter }))
    expect(cost).toEqual([1, 0, 100])
    expect(requests).toEqual(['POST /$batch'])
  })

  test('keeps what belongs to an entity in one partition', async () => {
    const { store, rows } = open()
    await store.append('~acme/account/a%2Fb', 1, record, {
      ids: [{ commandId: 'i', expiresAtEpochSeconds: 1 }],
    })
    await store.saveSnapshot('~acme/account/a%2Fb', { revision: 1, schemaVersion: 2, record })
    await store.saveSnapshot('~acme/account/a%2Fb//1', { revision: 1, schemaVersion: 1, record })
    expect(rows.size).toBe(4)
    expect(new Set([...rows.keys()].map((key) => key.split('|')[0]))).toEqual(
      new Set(['~acme.account.a$2Fb']),
    )
  })

  test('finds the commits beyond a gap, as few as are asked for', async () => {
    const { store } = open()
    for (const revision of [1, 2, 3, 500, 501, 502]) await store.append('a/a', revision, record)
    const revisionsFrom = async (from: number, limit: number) => {
      const { commits, more } = await store.range('a/a', from, limit)
      return [...commits.map(({ revision }) => revision), more]
    }
    expect(await revisionsFrom(3, 1)).toEqual([3, true])
    expect(await revisionsFrom(4, 1)).toEqual([500, true])
    expect(await revisionsFrom(4, 2)).toEqual([500, 501, true])
    expect(await revisionsFrom(4, 3)).toEqual([500, 501, 502, false])
    expect(await revisionsFrom(503, 1)).toEqual([false])
  })

  test('sends characters of several bytes in ASCII', async () => {
    const fake = fakeAzureTables()
    const bodies: unknown[] = []
    const store = azureTablesStore({
      ...fake.options,
      tableName: 'journal',
      fetch: (input, init) => {
        bodies.push(init?.body)
        return fake.options.fetch(input, init)
      },
    })
    await store.append('a/a', 1, { e: 'ä😀' })
    expect(bodies[0]).toMatch(/^[ -~]+$/)
    expect((await store.recover('a/a', 2)).commits).toEqual([{ revision: 1, record: { e: 'ä😀' } }])
  })
})
