import { describe, expect, test } from 'vitest'
import { verify } from '../../../src/core/history/verify.ts'
import type { Journal } from '../../../src/core/journal/journal.ts'
import { keyValueJournal } from '../../../src/journal/key-value-journal.ts'
import type { Store } from '../../../src/journal/store.ts'
import { memoryStore } from '../../../src/stores/memory/store.ts'
import { counter, counterReader } from '../../helpers/counter.ts'
import { counted, writeHistory, type WrittenCommit } from '../../helpers/written-history.ts'

const id = 'c-1'
const key = { entityType: 'counter', entityId: id }
const name = 'counter/c-1'

/** One event a commit, each with the state after it. */
function summed(count: number): readonly WrittenCommit[] {
  return counted(...Array.from({ length: count }, () => 1)).map(({ events }, index) => ({
    events,
    parts: { state: { sum: ((index + 1) * (index + 2)) / 2 } },
  }))
}

async function opened(count: number, { inlineState = true } = {}) {
  const store = memoryStore()
  const journal = keyValueJournal(store, { inlineState })
  await writeHistory(journal, key, summed(count))
  return { store, journal }
}

/** Puts a snapshot into the slot: by default a right one but for what is given. */
async function saveSnapshot(
  store: Store,
  journal: Journal,
  revision: number,
  changes: Record<string, string> = {},
) {
  const commit = (await Array.fromAsync(journal.commits(key, { fromRevision: revision, limit: 1 }))).flat()[0]
  const s = JSON.stringify({ sum: (revision * (revision + 1)) / 2 })
  const record = { v: 1, ts: 0, n: revision, h: commit?.hash ?? '', s, ...changes }
  await store.saveSnapshot(name, { revision, schemaVersion: 1, record })
}

