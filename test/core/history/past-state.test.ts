import { beforeAll, describe, expect, test } from 'vitest'
import type { EntityKey } from '../../../src/core/base/entity-key.ts'
import type { Commit } from '../../../src/core/journal/commit.ts'
import type { Journal } from '../../../src/core/journal/journal.ts'
import { noCommands } from '../../../src/core/journal/recent-commands.ts'
import { type PastPoint, readPast } from '../../../src/core/history/past-state.ts'
import { keyValueJournal } from '../../../src/journal/key-value-journal.ts'
import type { Store } from '../../../src/journal/store.ts'
import { memoryStore } from '../../../src/stores/memory/store.ts'
import { counterReader } from '../../helpers/counter.ts'
import { counted, writeHistory } from '../../helpers/written-history.ts'

const key: EntityKey = { entityType: 'counter', entityId: 'c-1' }
const revisions = 300
const digits = Math.ceil(Math.log2(revisions))

/** A history of 300 commits, of one to three events or a rejection, each with the state after it. */
async function write(journal: Journal, snapshotAt?: number) {
  const sizes = Array.from({ length: revisions }, (_, index) =>
    (index + 1) % 11 === 0 ? 0 : 1 + (index % 3),
  )
  let sum = 0
  const commits = counted(...sizes).map(({ events }, index) => {
    for (const { by } of events) sum += Number(by)
    const timestamp = Date.UTC(2026, 0, 1) + index * 1_000 + (index % 7) * 30
    return { events, parts: { state: { sum }, timestamp } }
  })
  await writeHistory(journal, key, commits)
  const all = await flat(journal)
  const commit = all[(snapshotAt ?? 0) - 1]
  if (commit !== undefined)
    await journal.saveState(key, snapshotOf(commit, commits[commit.revision - 1]?.parts.state))
  return all
}

function snapshotOf({ revision, lastSequenceNr: sequenceNr, hash, timestamp }: Commit, state: unknown) {
  const place = { revision, sequenceNr, hash, timestamp, schemaVersion: 1, recent: noCommands }
  return { ...place, stateText: JSON.stringify(state), idsAtLeast: 0, slotIsNewer: false }
}

async function flat(journal: Journal): Promise<readonly Commit[]> {
  return (await Array.fromAsync(journal.commits(key, { fromRevision: 1 }))).flat()
}

/** The first commits, and some of the others: of each size, and without events. */
const isSampled = ({ revision }: Commit) => revision < 12 || revision % 11 === 0 || revision % 13 === 0

/** The sum of the first `sequenceNr` events, the n-th of which adds n. */
const stateAt = (sequenceNr: number) => ({ sum: (sequenceNr * (sequenceNr + 1)) / 2 })

describe.for<
  [string, { readonly inlineState: boolean; readonly snapshotAt?: number; readonly schemaVersion?: number }]
>([
  ['where states ride along', { inlineState: true }],
  ['where they do not, with a snapshot on the way', { inlineState: false, snapshotAt: 150 }],
  ['from events alone', { inlineState: false }],
  ['where all states are of another schema version', { inlineState: true, schemaVersion: 2 }],
])('a past state %s', { timeout: 60_000 }, ([, { inlineState, snapshotAt, schemaVersion = 1 }]) => {
  const journal = keyValueJournal(memoryStore(), { inlineState })
  const reader = counterReader(journal, { schemaVersion })
  const read = (point: PastPoint) => readPast(reader, 'c-1', point)
  let commits: readonly Commit[] = []
  let events = 0

  beforeAll(async () => {
    commits = await write(journal, snapshotAt)
    events = commits.at(-1)?.lastSequenceNr ?? 0
  })

  test('at a revision is the fold of the events up to it', async () => {
    expect(commits).toHaveLength(revisions)
    for (const { revision, lastSequenceNr } of commits.filter(isSampled)) {
      const expected = { revision, sequenceNr: lastSequenceNr, state: stateAt(lastSequenceNr) }
      expect(await read({ revision })).toEqual(expected)
    }
  })

  test('after an event, one within a commit too, is the fold of the events up to it', async () => {
    for (let sequenceNr = 1; sequenceNr <= events; sequenceNr += 11) {
      const holder = commits.find(({ lastSequenceNr }) => lastSequenceNr >= sequenceNr)
      const expected = { revision: holder?.revision, sequenceNr, state: stateAt(sequenceNr) }
      expect(await read({ sequenceNr })).toEqual(expected)
    }
  })

  test('at a time is that after the last commit written by then', async () => {
    for (const commit of commits.filter(isSampled)) {
      const { revision, timestamp, lastSequenceNr: sequenceNr } = commit
      expect(await read({ at: timestamp })).toEqual({ revision, sequenceNr, state: stateAt(sequenceNr) })
      expect((await read({ at: timestamp - 1 }))?.revision).toBe(revision - 1)
    }
    expect((await read({ at: Number.MAX_SAFE_INTEGER }))?.revision).toBe(revisions)
  })

  test('at its beginning is the initial state', async () => {
    const beginning = { revision: 0, sequenceNr: 0, state: { sum: 0 } }
    for (const point of [{ revision: 0 }, { sequenceNr: 0 }, { at: 0 }])
      expect(await read(point)).toEqual(beginning)
  })

  test('is undefined where the entity has not come that far, or was never written to', async () => {
    expect(await read({ revision: revisions + 1 })).toBeUndefined()
    expect(await read({ sequenceNr: events + 1 })).toBeUndefined()
    expect(await readPast(reader, 'nobody', { revision: 1 })).toBeUndefined()
    expect(await readPast(reader, 'nobody', { sequenceNr: 1 })).toBeUndefined()
    expect(await readPast(reader, 'nobody', { at: Date.UTC(2026, 5) })).toMatchObject({ revision: 0 })
  })
})

