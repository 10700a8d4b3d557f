import {
  type Commit,
  type EntityKey,
  isTailfoldError,
  memoryStore,
  type Store,
  type StoredCommit,
  type StoredRecord,
} from 'tailfold'
import { keyValueJournal } from 'tailfold/store'
import { describe, expect, test } from 'vitest'
import { noCommands, remember } from '../../src/core/journal/recent-commands.ts'
import { draftAfter, flat, stateAfter } from '../helpers/commits.ts'
import { faultyStore } from '../helpers/faulty-store.ts'

const entity: EntityKey = { entityType: 'account', entityId: 'acc-001' }
const head = 12

/** Twelve commits with a receipt each; a state rides with each when `inlineState` is set. */
async function written(inlineState: boolean): Promise<{ store: Store; commits: readonly Commit[] }> {
  const store = memoryStore()
  const journal = keyValueJournal(store, { inlineState })
  const commits: Commit[] = []
  let recent = noCommands
  for (let revision = 1; revision <= head; revision++) {
    const outcome = { kind: 'replied' as const, reply: { at: revision } }
    const receipt = { commandId: `c${revision}`, fingerprint: 'f', firstEvent: 0, eventCount: 1, outcome }
    const draft = draftAfter(commits.at(-1), { receipts: [receipt] })
    recent = remember(recent, [draft], { atLeast: 32, periodMs: 0 })
    const prepared = journal.prepare(entity, { ...draft, recent, idsAtLeast: 32 })
    await journal.append(entity, prepared)
    commits.push(prepared.commit)
  }
  return { store, commits }
}

/** A store in which some fields of one commit were changed. */
function altered(sound: Store, revision: number, fields: StoredRecord): Store {
  const show = (commits: readonly StoredCommit[]) =>
    commits.map((commit) =>
      commit.revision === revision ? { revision, record: { ...commit.record, ...fields } } : commit,
    )
  return {
    ...sound,
    async recover(...args) {
      const found = await sound.recover(...args)
      return { ...found, commits: show(found.commits) }
    },
    async range(...args) {
      const page = await sound.range(...args)
      return { ...page, commits: show(page.commits) }
    },
  }
}

const forgeries: readonly StoredRecord[] = [
  { e: '[{"type":"Counted","by":1000000}]' },
  { ts: 1 },
  { id: 'another' },
  { n: 3 },
  { c: '[["c0","f",0,1,0,{"at":1000000}]]' },
  { m: '[[0,1,"another"]]' },
]
const ofState: readonly StoredRecord[] = [{ s: '{"at":1000000}' }, { sv: 2 }, { w: '~.' }]

/** The commits of those revisions as they were written. */
function faithful(commits: readonly Commit[], given: unknown): readonly Commit[] {
  const revisions = new Set((given as readonly Commit[]).map(({ revision }) => revision))
  return commits.filter(({ revision }) => revisions.has(revision))
}

const corrupt = (revision: number) => ({
  code: 'journal-corrupt',
  data: expect.objectContaining({ revision }),
})

describe.each([1, 2, 5, 8, 9, 10, 11, 12])('an altered commit of revision %i', (revision) => {
  test.for([...forgeries, ...ofState])('with %j is not given out as one to replay', async (fields) => {
    const { store } = await written(true)
    const journal = keyValueJournal(altered(store, revision, fields))
    const { tail } = await journal.recover(entity, { snapshot: 'ignore' })
    await expect(flat(tail)).rejects.toMatchObject(corrupt(revision))
  })

  test.for([...forgeries, ...ofState])(
    'with %j is not given out when it is read by itself',
    async (fields) => {
      const { store } = await written(true)
      const journal = keyValueJournal(altered(store, revision, fields))
      const range = { fromRevision: revision, limit: 1 }
      await expect(flat(journal.commits(entity, range))).rejects.toMatchObject(corrupt(revision))
    },
  )

  test.for([...forgeries, ...ofState])('with %j is not taken for a past state', async (fields) => {
    const { store } = await written(true)
    const journal = keyValueJournal(altered(store, revision, fields))
    const past = async () => {
      const { tail, base } = await journal.recover(entity, { schemaVersion: 1, upTo: revision })
      return { base, commits: await flat(tail) }
    }
    // A forged schema version only leads further back, where a sound state is.
    await expect(past()).rejects.toMatchObject(corrupt(revision))
  })

  test.for(forgeries)('with %j is not given out by a recovery, or not seen by it', async (fields) => {
    for (const inlineState of [true, false]) {
      const { store, commits } = await written(inlineState)
      const journal = keyValueJournal(altered(store, revision, fields))
      const given = await journal
        .recover(entity, {})
        .then(async ({ seen, tail }) => [...seen, ...(await flat(tail))])
        .catch((error: unknown) => error)
      const isCorrupt = isTailfoldError(given, 'journal-corrupt') && given.data.revision === revision
      expect(isCorrupt || given).toEqual(isCorrupt || faithful(commits, given))
    }
  })
})

