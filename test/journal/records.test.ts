import { readFileSync } from 'node:fs'
import type { Commit, CommitDraft, DurableState, StoredRecord } from 'tailfold'
import { describe, expect, test } from 'vitest'
import {
  checkHash,
  decodeCommit,
  decodeCommits,
  decodeRidingState,
  decodeState,
  encodeCommit,
  encodeSnapshot,
  sealed,
  withState,
} from '../../src/journal/codec.ts'
import { codeOf, thrownBy } from '../helpers/thrown.ts'

const entity = { entityType: 'account', entityId: 'acc-001' }
const bytes = 512

/** What each golden file holds: files once written decode to this for ever, and this encodes to the file. */
const opened: Commit = {
  revision: 1,
  commitId: 'q3Jx0dUyGZ8kAbCd',
  timestamp: 1_767_225_600_000,
  lastSequenceNr: 1,
  events: [{ type: 'Deposited', amount: 100, note: 'Grüße, 日本 😀 "quoted" \\ and\nbroken' }],
  receipts: [
    {
      commandId: 'deposit-1',
      fingerprint: '1a2b3c4d5e6',
      firstEvent: 0,
      eventCount: 1,
      outcome: { kind: 'replied', reply: { balance: 100 } },
    },
  ],
  hash: '',
  bytes,
}
const refused: Commit = {
  revision: 2,
  commitId: 'r4Ky1eVzHa9lBcDe',
  timestamp: 1_767_225_601_000,
  lastSequenceNr: 1,
  events: [],
  receipts: [
    {
      commandId: 'withdraw-1',
      fingerprint: '2b3c4d5e6f7',
      firstEvent: 0,
      eventCount: 0,
      outcome: { kind: 'rejected', reason: 'insufficient-funds', details: { missing: 50 } },
    },
    {
      commandId: 'withdraw-2',
      fingerprint: '3c4d5e6f7a8',
      firstEvent: 0,
      eventCount: 0,
      outcome: { kind: 'rejected', reason: 'closed', details: undefined },
    },
  ],
  hash: '',
  bytes,
}
const moved: Commit = {
  revision: 3,
  commitId: 's5Lz2fW0Ib0mCdEf',
  timestamp: 1_767_225_602_000,
  lastSequenceNr: 4,
  events: [
    { type: 'Withdrawn', amount: 30 },
    { type: 'Withdrawn', amount: 20.5 },
    { type: 'LimitChanged', limit: null },
  ],
  receipts: [
    {
      commandId: 'close-1',
      fingerprint: '4d5e6f7a8b9',
      firstEvent: 2,
      eventCount: 1,
      outcome: { kind: 'replied', reply: undefined },
    },
  ],
  hash: '',
  bytes,
}
const riding: DurableState = {
  revision: 1,
  sequenceNr: 1,
  state: { balance: 100, owner: 'Jürgen' },
  stateBytes: 33,
  recent: 'k3q8v1xz0.',
  hash: '',
  timestamp: 1_767_225_600_000,
}
const kept: DurableState = { ...riding, revision: 40, sequenceNr: 57, timestamp: 1_767_225_700_000 }

interface GoldenRecord {
  readonly revision: number
  readonly schemaVersion?: number
  readonly record: StoredRecord
}

const goldenText = (name: string) => readFileSync(new URL(`../golden/${name}.json`, import.meta.url), 'utf8')
const golden = (name: string) => JSON.parse(goldenText(name)) as GoldenRecord
const textOf = (stored: GoldenRecord) => `${JSON.stringify(stored, null, 2)}\n`
const hashIn = (name: string) => String(golden(name).record['h'])

function draftOf(commit: Commit, previousHash: string): CommitDraft {
  const eventTexts = commit.events.map((event) => JSON.stringify(event))
  const state = { state: undefined, stateBytesHint: 0, schemaVersion: 1, recent: '' }
  return { ...commit, ...state, eventTexts, previousHash }
}

