import { type Commit, type EntityKey, type EventJournal, type Journal, memoryStore } from 'tailfold'
import { keyValueJournal, toJournal } from 'tailfold/store'
import { describe, expect, test } from 'vitest'
import { noCommands, remember } from '../../../src/core/journal/recent-commands.ts'
import { appendCommits, draftAfter, flat, stateAfter } from '../../helpers/commits.ts'
import { fourMethodJournal } from '../../helpers/four-method-journal.ts'

const entity: EntityKey = { entityType: 'account', entityId: 'acc-001' }
const twoEvents = (revision: number) => [
  { type: 'Counted', by: revision },
  { type: 'Counted', by: -revision },
]
const positionOf = ({ revision, lastSequenceNr: sequenceNr, hash }: Commit) => ({
  revision,
  sequenceNr,
  hash,
})

/** A journal of four methods whose newest events can be lost, as by a restore. */
function restorable() {
  let base = fourMethodJournal()
  const journal: EventJournal = {
    persist: (...args) => base.persist(...args),
    load: (...args) => base.load(...args),
    saveSnapshot: (...args) => base.saveSnapshot(...args),
    loadSnapshot: (...args) => base.loadSnapshot(...args),
  }
  async function putBack(lastSequenceNr: number) {
    const events = await Array.fromAsync(base.load(entity))
    const snapshot = await base.loadSnapshot(entity)
    base = fourMethodJournal()
    const kept = events.slice(0, lastSequenceNr)
    if (kept.length > 0) await base.persist(entity, kept)
    if (snapshot !== undefined) await base.saveSnapshot(entity, snapshot)
  }
  return { journal, putBack }
}

async function append(journal: Journal, previous: Commit | undefined, commitId: string) {
  const prepared = journal.prepare(entity, draftAfter(previous, { commitId, state: undefined }))
  const result = await journal.append(entity, prepared)
  return { ...prepared, result }
}

describe('a journal of four methods', () => {
  test('is adapted, and a journal of whole commits is returned unchanged', () => {
    const journal = keyValueJournal(memoryStore())
    expect(toJournal(journal)).toBe(journal)
    expect(toJournal(fourMethodJournal())).toMatchObject({
      keepsRejections: false,
      maxRecordBytes: Number.POSITIVE_INFINITY,
    })
  })

  test('gives back the commits that were appended, the hash of each being its id', async () => {
    const journal = toJournal(fourMethodJournal())
    const written: Commit[] = []
    for (let revision = 1; revision <= 5; revision++) {
      const events = revision % 2 === 0 ? twoEvents(revision) : [{ type: 'Counted', by: revision }]
      const prepared = journal.prepare(entity, draftAfter(written.at(-1), { events }))
      expect(await journal.append(entity, prepared)).toEqual({ kind: 'appended' })
      expect(prepared.commit.hash).toBe(prepared.commit.commitId)
      written.push(prepared.commit)
    }
    const plain = (commits: readonly Commit[]) => commits.map((commit) => ({ ...commit, bytes: 0 }))
    expect(plain(await flat(journal.commits(entity, { fromRevision: 1 })))).toEqual(plain(written))
    expect(plain(await flat(journal.commits(entity, { fromRevision: 3, limit: 2 })))).toEqual(
      plain(written.slice(2, 4)),
    )
    const after = positionOf(written[1] as Commit)
    expect(plain(await flat(journal.commits(entity, { fromRevision: 3, after })))).toEqual(
      plain(written.slice(2)),
    )
    const { tail } = await journal.recover(entity, { upTo: 4 })
    expect(plain(await flat(tail))).toEqual(plain(written.slice(0, 4)))
  })

  test('stores copies: what is done to an event or a state later changes nothing', async () => {
    const kept: unknown[] = []
    const base = fourMethodJournal()
    const journal = toJournal({
      ...base,
      persist: (key, events) => (kept.push(...events), base.persist(key, events)),
      async *load() {
        yield* kept as never[]
      },
    })
    const event = { type: 'Counted', by: 1 }
    const prepared = journal.prepare(entity, draftAfter(undefined, { events: [event] }))
    event.by = 99
    await journal.append(entity, prepared)
    const [commit] = await flat(journal.commits(entity, { fromRevision: 1 }))
    expect(commit?.events).toEqual([{ type: 'Counted', by: 1 }])
    Object.assign(commit?.events[0] as object, { by: 99 })
    expect(kept).toMatchObject([{ event: { by: 1 } }])
  })
})

