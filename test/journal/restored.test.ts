import { type Commit, type EntityKey, type Journal, memoryStore, type Store } from 'tailfold'
import { keyValueJournal } from 'tailfold/store'
import { describe, expect, test } from 'vitest'
import { appendCommits, draftAfter, flat, stateAfter } from '../helpers/commits.ts'
import { faultyStore } from '../helpers/faulty-store.ts'

const entity: EntityKey = { entityType: 'account', entityId: 'acc-001' }
const key = 'account/acc-001'
const journalOver = (store: Store, inlineState = false) => keyValueJournal(store, { inlineState })
const revisionsOf = (commits: readonly Commit[]) => commits.map(({ revision }) => revision)
const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1)

const positionOf = ({ revision, lastSequenceNr: sequenceNr, hash }: Commit) => ({
  revision,
  sequenceNr,
  hash,
})

/** Removes all commits after a revision, and the snapshots of them, as a restore does. */
async function putBack(store: Store, lastRevision: number): Promise<void> {
  if (store.truncate === undefined) throw new Error('The store cannot truncate.')
  await store.truncate(key, lastRevision)
}

/** Appends commits after `previous` with ids of their own. */
async function branch(journal: Journal, previous: Commit | undefined, count: number, mark: string) {
  let last = previous
  for (let n = 0; n < count; n++) {
    const prepared = journal.prepare(entity, draftAfter(last, { commitId: `${mark}-${n}` }))
    await journal.append(entity, prepared)
    last = prepared.commit
  }
  return last as Commit
}

/**
 * A journal of 9 commits, put back to 5, whose snapshot of revision `snapshotAt` was saved by a process that still knew
 * the lost ones; then `more` new commits.
 */
async function restored(snapshotAt: number, more: number) {
  const store = memoryStore()
  const journal = journalOver(store)
  const prepared = await appendCommits(journal, entity, 9)
  const commits = prepared.map(({ commit }) => commit)
  await putBack(store, 5)
  const lost = commits[snapshotAt - 1] as Commit
  await branch(journal, commits[4], more, 'new')
  await journal.saveState(entity, stateAfter(lost, { state: 'of the lost future' }))
  return { store, journal, lost, commits }
}

describe('a snapshot of commits that a restore removed', () => {
  // 9: at the head. 8: among the newest commits. 6 of 20: before them.
  test.for([
    { snapshotAt: 9, more: 4 },
    { snapshotAt: 8, more: 4 },
    { snapshotAt: 7, more: 15 },
    { snapshotAt: 6, more: 5 },
    { snapshotAt: 6, more: 15 },
  ])('of revision $snapshotAt is dropped when $more others took its place', async ({ snapshotAt, more }) => {
    const { store } = await restored(snapshotAt, more)
    const { base, tail, droppedState } = await journalOver(store).recover(entity, { schemaVersion: 1 })
    expect(base).toBeUndefined()
    expect(droppedState).toContain(
      `the snapshot of revision ${snapshotAt} does not belong to the commit there`,
    )
    expect(revisionsOf(await flat(tail))).toEqual(upTo(5 + more))
  })

  test('is not used while the journal has not come that far', async () => {
    const { journal } = await restored(8, 0)
    const { base, tail, droppedState } = await journal.recover(entity, {})
    expect([base, droppedState]).toEqual([undefined, undefined])
    expect(revisionsOf(await flat(tail))).toEqual(upTo(5))
  })

  test('is mended by the next one, of the same revision too', async () => {
    const { journal } = await restored(9, 4)
    const { tail } = await journal.recover(entity, {})
    const head = (await flat(tail)).at(-1) as Commit
    expect(head.revision).toBe(9)
    await journal.saveState(entity, stateAfter(head))
    expect(await journal.recover(entity, {})).toMatchObject({ base: { revision: 9, state: { at: 9 } } })
  })

  test.for([9, 8, 7])(
    'is dropped in a read of past revision 8 as well, when saved at %d',
    async (snapshotAt) => {
      const { journal } = await restored(snapshotAt, 4)
      const { base, tail } = await journal.recover(entity, { upTo: 8 })
      expect(base).toBeUndefined()
      expect(revisionsOf(await flat(tail))).toEqual(upTo(8))
    },
  )

  test('gives way to an older state that rides with a commit', async () => {
    const { store, lost } = await restored(9, 3)
    const riding = journalOver(store, true)
    const { tail } = await riding.recover(entity, { snapshot: 'ignore' })
    const eighth = (await flat(tail)).at(-1) as Commit
    const ninth = await branch(riding, eighth, 1, 'riding')
    await branch(journalOver(store), ninth, 1, 'bare')
    await riding.saveState(entity, stateAfter({ ...lost, revision: 10 }))
    const { base, droppedState } = await riding.recover(entity, {})
    expect(base).toMatchObject({ revision: 9, state: { at: 9 } })
    expect(droppedState).toContain('the snapshot of revision 10')
  })

  test.for([
    { revision: 12, requests: 1 },
    { revision: 11, requests: 1 },
    { revision: 9, requests: 1 },
    { revision: 5, requests: 2 },
  ])(
    'of revision $revision, where it is right, is proven in $requests requests',
    async ({ revision, requests }) => {
      const store = faultyStore(memoryStore())
      const journal = journalOver(store)
      const commits = await appendCommits(journal, entity, 12)
      await journal.saveState(entity, stateAfter((commits[revision - 1] as { commit: Commit }).commit))
      const before = store.requests()
      const { base, tail } = await journalOver(store).recover(entity, {})
      expect(base?.revision).toBe(revision)
      expect(revisionsOf(await flat(tail))).toEqual(upTo(12).slice(revision))
      expect(store.requests() - before).toBe(requests)
    },
  )
})