describe('a past state costs', () => {
  async function opened(inlineState: boolean, snapshotAt?: number) {
    const journal = keyValueJournal(memoryStore(), { inlineState })
    await write(journal, snapshotAt)
    return async (point: PastPoint) => {
      const reader = counterReader(journal)
      await readPast(reader, 'c-1', point)
      return reader.requests()
    }
  }

  test('one request by revision where states ride along', async () => {
    const requests = await opened(true)
    for (const revision of [1, 2, 150, 299, 300]) expect(await requests({ revision })).toBe(1)
  })

  test('a few requests by event, and as many as the head has binary digits by time', async () => {
    const requests = await opened(true)
    for (let n = 0; n <= 20; n++) {
      expect(await requests({ sequenceNr: 1 + n * 25 })).toBeLessThanOrEqual(6)
      expect(await requests({ at: Date.UTC(2026, 0, 1) + n * 15_000 })).toBeLessThanOrEqual(digits + 3)
    }
  })

  test('a few looks of growing width where no state rides along', async () => {
    const requests = await opened(false)
    for (const revision of [1, 17, 150, 300]) expect(await requests({ revision })).toBeLessThanOrEqual(6)
  })

  test('no more than that beyond the head, however far', async () => {
    for (const requests of [await opened(true), await opened(false)]) {
      for (const revision of [301, 10_000, Number.MAX_SAFE_INTEGER]) {
        expect(await requests({ revision })).toBeLessThanOrEqual(5)
        expect(
          await requests({ sequenceNr: Math.min(revision * 3, Number.MAX_SAFE_INTEGER) }),
        ).toBeLessThanOrEqual(5)
      }
    }
  })
})

describe('a past state is never taken from an altered record', () => {
  /** A journal whose record of revision 150 has been altered, however it is read. */
  async function altered(field: string, value: string) {
    const store = memoryStore()
    const commits = await write(keyValueJournal(store))
    const alter = <Page extends Awaited<ReturnType<Store['range']>>>(page: Page): Page => ({
      ...page,
      commits: page.commits.map(({ revision, record }) =>
        revision === 150 ? { revision, record: { ...record, [field]: value } } : { revision, record },
      ),
    })
    const journal = keyValueJournal({
      ...store,
      range: async (...args) => alter(await store.range(...args)),
      recover: async (...args) => alter(await store.recover(...args)),
    })
    return { reader: counterReader(journal), commit: commits[149] }
  }

  test.for<[string, string]>([
    ['s', '{"sum":999}'],
    ['e', '[{"type":"Counted","by":999}]'],
    ['c', '[["x","y",0,0,0]]'],
  ])('field %s', async ([field, value]) => {
    const { reader, commit } = await altered(field, value)
    const { lastSequenceNr: sequenceNr = 0, timestamp: at = 0 } = commit ?? {}
    for (const point of [{ revision: 150 }, { sequenceNr }, { at }]) {
      const corrupt = { code: 'journal-corrupt', data: { revision: 150 } }
      await expect(readPast(reader, 'c-1', point)).rejects.toMatchObject(corrupt)
    }
  })
})

test.for<[unknown, string]>([
  [null, 'point must have one of revision, sequenceNr and at; it is null.'],
  [5, 'point must have one of revision, sequenceNr and at; it is a number.'],
  [{}, 'point must have one of revision, sequenceNr and at; it is an object without.'],
  [{ revision: 1, at: 1 }, 'point must have one of revision, sequenceNr and at; it has 2 of them.'],
  [{ revision: -1 }, 'revision must be a whole number from 0 on, not -1.'],
  [{ revision: undefined }, 'revision must be a whole number from 0 on, not undefined.'],
  [{ sequenceNr: '7' }, 'sequenceNr must be a whole number from 0 on, not a string.'],
  [{ at: Number.NaN }, 'at must be a number of milliseconds since the Unix epoch.'],
  [{ at: new Date(0) }, 'at must be a number of milliseconds since the Unix epoch.'],
])('readPast refuses the point %j and says why', async ([point, message]) => {
  const reader = counterReader(keyValueJournal(memoryStore()))
  const reading = readPast(reader, 'c-1', point as PastPoint)
  await expect(reading).rejects.toMatchObject({ name: 'TypeError', message })
})
