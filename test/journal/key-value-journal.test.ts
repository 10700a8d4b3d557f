import { type EntityKey, memoryStore, type Store, type StoredCommit, type StoredRecord } from 'tailfold'
import { keyValueJournal } from 'tailfold/store'
import { describe, expect, test } from 'vitest'
import { appendCommits, draftAfter, flat, stateAfter } from '../helpers/commits.ts'
import { faultyStore } from '../helpers/faulty-store.ts'
import { rejectionOf, thrownBy } from '../helpers/thrown.ts'
import { noise } from '../helpers/noise.ts'

const entity: EntityKey = { entityType: 'account', entityId: 'acc-001' }
const key = 'account/acc-001'
const journalOver = (store: Store, inlineState = true) => keyValueJournal(store, { inlineState })

/** A store that shows commits otherwise than they were written. */
function tampered(sound: Store, show: (commits: readonly StoredCommit[]) => readonly StoredCommit[]): Store {
  return {
    ...sound,
    async recover(...args) {
      const found = await sound.recover(...args)
      return { ...found, commits: show(found.commits.toReversed()).toReversed() }
    },
    async range(...args) {
      const page = await sound.range(...args)
      return { ...page, commits: show(page.commits) }
    },
  }
}

function altered(revision: number, fields: StoredRecord) {
  return (commits: readonly StoredCommit[]) =>
    commits.map((commit) =>
      commit.revision === revision ? { revision, record: { ...commit.record, ...fields } } : commit,
    )
}

const without = (revision: number) => (commits: readonly StoredCommit[]) =>
  commits.filter((commit) => commit.revision !== revision)

function corruptAt(revision: number, problem: string) {
  return {
    code: 'journal-corrupt',
    retryable: false,
    data: { entity: 'account/acc-001', revision, problem: expect.stringContaining(problem) },
    message: expect.stringContaining(`account/acc-001 is corrupt at revision ${revision}`),
  }
}

async function recoverAll(store: Store) {
  const { base, tail } = await journalOver(store, false).recover(entity, {})
  return { base, revisions: (await flat(tail)).map(({ revision }) => revision) }
}

async function written(count: number): Promise<Store> {
  const store = memoryStore()
  await appendCommits(journalOver(store, false), entity, count)
  return store
}

describe('recovery', () => {
  test('of an entity without commits finds nothing', async () => {
    expect(await recoverAll(memoryStore())).toEqual({ base: undefined, revisions: [] })
  })

  test('without any state gives every commit once, in order', async () => {
    const store = memoryStore()
    const prepared = await appendCommits(journalOver(store, false), entity, 11)
    const { base, seen, tail } = await journalOver(store).recover(entity, {})
    expect([base, seen]).toEqual([undefined, []])
    expect(await flat(tail)).toEqual(prepared.map(({ commit }) => commit))
  })

  test('takes one request when the state rides along, whatever the history', async () => {
    const store = faultyStore(memoryStore())
    await appendCommits(journalOver(store), entity, 30)
    const before = store.requests()
    const { base, seen, tail } = await journalOver(store).recover(entity, {})
    expect(base).toMatchObject({ revision: 30, sequenceNr: 30, state: { at: 30 } })
    expect(seen.map(({ revision }) => revision)).toEqual([28, 29, 30])
    expect(await flat(tail)).toEqual([])
    expect(store.requests() - before).toBe(1)
  })

  test('reads what lies between the snapshot and the newest commits', async () => {
    const store = memoryStore()
    const journal = journalOver(store, false)
    const prepared = await appendCommits(journal, entity, 12)
    const third = prepared[2]?.commit
    if (third !== undefined) await journal.saveState(entity, stateAfter(third))
    const { base, revisions } = await recoverAll(store)
    expect(base).toMatchObject({ revision: 3, sequenceNr: 3, state: { at: 3 }, stateBytes: 8 })
    expect(revisions).toEqual([4, 5, 6, 7, 8, 9, 10, 11, 12])
  })

  test('from events alone reads no snapshot', async () => {
    const store = memoryStore()
    const prepared = await appendCommits(journalOver(store), entity, 5)
    const { base, seen, tail } = await journalOver(store).recover(entity, { snapshot: 'ignore' })
    expect([base, seen]).toEqual([undefined, []])
    expect(await flat(tail)).toEqual(prepared.map(({ commit }) => commit))
  })
})