describe('a snapshot over four methods', () => {
  test('is the base of a recovery, with the size of its state and its command ids', async () => {
    const journal = toJournal(fourMethodJournal())
    const commits = (await appendCommits(journal, entity, 6)).map(({ commit }) => commit)
    const fourth = commits[3] as Commit
    const receipts = ['a', 'b'].map((commandId) => ({
      commandId,
      fingerprint: 'f',
      firstEvent: 0,
      eventCount: 0,
      outcome: { kind: 'replied' as const },
    }))
    const recent = remember(noCommands, [{ revision: 3, timestamp: 1_003, receipts }], {
      atLeast: 1,
      periodMs: 1e9,
    })
    await journal.saveState(entity, stateAfter(fourth, { state: { ä: 4 }, recent, idsAtLeast: 0 }))
    const { base, tail, slotIsNewer } = await journal.recover(entity, { schemaVersion: 1 })
    expect(base).toMatchObject({ ...positionOf(fourth), state: { ä: 4 }, stateBytes: 8, timestamp: 1_004 })
    expect(base?.recent.split('.')).toHaveLength(4)
    expect([(await flat(tail)).length, slotIsNewer]).toEqual([2, false])
    expect((await journal.recover(entity, { schemaVersion: 2 })).base).toBeUndefined()
    expect((await journal.recover(entity, { upTo: 3 })).base).toBeUndefined()
    expect((await journal.recover(entity, { snapshot: 'ignore' })).base).toBeUndefined()
  })

  test.for([{ events: 1 }, { events: 2 }])(
    'is dropped when the commit of $events events at its place is another',
    async ({ events }) => {
      const { journal: base, putBack } = restorable()
      const journal = toJournal(base)
      const changes = { events: twoEvents(1).slice(0, events) }
      const commits = (await appendCommits(journal, entity, 4, changes)).map(({ commit }) => commit)
      await journal.saveState(entity, stateAfter(commits[2] as Commit))
      await putBack(2 * events)
      await append(journal, { ...(commits[1] as Commit) }, 'new-3')
      if (events === 2) {
        const third = { ...(commits[1] as Commit), revision: 3, lastSequenceNr: 5 }
        await append(journal, third, 'new-4')
      }
      const { base: state, tail, droppedState } = await journal.recover(entity, {})
      expect(state).toBeUndefined()
      expect(droppedState).toContain('does not belong to the commit there')
      expect((await flat(tail)).length).toBeGreaterThan(0)
    },
  )

  test('ahead of the events is not used', async () => {
    const { journal: base, putBack } = restorable()
    const journal = toJournal(base)
    const commits = (await appendCommits(journal, entity, 4)).map(({ commit }) => commit)
    await journal.saveState(entity, stateAfter(commits[3] as Commit))
    await putBack(2)
    const { base: state, tail, droppedState } = await journal.recover(entity, {})
    expect([state, droppedState, (await flat(tail)).length]).toEqual([undefined, undefined, 2])
  })

  test('of Tailfold 0.1.0 is used', async () => {
    const base = fourMethodJournal()
    const journal = toJournal(base)
    await appendCommits(journal, entity, 4)
    const metadata = { revision: 3, recent: 'abcdefgh1.', schemaVersion: 1 }
    await base.saveSnapshot(entity, { sequenceNr: 3, state: { at: 3 }, timestamp: 9, metadata })
    const { base: state, tail } = await journal.recover(entity, { schemaVersion: 1 })
    expect(state).toMatchObject({ revision: 3, sequenceNr: 3, recent: 'abcdefgh1.', hash: '' })
    expect((await flat(tail)).map(({ revision }) => revision)).toEqual([4])
  })
})