describe('verify', () => {
  test('reports what it read of a sound entity', async () => {
    const { journal } = await opened(12)
    expect(await verify(counter, journal, id)).toEqual({ revision: 12, sequenceNr: 12, stateRevision: 12 })
    expect(await verify(counter, journal, 'nobody')).toEqual({ revision: 0, sequenceNr: 0, stateRevision: 0 })
  })

  test('accepts commits of any number of events, and a snapshot on the way', async () => {
    const store = memoryStore()
    const journal = keyValueJournal(store, { inlineState: false })
    await writeHistory(journal, key, counted(2, 0, 3, 0, 0, 1))
    expect(await verify(counter, journal, id)).toEqual({ revision: 6, sequenceNr: 6, stateRevision: 0 })
    const { store: other, journal: single } = await opened(9, { inlineState: false })
    await saveSnapshot(other, single, 5)
    expect(await verify(counter, single, id)).toEqual({ revision: 9, sequenceNr: 9, stateRevision: 5 })
  })

  test('reads the entity of one tenant', async () => {
    const journal = keyValueJournal(memoryStore())
    await writeHistory(journal, { ...key, tenant: 'acme' }, summed(3))
    expect(await verify(counter, journal, id, { tenant: 'acme' })).toMatchObject({
      revision: 3,
      sequenceNr: 3,
    })
    expect(await verify(counter, journal, id)).toMatchObject({ revision: 0 })
  })

  test('tells a fold that has changed from a corrupt journal: raise schemaVersion', async () => {
    const { journal } = await opened(3)
    const changed = { ...counter, schemaVersion: 1, onEvent: () => ({ sum: 7 }) }
    await expect(verify(changed, journal, id)).rejects.toMatchObject({
      code: 'state-differs',
      message: expect.stringContaining('If onEvent or initialState has changed, raise schemaVersion to 2'),
      data: { entity: name, revision: 3 },
    })
    expect(await verify({ ...changed, schemaVersion: 2 }, journal, id)).toMatchObject({ stateRevision: 0 })
  })

  test('finds a snapshot whose state was altered', async () => {
    const { store, journal } = await opened(3, { inlineState: false })
    await saveSnapshot(store, journal, 2, { s: '{"sum":999}' })
    await expect(verify(counter, journal, id)).rejects.toMatchObject({
      code: 'state-differs',
      message: expect.stringContaining('or the snapshot was altered'),
      data: { revision: 2 },
    })
  })

  test.for([1, 2, 3])(
    'finds a snapshot of another history at revision %i, and does not call the commits corrupt',
    async (revision) => {
      const { store, journal } = await opened(3, { inlineState: false })
      await saveSnapshot(store, journal, revision, { h: 'abcdefghijklmnopqrstuv' })
      await expect(verify(counter, journal, id)).rejects.toMatchObject({
        code: 'state-differs',
        message: expect.stringContaining('the next snapshot replaces it'),
      })
    },
  )

  test('reports a corrupt commit before a state that differs', async () => {
    const { store, journal } = await opened(5, { inlineState: false })
    await saveSnapshot(store, journal, 2, { s: '{"sum":999}' })
    const broken = alteredAt(store, 5, { e: '[{"type":"Counted","by":1000}]' })
    await expect(verify(counter, broken, id)).rejects.toMatchObject({
      code: 'journal-corrupt',
      data: { revision: 5 },
    })
  })

  test.for([1, 2, 3])('finds a commit that was altered, at revision %i', async (revision) => {
    const { store } = await opened(3)
    const altered = alteredAt(store, revision, { e: '[{"type":"Counted","by":1000}]' })
    const corrupt = { code: 'journal-corrupt', data: { revision } }
    await expect(verify(counter, altered, id)).rejects.toMatchObject(corrupt)
  })

  describe('a journal that is restored between two of its requests is sound', () => {
    /** A journal that is `old` up to its read of that number, and `restored` after it. */
    function restoredAfter(reads: number, old: Store, restored: Store): Journal {
      let left = reads
      const current = () => (left-- > 0 ? old : restored)
      return keyValueJournal({
        ...old,
        recover: (...args) => current().recover(...args),
        range: (...args) => current().range(...args),
      })
    }

    async function history(count: number, by: number): Promise<Store> {
      const store = memoryStore()
      const journal = keyValueJournal(store, { inlineState: false })
      const events = [{ type: 'Counted', by }]
      await writeHistory(
        journal,
        key,
        Array.from({ length: count }, () => ({ events })),
      )
      return store
    }

    test('to another history that is as long', async () => {
      const { store } = await opened(3)
      const journal = restoredAfter(1, store, await history(3, 7))
      expect(await verify(counter, journal, id)).toEqual({ revision: 3, sequenceNr: 3, stateRevision: 0 })
    })

    test('to its past, before the state that was read', async () => {
      const { store } = await opened(3)
      const { store: past } = await opened(2)
      const journal = restoredAfter(1, store, past)
      expect(await verify(counter, journal, id)).toEqual({ revision: 2, sequenceNr: 2, stateRevision: 2 })
    })

    test('between two pages of commits', async () => {
      const journal = restoredAfter(2, await history(1_100, 8), await history(1_100, 7))
      expect(await verify(counter, journal, id)).toMatchObject({ revision: 1_100 })
    })
  })

  test('finds an event that onEvent does not know', async () => {
    const { journal } = await opened(3)
    const forgetful = { ...counter, onEvent: () => undefined as never }
    await expect(verify(forgetful, journal, id)).rejects.toMatchObject({ code: 'unknown-event' })
  })

  test.for<[string, readonly unknown[], object]>([
    [
      'no definition',
      [undefined],
      { name: 'TypeError', message: expect.stringMatching(/^An entity definition must be/) },
    ],
    [
      'no journal',
      [counter, null, id],
      { name: 'TypeError', message: expect.stringMatching(/^journal must be .* not null\.$/) },
    ],
    [
      'a store',
      [counter, { range() {} }, id],
      { name: 'TypeError', message: expect.stringMatching(/^journal must be .* not an object\.$/) },
    ],
    ['no id', [counter, keyValueJournal(memoryStore())], { code: 'invalid-id' }],
    [
      'null for options',
      [counter, keyValueJournal(memoryStore()), id, null],
      { name: 'TypeError', message: 'options must be an object such as { tenant }, not null.' },
    ],
  ])('refuses %s and names the argument', async ([, args, error]) => {
    const verifying = verify(...(args as unknown as Parameters<typeof verify>))
    await expect(verifying).rejects.toMatchObject(error)
  })
})

test('recovery from events alone agrees with recovery from states', async () => {
  const { journal } = await opened(30)
  const reader = counterReader(journal)
  const alone = counterReader(journal, { schemaVersion: 2 })
  expect(await alone.recover(key)).toEqual(await reader.recover(key))
})

/** A journal over the store whose record at a revision reads as changed. */
function alteredAt(store: Store, at: number, changes: Record<string, string>): Journal {
  const alter = <Page extends Awaited<ReturnType<Store['range']>>>(page: Page): Page => ({
    ...page,
    commits: page.commits.map(({ revision, record }) =>
      revision === at ? { revision, record: { ...record, ...changes } } : { revision, record },
    ),
  })
  return keyValueJournal({ ...store, range: async (...args) => alter(await store.range(...args)) })
}