describe('the first page of a recovery', () => {
  async function limitsOf(work: (store: Store) => Promise<unknown>): Promise<readonly number[]> {
    const sound = memoryStore()
    const limits: number[] = []
    const store: Store = {
      ...sound,
      recover: (each, limit, request) => (limits.push(limit), sound.recover(each, limit, request)),
    }
    await work(store)
    return limits
  }
  const small: EntityKey = { entityType: 'account', entityId: 'small' }

  test('stays small for an entity, whatever another of the type needed', async () => {
    const limits = await limitsOf(async (store) => {
      const journal = journalOver(store, false)
      const [first] = await appendCommits(journal, entity, 40)
      await appendCommits(journal, small, 2)
      if (first !== undefined) await journal.saveState(entity, stateAfter(first.commit))
      for (const each of [entity, entity, small]) await journal.recover(each, {})
    })
    expect(limits).toEqual([4, 41, 4])
  })

  test('is what the caller or the store says, and never less than two', async () => {
    const limits = await limitsOf(async (store) => {
      const journal = keyValueJournal({ ...store, limits: { ...store.limits, firstPage: 2 } })
      await journal.recover(entity, {})
      await journal.recover(entity, { firstPage: 7 })
      await journal.recover(entity, { firstPage: 1 })
    })
    expect(limits).toEqual([2, 7, 2])
  })
})

describe('a state is passed over', () => {
  test('when its snapshot is ahead of the commits', async () => {
    const store = memoryStore()
    const journal = journalOver(store, false)
    const [, last] = await appendCommits(journal, entity, 2)
    if (last !== undefined) await journal.saveState(entity, stateAfter({ ...last.commit, revision: 3 }))
    expect(await recoverAll(store)).toEqual({ base: undefined, revisions: [1, 2] })
  })

  test.for([1, 3])('when its snapshot has schema version %d and 2 is asked for', async (schemaVersion) => {
    const journal = journalOver(memoryStore(), false)
    const [first] = await appendCommits(journal, entity, 2)
    if (first !== undefined) await journal.saveState(entity, stateAfter(first.commit, { schemaVersion }))
    expect((await journal.recover(entity, { schemaVersion: 2 })).base).toBeUndefined()
    expect((await journal.recover(entity, { schemaVersion })).base?.revision).toBe(1)
    expect((await journal.recover(entity, {})).base?.revision).toBe(1)
  })

  test.for([1, 3])('when it rides with schema version %d and 2 is asked for', async (schemaVersion) => {
    const journal = journalOver(memoryStore())
    await appendCommits(journal, entity, 2, { schemaVersion })
    const { base, tail } = await journal.recover(entity, { schemaVersion: 2 })
    expect(base).toBeUndefined()
    expect((await flat(tail)).map(({ revision }) => revision)).toEqual([1, 2])
    expect((await journal.recover(entity, { schemaVersion })).base?.revision).toBe(2)
  })

  test('when a newer one is there: riding beats snapshot, and snapshot beats riding', async () => {
    const store = memoryStore()
    const journal = journalOver(store)
    const [first, second] = await appendCommits(journal, entity, 2)
    if (first !== undefined)
      await journal.saveState(entity, stateAfter(first.commit, { state: 'of the snapshot' }))
    expect((await journal.recover(entity, {})).base).toMatchObject({ revision: 2, state: { at: 2 } })
    const third = journalOver(store, false).prepare(entity, draftAfter(second?.commit))
    await journal.append(entity, third)
    await journal.saveState(entity, stateAfter(third.commit, { state: 'of the snapshot' }))
    expect((await journal.recover(entity, {})).base).toMatchObject({ revision: 3, state: 'of the snapshot' })
  })
})