describe('reading on over four methods', () => {
  const read = async (journal: Journal, commit: Commit) => {
    const found = await journal.readOn(entity, positionOf(commit))
    return typeof found === 'string' ? found : (await flat(found)).map(({ revision }) => revision)
  }

  test.for([1, 2])('with commits of %d events gives what came after, or is behind', async (events) => {
    const { journal: base, putBack } = restorable()
    const journal = toJournal(base)
    const changes = { events: twoEvents(1).slice(0, events) }
    const commits = (await appendCommits(journal, entity, 4, changes)).map(({ commit }) => commit)
    const [second, third, fourth] = commits.slice(1) as [Commit, Commit, Commit]
    expect(await read(journal, second)).toEqual([3, 4])
    expect(await read(journal, fourth)).toEqual([])
    await putBack(2 * events)
    expect(await read(journal, fourth)).toBe('behind')
    expect(await read(journal, second)).toEqual([])
    const mine = { ...draftAfter(second, changes), commitId: 'new-3' }
    await journal.append(entity, journal.prepare(entity, mine))
    expect(await read(journal, third)).toBe('behind')
    expect(await read(journal, second)).toEqual([3])
  })

  test('from before the first commit gives all', async () => {
    const journal = toJournal(fourMethodJournal())
    await appendCommits(journal, entity, 2)
    const found = await journal.readOn(entity, { revision: 0, sequenceNr: 0, hash: '' })
    expect(typeof found === 'string' ? found : await flat(found)).toHaveLength(2)
  })
})

describe('a conflict over four methods', () => {
  test('gives the winner, which may be the very commit', async () => {
    const journal = toJournal(fourMethodJournal())
    const { commit, result } = await append(journal, undefined, 'theirs')
    expect(result).toEqual({ kind: 'appended' })
    const lost = await append(journal, undefined, 'mine')
    expect(lost.result).toMatchObject({ kind: 'occupied', winner: { commitId: 'theirs', revision: 1 } })
    const again = await append(journal, undefined, 'theirs')
    expect(again.result).toMatchObject({ kind: 'occupied', winner: { commitId: commit.commitId } })
  })

  test('is behind where another commit took the place of the one before', async () => {
    const { journal: base, putBack } = restorable()
    const journal = toJournal(base)
    const commits = (await appendCommits(journal, entity, 4)).map(({ commit }) => commit)
    await putBack(3)
    const fourth = await append(journal, commits[2], 'new-4')
    await append(journal, fourth.commit, 'new-5')
    expect((await append(journal, commits[3], 'mine')).result).toEqual({ kind: 'behind' })
  })

  test('is behind where the commit before is gone', async () => {
    const { journal: base, putBack } = restorable()
    const journal = toJournal(base)
    const commits = (await appendCommits(journal, entity, 4)).map(({ commit }) => commit)
    await putBack(2)
    expect((await append(journal, commits[3], 'mine')).result).toEqual({ kind: 'behind' })
  })
})

test('every request over four methods is counted', async () => {
  const journal = toJournal(fourMethodJournal())
  let requests = 0
  const request = { meter: () => void (requests += 1) }
  const costOf = async (work: () => Promise<unknown>) => {
    requests = 0
    await work()
    return requests
  }
  const [first] = await appendCommits(journal, entity, 3)
  const commit = first?.commit as Commit
  expect(await costOf(() => journal.saveState(entity, stateAfter(commit), request))).toBe(1)
  expect(await costOf(() => journal.readOn(entity, positionOf(commit), request))).toBe(1)
  expect(await costOf(() => flat(journal.commits(entity, { fromRevision: 1 }, request)))).toBe(1)
  const recovered = async () => flat((await journal.recover(entity, {}, request)).tail)
  expect(await costOf(recovered)).toBe(3)
  const lost = () => journal.append(entity, journal.prepare(entity, draftAfter(undefined)), request)
  expect(await costOf(lost)).toBe(2)
})
