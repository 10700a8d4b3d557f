import { memoryStore, type Store } from 'tailfold'
import { storeConformance } from 'tailfold/testing'
import { describe, expect, test } from 'vitest'
import { brokenChanges } from './broken-changes.ts'
import { brokenCommits } from './broken-commits.ts'
import { brokenCommandIds, brokenKeys } from './broken-lists.ts'
import { brokenSignals } from './broken-signals.ts'
import { brokenSnapshots, lastSnapshotWins } from './broken-snapshots.ts'

/** A case may go through 12 MB, beside others. */
const timeout = 60_000

function casesOf(sound: Store, breaking: (sound: Store) => Store, options = {}) {
  const openEmpty = async () => ({ store: breaking(memoryStore()) })
  return storeConformance({ open: async () => ({ store: breaking(sound) }), openEmpty, ...options })
}

describe('storeConformance', () => {
  const broken = [
    ...brokenCommits,
    ...brokenSnapshots,
    ...brokenSignals,
    ...brokenCommandIds,
    ...brokenKeys,
    ...brokenChanges,
  ]
  // At once: some wait for an index that never catches up.
  test.concurrent.for(broken)('finds out a store that $what', { timeout }, async ({ breaking, fails }) => {
    const cases = casesOf(memoryStore(), breaking())
    expect(cases.map(({ name }) => name)).toEqual(expect.arrayContaining([...fails]))
    for (const { name, run } of cases) {
      if (!fails.includes(name)) continue
      const found = await run().then(
        () => 'nothing',
        (error: unknown) => error,
      )
      expect([name, found]).toEqual([name, expect.any(Error)])
    }
  })

  test('gives the cases a store may be excused from a reason, and no other', { timeout }, async () => {
    const reasons = {
      lastSnapshotWins: 'it has no conditional replace',
      ignoresPreviousHash: 'it sees one item at a time',
      withoutCommandIds: 'it has no transactions',
      withoutKeys: 'it has no index',
      withoutChanges: 'it has no order of appends',
    }
    const { findCommandId: _, keys: __, changes: ___, waitForChanges: ____, ...sound } = memoryStore()
    const poor = lastSnapshotWins()
    const ignorant = (store: Store): Store => ({
      ...poor(store),
      append: (key, revision, record, request) =>
        store.append(key, revision, record, { ...request, previousHash: undefined }),
    })
    const cases = casesOf(sound, ignorant, reasons)
    const skipped = Object.groupBy(cases, ({ skip }) => skip ?? 'run')
    expect(Object.keys(skipped).toSorted()).toEqual([...Object.values(reasons), 'run'].toSorted())
    expect(skipped['it has no conditional replace']?.map(({ name }) => name)).toEqual([
      'an older snapshot never replaces a newer one',
      'a snapshot of an older schema version never replaces a newer one',
      'a snapshot of a newer schema version replaces any older one',
      'of racing snapshots the newest stays',
    ])
    expect(skipped['it sees one item at a time']?.map(({ name }) => name)).toEqual([
      'an append that names another hash than that of the record before it is behind',
      'an append with command ids that names another hash is behind too, and records none',
    ])
    for (const { run } of skipped['run'] ?? []) await run()
  })

  test.for([2_000, 65_536, 100_000, 170_000])(
    'takes a store with records of at most %d bytes',
    { timeout },
    async (maxRecordBytes) => {
      for (const { run } of casesOf(memoryStore({ maxRecordBytes }), (sound) => sound))
        await expect(run()).resolves.toBeUndefined()
    },
  )

  test('takes a store that appends at the head alone', { timeout }, async () => {
    const headOnly = (sound: Store): Store => ({
      ...sound,
      async append(key, revision, record, request) {
        const { commits } = await sound.recover(key, 2)
        if (revision > (commits[0]?.revision ?? 0) + 1) {
          if (request?.previousHash !== undefined) return { kind: 'behind' }
          throw new Error('The ID specified in XADD leaves a gap')
        }
        return sound.append(key, revision, record, request)
      },
    })
    for (const { run } of casesOf(memoryStore(), headOnly)) await expect(run()).resolves.toBeUndefined()
  })

  test('closes every connection of a case that fails', { timeout }, async () => {
    let open = 0
    const store: Store = { ...memoryStore(), append: async () => Promise.reject(new Error('gone')) }
    const cases = storeConformance({
      open: async () => {
        open += 1
        return { store, close: () => void (open -= 1) }
      },
    })
    const results = await Promise.allSettled(cases.map(({ run }) => run()))
    expect(results.some(({ status }) => status === 'rejected')).toBe(true)
    expect(open).toBe(0)
  })
})