describe('what Tailfold cannot have written is journal-corrupt, with entity and revision', () => {
  const hashProblem = 'its hash does not follow'

  test.for([
    { what: 'the first commit', missing: 1, revision: 1, problem: 'it is missing; the next is revision 2' },
    { what: 'a commit of a longer read', missing: 3, revision: 4, problem: 'revision 3 was expected here' },
    {
      what: 'the last commit before the newest',
      missing: 8,
      revision: 8,
      problem: 'it is missing; the next is revision 9',
    },
    {
      what: 'a commit among the newest',
      missing: 10,
      revision: 11,
      problem: 'revision 10 was expected here',
    },
  ])('$what is missing', async ({ missing, revision, problem }) => {
    const store = tampered(await written(12), without(missing))
    expect(await rejectionOf(recoverAll(store))).toMatchObject(corruptAt(revision, problem))
  })

  test('a commit stands twice', async () => {
    const store = tampered(await written(3), (commits) =>
      commits.flatMap((commit) => (commit.revision === 2 ? [commit, commit] : [commit])),
    )
    expect(await rejectionOf(recoverAll(store))).toMatchObject(corruptAt(2, 'is missing or duplicated'))
  })

  // Of 12 commits, 9 to 12 come with the recovery and the others are read after it.
  test.for([1, 2, 8, 9, 10, 12])('the event of revision %d was altered', async (revision) => {
    const e = '[{"type":"Counted","by":1000000}]'
    const store = tampered(await written(12), altered(revision, { e }))
    expect(await rejectionOf(recoverAll(store))).toMatchObject(corruptAt(revision, hashProblem))
  })

  test('the first event after a snapshot was altered', async () => {
    const sound = memoryStore()
    const journal = journalOver(sound, false)
    const commits = await appendCommits(journal, entity, 7)
    const third = commits[2]?.commit
    if (third !== undefined) await journal.saveState(entity, stateAfter(third))
    for (const revision of [4, 5]) {
      const store = tampered(sound, altered(revision, { e: '[]' }))
      expect(await rejectionOf(recoverAll(store))).toMatchObject(corruptAt(revision, hashProblem))
    }
  })

  test('a commit was written by a newer Tailfold', async () => {
    const store = tampered(await written(3), altered(2, { v: 9 }))
    expect(await rejectionOf(recoverAll(store))).toMatchObject(corruptAt(2, 'upgrade this one'))
  })

  test('a range begins late', async () => {
    const journal = journalOver(tampered(await written(6), without(4)))
    expect(await rejectionOf(flat(journal.commits(entity, { fromRevision: 4 })))).toMatchObject(
      corruptAt(4, 'it is missing; the next is revision 5'),
    )
  })

  test('a range does not follow from the commit before it', async () => {
    const journal = journalOver(await written(6))
    const range = { fromRevision: 4, after: { revision: 3, sequenceNr: 3, hash: 'another' } }
    expect(await rejectionOf(flat(journal.commits(entity, range)))).toMatchObject(corruptAt(4, hashProblem))
  })

  test('a revision is occupied by nothing', async () => {
    const store: Store = { ...memoryStore(), append: async () => ({ kind: 'occupied', record: undefined }) }
    const journal = journalOver(store)
    const appended = journal.append(entity, journal.prepare(entity, draftAfter(undefined)))
    expect(await rejectionOf(appended)).toMatchObject(corruptAt(1, 'returns nothing there'))
  })
})

describe('commits', () => {
  test('come in pages, as many as asked for', async () => {
    const sound = memoryStore()
    const small: Store = {
      ...sound,
      range: (each, from, limit) => sound.range(each, from, Math.min(limit, 3)),
    }
    const journal = journalOver(small)
    await appendCommits(journal, entity, 10)
    const sizes = async (limit?: number) => {
      const range = limit === undefined ? { fromRevision: 2 } : { fromRevision: 2, limit }
      return (await Array.fromAsync(journal.commits(entity, range))).map((page) => page.length)
    }
    expect(await sizes()).toEqual([2, 3, 3, 1])
    expect(await sizes(4)).toEqual([2, 2])
    expect(await sizes(0)).toEqual([])
  })

  test('of a conflict come without a read when the store gives them', async () => {
    const store = faultyStore(memoryStore())
    const journal = journalOver(store)
    const mine = journal.prepare(entity, draftAfter(undefined, { commitId: 'mine' }))
    const theirs = journal.prepare(entity, draftAfter(undefined, { commitId: 'theirs' }))
    await journal.append(entity, theirs)
    expect(await journal.append(entity, mine)).toEqual({ kind: 'occupied', winner: theirs.commit })
    expect(store.requests()).toBe(2)
  })

  test('of a conflict are read when the store only says that it lost', async () => {
    const sound = memoryStore()
    const store = faultyStore({
      ...sound,
      async append(...args) {
        const result = await sound.append(...args)
        return result.kind === 'occupied' ? { kind: 'occupied', record: undefined } : result
      },
    })
    const journal = journalOver(store)
    const theirs = journal.prepare(entity, draftAfter(undefined, { commitId: 'theirs' }))
    await journal.append(entity, theirs)
    const mine = journal.prepare(entity, draftAfter(undefined, { commitId: 'mine' }))
    expect(await journal.append(entity, mine)).toEqual({ kind: 'occupied', winner: theirs.commit })
    expect(store.calls.range).toBe(1)
  })
})