describe('records of format version 1', () => {
  test('decode: a commit with state, window and receipts', () => {
    const stored = golden('commit-with-state')
    const hash = hashIn('commit-with-state')
    expect(decodeCommit(entity, 1, stored.record, bytes)).toEqual({ ...opened, stateVersion: 3, hash })
    expect(decodeRidingState(entity, stored, 3)).toEqual({ ...riding, hash })
    expect(decodeRidingState(entity, stored, undefined)).toEqual({ ...riding, hash })
    expect(decodeRidingState(entity, stored, 4)).toBeUndefined()
  })

  test('decode: a commit of refusals, without events', () => {
    const { record } = golden('commit-of-refusals')
    expect(decodeCommit(entity, 2, record, bytes)).toEqual({ ...refused, hash: hashIn('commit-of-refusals') })
  })

  test('decode: a commit of several events, without state', () => {
    const stored = golden('commit-of-several-events')
    const hash = hashIn('commit-of-several-events')
    expect(decodeCommit(entity, 3, stored.record, bytes)).toEqual({ ...moved, hash })
    expect(decodeRidingState(entity, stored, undefined)).toBeUndefined()
  })

  test('decode: a snapshot', () => {
    const { revision, schemaVersion, record } = golden('snapshot')
    expect([revision, schemaVersion]).toEqual([40, 3])
    expect(decodeState(entity, revision, record)).toEqual({ ...kept, hash: 'AbCdEfGhIjKlMnOpQrStUv' })
  })

  test('follow from each other by their hashes', () => {
    const names = ['commit-with-state', 'commit-of-refusals', 'commit-of-several-events']
    const decoded = decodeCommits(entity, names.map(golden), () => bytes, undefined)
    expect(decoded.map(({ hash }) => hash)).toEqual(names.map(hashIn))
  })

  test('encode byte for byte: a commit with state, window and receipts', () => {
    const draft = { ...draftOf(opened, ''), schemaVersion: 3, recent: riding.recent }
    const record = sealed(withState(encodeCommit(draft), draft, JSON.stringify(riding.state)), draft)
    expect(textOf({ revision: 1, record })).toBe(goldenText('commit-with-state'))
  })

  test('encode byte for byte: a commit of refusals, without events', () => {
    const draft = draftOf(refused, hashIn('commit-with-state'))
    const record = sealed(encodeCommit(draft), draft)
    expect(textOf({ revision: 2, record })).toBe(goldenText('commit-of-refusals'))
  })

  test('encode byte for byte: a commit of several events, without state', () => {
    const draft = draftOf(moved, hashIn('commit-of-refusals'))
    const record = sealed(encodeCommit(draft), draft)
    expect(textOf({ revision: 3, record })).toBe(goldenText('commit-of-several-events'))
  })

  test('encode byte for byte: a snapshot', () => {
    const stateText = JSON.stringify(kept.state)
    const hash = 'AbCdEfGhIjKlMnOpQrStUv'
    const stored = encodeSnapshot({ ...kept, hash, stateText, schemaVersion: 3 })
    expect(textOf(stored)).toBe(goldenText('snapshot'))
  })
})

