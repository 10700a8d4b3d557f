import { type EntityKey, memoryStore, type StoredRecord } from 'tailfold'
import { keyValueJournal } from 'tailfold/store'
import { describe, expect, test } from 'vitest'
import type { CommitDraft } from '../../src/core/journal/commit-draft.ts'
import { decodeRecent } from '../../src/core/journal/recent-commands-record.ts'
import { draftAfter, flat, stateAfter } from '../helpers/commits.ts'
import { noise } from '../helpers/noise.ts'
import { rejectionOf, thrownBy } from '../helpers/thrown.ts'

const entity: EntityKey = { entityType: 'account', entityId: 'acc-001' }
const key = 'account/acc-001'
const prose = 'the quick brown fox jumps over the lazy dog, '

const recordIn = (stored: unknown) => (stored as { readonly record: StoredRecord }).record
const answered = (reply: unknown, changes: Partial<CommitDraft> = {}) => {
  const receipt = {
    commandId: 'c1',
    fingerprint: 'f',
    firstEvent: 0,
    eventCount: 1,
    outcome: { kind: 'replied' as const, reply },
  }
  return draftAfter(undefined, { receipts: [receipt], state: undefined, ...changes })
}

describe('recorded replies', () => {
  test('are compressed where that saves a billed unit, and read back', async () => {
    const journal = keyValueJournal(memoryStore())
    const draft = answered(prose.repeat(1_100))
    const prepared = journal.prepare(entity, draft)
    expect(recordIn(prepared.stored)).toMatchObject({ v: 3, z: 'c' })
    expect(prepared.commit.bytes).toBeLessThanOrEqual(1_024)
    await journal.append(entity, prepared)
    expect(await flat(journal.commits(entity, { fromRevision: 1 }))).toEqual([prepared.commit])
  })

  test.for([
    { what: 'within the first billed unit', reply: prose.repeat(10) },
    { what: 'that do not shrink', reply: noise(3_000) },
  ])('$what stay as they are, in a format that older code reads', ({ reply }) => {
    const record = recordIn(keyValueJournal(memoryStore()).prepare(entity, answered(reply)).stored)
    expect(record).toMatchObject({ v: 1 })
    expect(record).not.toHaveProperty('z')
  })

  test('stay as they are where compressing the events alone is as cheap', () => {
    const events = [{ type: 'Noted', text: prose.repeat(200) }]
    const record = recordIn(
      keyValueJournal(memoryStore()).prepare(entity, answered('short', { events })).stored,
    )
    expect(record).toMatchObject({ v: 1, z: 'e' })
  })

  test('and events are both compressed where both are large', () => {
    const events = [{ type: 'Noted', text: prose.repeat(200) }]
    const record = recordIn(
      keyValueJournal(memoryStore()).prepare(entity, answered(prose.repeat(300), { events })).stored,
    )
    expect(record).toMatchObject({ v: 3, z: 'ec' })
  })

  test('that are the larger part of a commit too large are named in the error', () => {
    const journal = keyValueJournal(memoryStore({ maxRecordBytes: 2_000 }))
    expect(thrownBy(() => journal.prepare(entity, answered(noise(5_000))))).toMatchObject({
      code: 'record-too-large',
      data: { limitBytes: 2_000 },
      message: expect.stringContaining('Most of it is recorded replies and rejection details'),
    })
    const events = [{ type: 'Noted', text: noise(5_000) }]
    expect(thrownBy(() => journal.prepare(entity, answered('short', { events })))).toMatchObject({
      code: 'record-too-large',
      message: expect.stringContaining('keep its address in the event'),
    })
  })
})

describe('texts that inflate to more than the limit', () => {
  const tight = { maxInflatedBytes: 5_000 }

  test('are refused when written: events, replies and states', async () => {
    const journal = keyValueJournal(memoryStore({ maxRecordBytes: 4_000 }), tight)
    const events = [{ type: 'Noted', text: 'x'.repeat(6_000) }]
    expect(thrownBy(() => journal.prepare(entity, answered('short', { events })))).toMatchObject({
      code: 'record-too-large',
      retryable: false,
      data: { entity: 'account/acc-001', limitBytes: 5_000 },
      message: expect.stringContaining(
        'bytes of events before compression; the limit is 5000 (maxInflatedBytes)',
      ),
    })
    expect(thrownBy(() => journal.prepare(entity, answered('x'.repeat(6_000))))).toMatchObject({
      code: 'record-too-large',
      message: expect.stringContaining('bytes of recorded replies before compression'),
    })
    const { commit } = journal.prepare(entity, draftAfter(undefined))
    const saved = journal.saveState(entity, stateAfter(commit, { state: 'x'.repeat(6_000) }))
    expect(await rejectionOf(saved)).toMatchObject({
      code: 'record-too-large',
      message: expect.stringContaining('bytes of snapshot before compression'),
    })
  })

  test('are written as they are where the store takes them so', () => {
    const journal = keyValueJournal(memoryStore(), tight)
    const events = [{ type: 'Noted', text: 'x'.repeat(6_000) }]
    const record = recordIn(
      journal.prepare(entity, draftAfter(undefined, { events, state: undefined })).stored,
    )
    expect(record).not.toHaveProperty('z')
  })

  test('are compressed up to the limit', () => {
    const journal = keyValueJournal(memoryStore({ maxRecordBytes: 4_000 }), tight)
    const events = [{ type: 'Noted', text: 'x'.repeat(4_900) }]
    const record = recordIn(
      journal.prepare(entity, draftAfter(undefined, { events, state: undefined })).stored,
    )
    expect(record).toMatchObject({ z: 'e' })
  })

  test('of 9 MB are not taken by default, whatever they compress to', () => {
    const journal = keyValueJournal(memoryStore())
    const events = [{ type: 'Noted', text: 'x'.repeat(9_000_000) }]
    expect(thrownBy(() => journal.prepare(entity, draftAfter(undefined, { events })))).toMatchObject({
      code: 'record-too-large',
      data: { limitBytes: 8 * 1024 * 1024 },
    })
  })

  test('are journal-corrupt when read, and are not inflated beyond it', async () => {
    const store = memoryStore()
    const journal = keyValueJournal(store)
    const events = [{ type: 'Noted', text: 'x'.repeat(6_000) }]
    await journal.append(entity, journal.prepare(entity, draftAfter(undefined, { events, state: undefined })))
    const { tail } = await keyValueJournal(store, tight).recover(entity, { snapshot: 'ignore' })
    await expect(flat(tail)).rejects.toMatchObject({
      code: 'journal-corrupt',
      data: { revision: 1, problem: 'field e inflates to more than 5000 bytes (maxInflatedBytes)' },
    })
  })
})

