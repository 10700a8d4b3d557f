import { createEngine, type HistoryReader, memoryStore, snapshotEvery, type Store } from 'tailfold'
import { keyValueJournal } from 'tailfold/store'
import { readEvents, readPast } from 'tailfold/history'
import { describe, expect, test } from 'vitest'
import { account } from '../../../functions/bank/account.ts'
import { storeKey } from '../../../src/journal/key.ts'
import { virtualPlatform, virtualStartMs } from '../../../src/testing/virtual-platform.ts'
import { command } from '../../helpers/bank.ts'

/**
 * A store that can be swapped for another, as a restored table takes the place of the one before.
 *
 * @param onRead Called after each read.
 */
function swappable(onRead = () => {}): { readonly store: Store; restore(to?: Store): void } {
  let current: Store = memoryStore()
  const { limits } = current
  return {
    store: {
      limits,
      recordBytes: (...args) => current.recordBytes(...args),
      append: (...args) => current.append(...args),
      async recover(...args) {
        const found = await current.recover(...args)
        onRead()
        return found
      },
      async range(...args) {
        const found = await current.range(...args)
        onRead()
        return found
      },
      saveSnapshot: (...args) => current.saveSnapshot(...args),
    },
    restore(to = memoryStore()) {
      current = to
    },
  }
}

describe('a restore in the middle of a read of several requests', () => {
  const plain = { ...account, snapshotPolicy: () => false }
  const engineOn = (store: Store) =>
    createEngine(plain, {
      journal: keyValueJournal(store, { inlineState: false }),
      platform: virtualPlatform(),
      costs: true,
    })

  async function history(store: Store, amount: number) {
    const bank = engineOn(store)
    for (let n = 0; n < 1_100; n++) await bank.execute('a', command.deposit(amount))
    return store
  }

  /** A store whose reads up to this one are still of an old history, and those after it of a new one. */
  async function restoredInTheMiddle(afterRead = 1) {
    const restored = await history(memoryStore(), 7)
    let reads = 0
    const swap = swappable(() => {
      if (++reads === afterRead) swap.restore(restored)
    })
    swap.restore(await history(memoryStore(), 8))
    return swap.store
  }

  const balance = 7 * 1_100

  test('a recovery begins again', async () => {
    const bank = engineOn(await restoredInTheMiddle())
    expect(await bank.execute('a', command.deposit(1))).toMatchObject({ revision: 1_101 })
    expect((await bank.read('a')).state).toMatchObject({ balance: balance + 1 })
  })

  test('a warm process that is far behind begins again', async () => {
    const restored = await history(memoryStore(), 7)
    let reads = 0
    const swap = swappable(() => {
      if (++reads === 2) swap.restore(restored)
    })
    const bank = engineOn(swap.store)
    await bank.execute('a', command.deposit(8), { expect: 'new' })
    expect(reads).toBe(0)
    const other = engineOn(swap.store)
    for (let n = 0; n < 1_100; n++) await other.execute('a', command.deposit(8))
    reads = 1
    expect((await bank.read('a')).state).toMatchObject({ balance })
  })

  /** With the number of the read after which the restore tears it apart. */
  const reads: [string, number, (reader: HistoryReader) => Promise<unknown>, unknown][] = [
    ['the head', 1, (reader) => reader.head(reader.key('a')), { revision: 1_100 }],
    ['a past state', 1, (reader) => readPast(reader, 'a', { revision: 1_100 }), { state: { balance } }],
    [
      'a page of events',
      4,
      async (reader) => (await readEvents(reader, 'a', { limit: 1_100, maxCommits: 1_100 })).events,
      { length: 1_100 },
    ],
  ]

  test.each(reads)('a read of history begins again: %s', async (_, afterRead, read, found) => {
    expect(await read(engineOn(await restoredInTheMiddle(afterRead)).reader())).toMatchObject(found as object)
  })

  test('a journal that is corrupt is read twice and no more', async () => {
    const store = await history(memoryStore(), 7)
    let reads = 0
    const broken: Store = {
      ...store,
      async range(...args) {
        reads += 1
        const page = await store.range(...args)
        return { ...page, commits: page.commits.slice(1) }
      },
    }
    await expect(engineOn(broken).read('a')).rejects.toMatchObject({ code: 'journal-corrupt' })
    expect(reads).toBe(2)
  })
})

test('a query after a restore is answered from the new history, also where it has come to the same revision', async () => {
  const { store, restore } = swappable()
  const engine = () => createEngine(account, { journal: keyValueJournal(store), platform: virtualPlatform() })
  const warm = engine()
  await warm.execute('a', command.deposit(8))
  restore()
  await engine().execute('a', command.deposit(7))
  expect(await warm.execute('a', command.getBalance)).toMatchObject({
    revision: 1,
    reply: { balance: 7, txCount: 1 },
  })
})

test('a repeat after a restore is carried out again: what the id did is gone', async () => {
  const { store, restore } = swappable()
  const warm = createEngine(account, { journal: keyValueJournal(store), platform: virtualPlatform() })
  await warm.execute('a', command.deposit(8), { commandId: 'c1' })
  restore()
  expect(await warm.execute('a', command.deposit(8), { commandId: 'c1' })).toMatchObject({
    revision: 1,
    replayed: false,
  })
})

test('no snapshot of a lost future is written: it would keep out those of the new history', async () => {
  const store = memoryStore()
  const platform = virtualPlatform()
  const definition = { ...account, snapshotPolicy: snapshotEvery({ nEvents: 10 }) }
  const journal = keyValueJournal(store, { inlineState: false })
  const warm = createEngine(definition, { journal, platform })
  for (let n = 1; n <= 20; n++) await warm.execute('a', command.deposit(1))
  await warm.idle()
  await journal.truncate?.({ entityType: 'account', entityId: 'a' }, 5)
  await warm.execute('a', command.deposit(1))
  await warm.idle()
  const key = storeKey({ entityType: 'account', entityId: 'a' })
  expect((await store.recover(key, 2)).snapshot).toBeUndefined()
  for (let n = 7; n <= 21; n++) await warm.execute('a', command.deposit(1))
  await warm.idle()
  expect((await store.recover(key, 2)).snapshot?.revision).toBeGreaterThan(5)
})

test('a read that finds nothing new makes what is warm fresh again', async () => {
  const store = memoryStore()
  let time = virtualStartMs
  let reads = 0
  const counting: Store = {
    ...store,
    range(...args) {
      reads += 1
      return store.range(...args)
    },
  }
  const engine = createEngine(account, {
    journal: keyValueJournal(counting),
    platform: { ...virtualPlatform(), now: () => time },
    cache: { freshForMs: 1_000 },
  })
  await engine.execute('a', command.deposit(8))
  time += 900
  await engine.read('a')
  reads = 0
  time += 900
  await engine.execute('a', command.deposit(1))
  expect(reads).toBe(0)
  time += 1_100
  await engine.execute('a', command.deposit(1))
  expect(reads).toBe(1)
})