describe('a commit of format version 2', () => {
  const causes = [
    { firstEvent: 0, eventCount: 1, principal: 'user-17' },
    { firstEvent: 1, eventCount: 1, traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' },
    { firstEvent: 2, eventCount: 1, principal: 'Jürgen "J"', traceparent: '00-1-2-00' },
  ]
  const name = 'commit-with-causes'

  test('decodes, causes and all', () => {
    const { record } = golden(name)
    expect(decodeCommit(entity, 3, record, bytes)).toEqual({
      ...moved,
      causes,
      stateVersion: 1,
      hash: hashIn(name),
    })
  })

  test('is encoded byte for byte', () => {
    const draft = draftOf({ ...moved, causes }, hashIn('commit-of-refusals'))
    const record = sealed(withState(encodeCommit(draft), draft, '{"balance":49.5}'), draft)
    expect(textOf({ revision: 3, record })).toBe(goldenText(name))
  })

  test('is not believed with causes altered', () => {
    const { revision, record } = golden(name)
    const forged = { ...record, m: String(record['m']).replace('user-17', 'user-18') }
    const previous = hashIn('commit-of-refusals')
    expect(() => checkHash(entity, { revision, record }, previous)).not.toThrow()
    expect(codeOf(() => checkHash(entity, { revision, record: forged }, previous))).toBe('journal-corrupt')
  })
})

describe('a record of a newer format version', () => {
  const { record } = golden('commit-of-format-3')
  const upgrade = 'format version 3 was written by a newer Tailfold: upgrade this one'
  const corrupt = {
    code: 'journal-corrupt',
    data: { entity: 'account/acc-001', revision: 1, problem: upgrade },
  }

  test('is refused as a commit, and the message says to upgrade', () => {
    expect(thrownBy(() => decodeCommit(entity, 1, record, bytes))).toMatchObject(corrupt)
  })

  test('is refused in a row of commits, before its hash is looked at', () => {
    const stored = [{ revision: 1, record }]
    expect(thrownBy(() => decodeCommits(entity, stored, () => bytes, undefined))).toMatchObject(corrupt)
  })

  test('is refused as a state', () => {
    expect(thrownBy(() => decodeState(entity, 1, record))).toMatchObject(corrupt)
  })
})

describe('an unreadable record is journal-corrupt at its revision', () => {
  const { record } = golden('commit-with-state')
  test.for([
    { what: 'without a format version', fields: { v: 'one' }, problem: 'it has no format version' },
    { what: 'with a number as id', fields: { id: 7 }, problem: 'a field is missing or of the wrong type' },
    { what: 'with text as time', fields: { ts: '7' }, problem: 'a field is missing or of the wrong type' },
    { what: 'with a number as hash', fields: { h: 7 }, problem: 'a field is missing or of the wrong type' },
    { what: 'with events that are no JSON', fields: { e: '[{' }, problem: 'field e is not JSON' },
    { what: 'with events that are no array', fields: { e: '{}' }, problem: 'field e is not a JSON array' },
    { what: 'with receipts that are no array', fields: { c: '7' }, problem: 'field c is not a JSON array' },
    {
      what: 'with half a receipt',
      fields: { c: '[["id"]]' },
      problem: 'a receipt is not of the stored form',
    },
    {
      what: 'with an unknown outcome',
      fields: { c: '[["id","print",0,1,2]]' },
      problem: 'a receipt is not of the stored form',
    },
  ])('$what', ({ fields, problem }) => {
    expect(thrownBy(() => decodeCommit(entity, 5, { ...record, ...fields }, bytes))).toMatchObject({
      code: 'journal-corrupt',
      retryable: false,
      data: { entity: 'account/acc-001', revision: 5, problem },
    })
  })

  test.for([{ s: '{' }, { s: 7 }, { n: 'one' }, { w: 7 }])('a state with %j', (fields) => {
    expect(codeOf(() => decodeState(entity, 5, { ...record, ...fields }))).toBe('journal-corrupt')
  })
})

describe('a row of commits', () => {
  const row = ['commit-with-state', 'commit-of-refusals', 'commit-of-several-events'].map(golden)
  const [first, second, third] = row as [GoldenRecord, GoldenRecord, GoldenRecord]
  const decode = (stored: readonly GoldenRecord[], previousHash?: string) =>
    decodeCommits(entity, stored, () => bytes, previousHash).map(({ revision }) => revision)

  test('may begin anywhere; the first hash is checked when the one before is known', () => {
    expect(decode([second, third])).toEqual([2, 3])
    expect(decode([second, third], String(first.record['h']))).toEqual([2, 3])
    expect(thrownBy(() => decode([second, third], 'another'))).toMatchObject({
      code: 'journal-corrupt',
      data: { revision: 2, problem: 'its hash does not follow from its content and the commit before' },
    })
  })

  test.for([
    { what: 'a gap', stored: [first, third], revision: 3 },
    { what: 'a duplicate', stored: [first, second, second], revision: 2 },
    { what: 'the wrong order', stored: [first, third, second], revision: 3 },
  ])('with $what is journal-corrupt', ({ stored, revision }) => {
    expect(thrownBy(() => decode(stored))).toMatchObject({
      code: 'journal-corrupt',
      data: { revision, problem: expect.stringContaining('one is missing or stands twice') },
    })
  })

  test.for([
    { e: '[{"type":"Deposited","amount":1000000}]' },
    { ts: 1 },
    { n: 2 },
    { id: 'another' },
    { c: '[]' },
  ])('with an altered record, as %j, is journal-corrupt', (altered) => {
    const stored = [{ ...first, record: { ...first.record, ...altered } }, second]
    expect(thrownBy(() => decode(stored))).toMatchObject({
      code: 'journal-corrupt',
      data: { revision: 1, problem: 'its hash does not follow from its content and the commit before' },
    })
  })
})
