import { createEngine, memoryStore, snapshotEvery, type Store } from 'tailfold'
import { keyValueJournal } from 'tailfold/store'
import { expect, test } from 'vitest'
import { account } from '../../../functions/bank/account.ts'
import { storeKey } from '../../../src/journal/key.ts'
import { virtualPlatform, virtualStartMs } from '../../../src/testing/virtual-platform.ts'
import { command } from '../../helpers/bank.ts'

/** A store that can be swapped for another, as a restored table takes the place of the one before. */
function swappable(): { readonly store: Store; restore(): void } {
  let current = memoryStore()
  const { limits } = current
  return {
    store: {
      limits,
      recordBytes: (...args) => current.recordBytes(...args),
      append: (...args) => current.append(...args),
      recover: (...args) => current.recover(...args),
      range: (...args) => current.range(...args),
      saveSnapshot: (...args) => current.saveSnapshot(...args),
    },
    restore() {
      current = memoryStore()
    },
  }
}

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