describe('the command ids that ride with a state', () => {
  const commands = Array.from({ length: 300 }, (_, index) => ({
    hash: String(index).padStart(8, 'h'),
    revision: 1,
    time: 1_001,
    receipt: undefined,
  }))
  const recent = { commands, dropped: undefined, time: 1_001 }
  const journal = keyValueJournal(memoryStore())
  const prepared = (stateChars: number, idsAtLeast: number) =>
    journal.prepare(entity, draftAfter(undefined, { state: 'x'.repeat(stateChars), recent, idsAtLeast }))
  const idsIn = (stored: unknown) => {
    const { w } = recordIn(stored)
    return decodeRecent(String(w), { revision: 1, timestamp: 1_001 }).commands.length
  }

  test('are as many as fit into the bytes that are billed anyway', () => {
    const { carriesState, commit, stored } = prepared(100, 32)
    expect(carriesState).toBe(true)
    expect(commit.bytes).toBeLessThanOrEqual(1_024)
    expect(commit.bytes).toBeGreaterThan(1_024 - 30)
    expect(idsIn(stored)).toBeGreaterThan(50)
  })

  test('are at least as many as the draft asks for; else the state does not ride', () => {
    const most = 1_024 - prepared(0, 32).commit.bytes
    expect(most).toBeLessThan(30)
    const tried = Array.from({ length: 400 }, (_, index) => prepared(300 + index, 32))
    const riding = tried.filter(({ carriesState }) => carriesState)
    const bare = tried.filter(({ carriesState }) => !carriesState)
    expect(Math.min(...riding.map(({ stored }) => idsIn(stored)))).toBe(32)
    expect(bare.filter(({ stored }) => recordIn(stored)['s'] !== undefined)).toEqual([])
    expect([prepared(300, 32).carriesState, prepared(700, 32).carriesState]).toEqual([true, false])
    expect(prepared(700, 0)).toMatchObject({ carriesState: true })
  })

  test('say that none was dropped where there are none', () => {
    const { stored } = journal.prepare(entity, draftAfter(undefined))
    expect(recordIn(stored)).toMatchObject({ w: '~.' })
  })

  test('fit where a store counts two bytes for a character', () => {
    const memory = memoryStore()
    const wide = {
      ...memory,
      recordBytes: (_key: string, _revision: number, record: StoredRecord) =>
        2 * JSON.stringify(record).length,
    }
    const { carriesState, commit } = keyValueJournal(wide).prepare(
      entity,
      draftAfter(undefined, { state: 'x', recent, idsAtLeast: 8 }),
    )
    expect(carriesState).toBe(true)
    expect(commit.bytes).toBeLessThanOrEqual(1_024)
  })
})

describe('a time that could not be read back', () => {
  test.for([Number.NaN, Number.POSITIVE_INFINITY, 1.5, -8.64e15 - 1, undefined as unknown as number])(
    'as %s is refused before a request',
    (timestamp) => {
      const journal = keyValueJournal(memoryStore())
      expect(thrownBy(() => journal.prepare(entity, draftAfter(undefined, { timestamp })))).toBeInstanceOf(
        TypeError,
      )
    },
  )

  test('is not one at the ends of what Date knows', () => {
    const journal = keyValueJournal(memoryStore())
    for (const timestamp of [-8.64e15, 0, 8.64e15])
      expect(journal.prepare(entity, draftAfter(undefined, { timestamp })).commit.timestamp).toBe(timestamp)
  })
})

describe('the size that is told of a state', () => {
  test('is that of its JSON text in UTF-8, riding or not', () => {
    const journal = keyValueJournal(memoryStore())
    const state = 'ä€😀'.repeat(100)
    const bytes = Buffer.byteLength(JSON.stringify(state))
    expect(journal.prepare(entity, draftAfter(undefined, { state })).stateBytes).toBe(bytes)
    expect(journal.prepare(entity, draftAfter(undefined, { state: `${state}${state}` }))).toMatchObject({
      carriesState: false,
      stateBytes: 2 * bytes - 2,
    })
    expect(memoryStore().recordBytes(key, 1, {})).toBeGreaterThan(0)
  })
})