describe('a snapshot that cannot be used', () => {
  test.for([
    { what: 'is not JSON', fields: { s: '{' } },
    { what: 'has no hash', fields: { h: 7 } },
    { what: 'was written by a newer Tailfold', fields: { v: 99 } },
    { what: 'has another sequence number', fields: { n: 4 } },
  ])('because it $what is dropped, with the reason, and the entity is replayed', async ({ fields }) => {
    const store = memoryStore()
    const journal = journalOver(store)
    const prepared = await appendCommits(journal, entity, 12)
    await journal.saveState(entity, stateAfter((prepared[4] as { commit: Commit }).commit))
    const { snapshot } = await store.recover(key, 2)
    if (snapshot !== undefined)
      await store.saveSnapshot(key, { ...snapshot, record: { ...snapshot.record, ...fields } })
    const { base, tail, droppedState } = await journalOver(store).recover(entity, {})
    expect([base, typeof droppedState]).toEqual([undefined, 'string'])
    expect(revisionsOf(await flat(tail))).toEqual(upTo(12))
  })
})

describe('reading on', () => {
  async function opened(commits: number) {
    const memory = memoryStore()
    const store = faultyStore(memory)
    const journal = journalOver(store)
    const prepared = await appendCommits(journal, entity, commits)
    return { memory, store, journal, commits: prepared.map(({ commit }) => commit) }
  }
  const read = async (journal: Journal, known: Parameters<Journal['readOn']>[1]) => {
    const found = await journal.readOn(entity, known)
    return typeof found === 'string' ? found : revisionsOf(await flat(found))
  }

  test('from a known commit gives those after it, or that there are none, in one request', async () => {
    const { store, journal, commits } = await opened(7)
    const before = store.requests()
    expect(await read(journal, positionOf(commits[3] as Commit))).toEqual([5, 6, 7])
    expect(await read(journal, positionOf(commits[6] as Commit))).toBe('unchanged')
    expect(store.requests() - before).toBe(2)
  })

  test('from before the first commit gives all', async () => {
    const { journal } = await opened(3)
    expect(await read(journal, { revision: 0, sequenceNr: 0, hash: '' })).toEqual([1, 2, 3])
  })

  test('from a commit that is gone, or is another, is behind', async () => {
    const { memory, journal, commits } = await opened(7)
    const [seventh, sixth] = [positionOf(commits[6] as Commit), positionOf(commits[5] as Commit)]
    await putBack(memory, 5)
    expect(await read(journal, seventh)).toBe('behind')
    expect(await read(journal, sixth)).toBe('behind')
    await branch(journal, commits[4], 2, 'new')
    expect(await read(journal, seventh)).toBe('behind')
    expect(await read(journal, sixth)).toBe('behind')
    expect(await read(journal, positionOf(commits[4] as Commit))).toEqual([6, 7])
  })
})

describe('an append after a restore', () => {
  /** A store that cannot compare hashes, as DynamoDB. */
  const withoutComparison = (store: Store): Store => ({
    ...store,
    append: (each, revision, record, request) =>
      store.append(each, revision, record, { ...request, previousHash: undefined }),
  })

  test.for([
    { what: 'a store that compares', wrap: (store: Store) => store },
    { what: 'a store that does not', wrap: withoutComparison },
  ])('is behind over $what when others have written on', async ({ wrap }) => {
    const store = memoryStore()
    const journal = journalOver(wrap(store))
    const prepared = await appendCommits(journal, entity, 7)
    const [fifth, seventh] = [prepared[4]?.commit, prepared[6]?.commit]
    await putBack(store, 5)
    await branch(journal, fifth, 3, 'new')
    const eighth = journal.prepare(entity, draftAfter(seventh))
    expect(await journal.append(entity, eighth)).toEqual({ kind: 'behind' })
  })

  test('is behind before anybody has written on, where the store compares', async () => {
    const store = memoryStore()
    const journal = journalOver(store)
    const prepared = await appendCommits(journal, entity, 7)
    await putBack(store, 6)
    const eighth = journal.prepare(entity, draftAfter(prepared[6]?.commit))
    expect(await journal.append(entity, eighth)).toEqual({ kind: 'behind' })
    expect((await store.range(key, 1, 100)).commits).toHaveLength(6)
  })
})