describe('the price of verifying', () => {
  async function requestsOf(work: (store: Store) => Promise<unknown>): Promise<number> {
    const store = faultyStore((await written(true)).store)
    await work(store)
    return store.requests()
  }

  test('of a state that rides with the newest commit: nothing, receipts of the newest commits included', async () => {
    const requests = await requestsOf(async (store) => {
      const { base, seen, tail } = await keyValueJournal(store).recover(entity, { schemaVersion: 1 })
      await flat(tail)
      expect(base?.revision).toBe(head)
      expect(seen.map(({ revision }) => revision)).toEqual([10, 11, 12])
    })
    expect(requests).toBe(1)
  })

  test.for([1, 2, 7, 12])('of a commit read by itself at revision %d: nothing', async (revision) => {
    const read = (store: Store) =>
      flat(keyValueJournal(store).commits(entity, { fromRevision: revision, limit: 1 }))
    expect(await requestsOf(read)).toBe(1)
  })

  test.for([1, 2, 7, 12])('of a past state at revision %d: nothing', async (revision) => {
    const requests = await requestsOf(async (store) => {
      const { base, tail } = await keyValueJournal(store).recover(entity, { upTo: revision })
      await flat(tail)
      expect(base?.revision).toBe(revision)
    })
    expect(requests).toBe(1)
  })

  test('of a state in the oldest commit of a page: a read of the commit before', async () => {
    const { store, commits } = await written(false)
    const journal = keyValueJournal(store)
    const thirteenth = journal.prepare(entity, draftAfter(commits.at(-1)))
    await journal.append(entity, thirteenth)
    let last = thirteenth.commit
    const bare = keyValueJournal(store, { inlineState: false })
    for (let n = 0; n < 3; n++) {
      const prepared = bare.prepare(entity, draftAfter(last))
      await bare.append(entity, prepared)
      last = prepared.commit
    }
    const counted = faultyStore(store)
    const { base, seen, tail } = await keyValueJournal(counted).recover(entity, {})
    expect([base?.revision, seen.length, (await flat(tail)).length]).toEqual([13, 1, 3])
    expect(counted.requests()).toBe(2)
    const forged = altered(store, 13, { s: '{"at":1000000}' })
    await expect(keyValueJournal(forged).recover(entity, {})).rejects.toMatchObject(corrupt(13))
  })
})

describe('an append', () => {
  const forging = (sound: Store): Store => ({
    ...sound,
    async append(...args) {
      const result = await sound.append(...args)
      if (result.kind !== 'occupied' || result.record === undefined) return result
      return { kind: 'occupied', record: { ...result.record, c: '[]' } }
    },
  })

  test('that finds its own commit altered is journal-corrupt: it was not lost to another history', async () => {
    const journal = keyValueJournal(forging(memoryStore()))
    const prepared = journal.prepare(entity, draftAfter(undefined))
    await journal.append(entity, prepared)
    await expect(journal.append(entity, prepared)).rejects.toMatchObject(corrupt(1))
  })

  test('that finds another commit altered is behind: the read that follows tells what is wrong', async () => {
    const { store } = await written(true)
    const journal = keyValueJournal(forging(store))
    const mine = journal.prepare(entity, draftAfter(undefined, { commitId: 'mine' }))
    expect(await journal.append(entity, mine)).toEqual({ kind: 'behind' })
  })
})

describe('a snapshot', () => {
  test('is read with the commits after it, which prove it', async () => {
    const { store, commits } = await written(false)
    const journal = keyValueJournal(store)
    await journal.saveState(entity, stateAfter(commits[5] as Commit))
    const { base, tail } = await journal.recover(entity, {})
    expect(base).toMatchObject({ revision: 6, state: { at: 6 } })
    expect(await flat(tail)).toEqual(commits.slice(6))
    const forged = keyValueJournal(altered(store, 7, { e: '[]' }))
    const replayed = await forged.recover(entity, {})
    await expect(flat(replayed.tail)).rejects.toMatchObject(corrupt(7))
  })
})