describe('a state rides along where it fits into the bytes billed anyway', () => {
  const store = memoryStore()
  const { billedBytes } = store.limits
  const journal = journalOver(store)
  const bare = journal.prepare(entity, draftAfter(undefined, { state: undefined })).commit.bytes
  // What `s`, `sv` and `w` take: measured on a state of known size, `""`.
  const around = journal.prepare(entity, draftAfter(undefined, { state: '' })).commit.bytes - bare
  const recordIn = (stored: unknown) => (stored as { readonly record: StoredRecord }).record
  const roomFor = (bytes: number) => 'x'.repeat(bytes - bare - around)
  const prepared = (state: unknown, options = {}) =>
    journal.prepare(entity, draftAfter(undefined, { state, ...options }))

  test('to the last byte of the first kilobyte', () => {
    const { carriesState, commit, stored } = prepared(roomFor(billedBytes))
    expect([carriesState, commit.bytes]).toEqual([true, 1_024])
    expect(store.recordBytes(key, 1, recordIn(stored))).toBe(1_024)
  })

  test('not with one byte more; the commit is then as small as without', () => {
    const { carriesState, commit, stored } = prepared(roomFor(billedBytes + 1))
    expect([carriesState, commit.bytes]).toEqual([false, bare])
    expect(Object.keys(recordIn(stored))).not.toContain('s')
  })

  test('to the last byte of the second kilobyte, when the events begin it', () => {
    const events = [{ type: 'Counted', note: noise(1_000) }]
    const base = journal.prepare(entity, draftAfter(undefined, { events, state: undefined })).commit.bytes
    const state = 'x'.repeat(2 * billedBytes - base - around)
    expect(journal.prepare(entity, draftAfter(undefined, { events, state }))).toMatchObject({
      carriesState: true,
      commit: { bytes: 2_048 },
    })
    expect(journal.prepare(entity, draftAfter(undefined, { events, state: `${state}x` })).carriesState).toBe(
      false,
    )
  })

  test('not when it is known to be far too large: then it is not even measured', () => {
    const { carriesState, stateBytes } = prepared('small', { stateBytesHint: 2_048 })
    expect([carriesState, stateBytes]).toEqual([false, undefined])
  })

  test('not when there is none', () => {
    expect(prepared(undefined)).toMatchObject({ carriesState: false, stateBytes: undefined })
  })

  test('never with inlineState off', () => {
    expect(journalOver(store, false).prepare(entity, draftAfter(undefined))).toMatchObject({
      carriesState: false,
      stateBytes: undefined,
    })
  })

  test('and never makes a commit too large that fits without', () => {
    const tight = journalOver(memoryStore({ maxRecordBytes: bare }))
    expect(tight.prepare(entity, draftAfter(undefined, { state: 'x' }))).toMatchObject({
      carriesState: false,
      commit: { bytes: bare },
    })
  })
})

describe('what the store cannot take is refused before a request', () => {
  const store = faultyStore(memoryStore({ maxRecordBytes: 300 }))
  const journal = journalOver(store, false)

  test('a commit', () => {
    const events = [{ type: 'Counted', note: noise(400) }]
    expect(thrownBy(() => journal.prepare(entity, draftAfter(undefined, { events })))).toMatchObject({
      code: 'record-too-large',
      retryable: false,
      data: { entity: 'account/acc-001', bytes: expect.any(Number), limitBytes: 300 },
    })
    expect(store.requests()).toBe(0)
  })

  test('a snapshot, with the revision and the schema version that stand beside it', async () => {
    const { commit } = journal.prepare(entity, draftAfter(undefined))
    const fields = { v: 1, ts: commit.timestamp, n: 1, h: commit.hash, s: '""', w: '~.' }
    const emptyBytes = store.recordBytes(key, 1, { ...fields, sr: 1, sv: 1 })
    const ofBytes = (bytes: number) => stateAfter(commit, { state: noise(bytes - emptyBytes) })
    expect(await rejectionOf(journal.saveState(entity, ofBytes(301)))).toMatchObject({
      code: 'record-too-large',
      retryable: false,
      data: { entity: 'account/acc-001', bytes: 301, limitBytes: 300 },
    })
    expect(store.requests()).toBe(0)
    await journal.saveState(entity, ofBytes(300))
    expect(store.calls.saveSnapshot).toBe(1)
  })
})
