import { readFileSync } from 'node:fs'
import { type Commit, memoryStore, type StoredRecord } from 'tailfold'
import { describe, expect, test } from 'vitest'
import type { CommitDraft } from '../../src/core/journal/commit-draft.ts'
import type { StateToSave, StoredState } from '../../src/core/journal/journal.ts'
import { noCommands } from '../../src/core/journal/recent-commands.ts'
import { decodeRecent, encodeRecent } from '../../src/core/journal/recent-commands-record.ts'
import { checkHash } from '../../src/journal/chain-hash.ts'
import { commitReader } from '../../src/journal/commit-reader.ts'
import {
  carriesState,
  commitForms,
  decodeCommit,
  sealed,
  withState,
} from '../../src/journal/commit-record.ts'
import { decodeState, encodeSnapshot, withRecent } from '../../src/journal/snapshot-record.ts'
import { codeOf, thrownBy } from '../helpers/thrown.ts'

const entity = { entityType: 'account', entityId: 'acc-001' }
const bytes = 512
const maxInflatedBytes = 10_000
/** A place of records. */
const at = (revision: number) => ({ entity, revision, maxInflatedBytes })

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
const riding: StoredState = {
  revision: 1,
  sequenceNr: 1,
  state: { balance: 100, owner: 'Jürgen' },
  stateBytes: 33,
  recent: 'k3q8v1xz0.',
  hash: '',
  timestamp: 1_767_225_600_000,
}
const kept: StoredState = { ...riding, revision: 40, sequenceNr: 57, timestamp: 1_767_225_700_000 }

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
  const state = { state: undefined, stateBytesHint: 0, schemaVersion: 1, recent: noCommands, idsAtLeast: 0 }
  return { ...commit, ...state, eventTexts, previousHash }
}

const encoded = (draft: CommitDraft) => commitForms(draft, maxInflatedBytes).plain
/** The record of a draft as it is stored, its fields in the order of the golden files. */
const storedOf = (draft: CommitDraft, record = encoded(draft)) =>
  sealed(record, draft.previousHash, draft.revision)

function stateToSave(state: StoredState, hash: string): StateToSave {
  const ids = { recent: noCommands, idsAtLeast: 0, slotIsNewer: false }
  return { ...state, ...ids, hash, stateText: JSON.stringify(state.state), schemaVersion: 3 }
}

const { decode } = commitReader({ ...memoryStore(), recordBytes: () => bytes }, maxInflatedBytes)
const decodeRow = (stored: readonly GoldenRecord[], previousHash?: string) =>
  decode(entity, stored, previousHash)

describe('records of format version 1', () => {
  test('decode: a commit with state, window and receipts', () => {
    const stored = golden('commit-with-state')
    const hash = hashIn('commit-with-state')
    expect(decodeCommit(at(1), stored.record, bytes)).toEqual({ ...opened, stateVersion: 3, hash })
    expect(decodeState(at(1), stored.record)).toEqual({ ...riding, hash })
    expect([3, undefined, 4].map((version) => carriesState(stored.record, version))).toEqual([
      true,
      true,
      false,
    ])
  })

  test('decode: a commit of refusals, without events', () => {
    const { record } = golden('commit-of-refusals')
    expect(decodeCommit(at(2), record, bytes)).toEqual({ ...refused, hash: hashIn('commit-of-refusals') })
  })

  test('decode: a commit of several events, without state', () => {
    const stored = golden('commit-of-several-events')
    const hash = hashIn('commit-of-several-events')
    expect(decodeCommit(at(3), stored.record, bytes)).toEqual({ ...moved, hash })
    expect(carriesState(stored.record, undefined)).toBe(false)
  })

  test('decode: a snapshot', () => {
    const { revision, schemaVersion, record } = golden('snapshot')
    expect([revision, schemaVersion]).toEqual([40, 3])
    expect(decodeState(at(revision), record)).toEqual({ ...kept, hash: 'AbCdEfGhIjKlMnOpQrStUv' })
  })

  test('follow from each other by their hashes', () => {
    const names = ['commit-with-state', 'commit-of-refusals', 'commit-of-several-events']
    const decoded = decodeRow(names.map(golden))
    expect(decoded.map(({ hash }) => hash)).toEqual(names.map(hashIn))
  })

  test('encode byte for byte: a commit with state, window and receipts', () => {
    const draft = draftOf(opened, '')
    const record = storedOf(draft, withState(encoded(draft), 3, JSON.stringify(riding.state), riding.recent))
    expect(textOf({ revision: 1, record })).toBe(goldenText('commit-with-state'))
  })

  test('encode byte for byte: a commit of refusals, without events', () => {
    const draft = draftOf(refused, hashIn('commit-with-state'))
    const record = storedOf(draft)
    expect(textOf({ revision: 2, record })).toBe(goldenText('commit-of-refusals'))
  })

  test('encode byte for byte: a commit of several events, without state', () => {
    const draft = draftOf(moved, hashIn('commit-of-refusals'))
    const record = storedOf(draft)
    expect(textOf({ revision: 3, record })).toBe(goldenText('commit-of-several-events'))
  })

  test('encode byte for byte: a snapshot', () => {
    const stored = encodeSnapshot(stateToSave(kept, 'AbCdEfGhIjKlMnOpQrStUv'))
    expect(textOf(withRecent(stored, kept.recent))).toBe(goldenText('snapshot'))
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
    expect(decodeCommit(at(3), record, bytes)).toEqual({
      ...moved,
      causes,
      stateVersion: 1,
      hash: hashIn(name),
    })
  })

  test('is encoded byte for byte', () => {
    const draft = draftOf({ ...moved, causes }, hashIn('commit-of-refusals'))
    const { w: _, ...record } = withState(encoded(draft), 1, '{"balance":49.5}', '')
    expect(textOf({ revision: 3, record: storedOf(draft, record) })).toBe(goldenText(name))
  })

  test('is not believed with causes altered', () => {
    const { revision, record } = golden(name)
    const forged = { ...record, m: String(record['m']).replace('user-17', 'user-18') }
    const previous = hashIn('commit-of-refusals')
    expect(checkHash(entity, { revision, record }, previous)).toBeUndefined()
    expect(codeOf(() => checkHash(entity, { revision, record: forged }, previous))).toBe('journal-corrupt')
  })
})

describe('a commit with metadata', () => {
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
  const causes = [
    { firstEvent: 0, eventCount: 1, metadata: { approvedBy: 'Jürgen "J"', levels: [1, { of: null }] } },
    { firstEvent: 1, eventCount: 2, principal: 'user-17', traceparent, metadata: { source: 'import' } },
  ]
  const name = 'commit-with-metadata'

  test('decodes, metadata and all', () => {
    const { record } = golden(name)
    expect(decodeCommit(at(3), record, bytes)).toEqual({ ...moved, causes, hash: hashIn(name) })
  })

  test('is encoded byte for byte', () => {
    const draft = draftOf({ ...moved, causes }, hashIn('commit-of-refusals'))
    expect(textOf({ revision: 3, record: storedOf(draft, encoded(draft)) })).toBe(goldenText(name))
  })

  test('is not believed with metadata altered', () => {
    const { revision, record } = golden(name)
    const forged = { ...record, m: String(record['m']).replace('import', 'export') }
    const previous = hashIn('commit-of-refusals')
    expect(checkHash(entity, { revision, record }, previous)).toBeUndefined()
    expect(codeOf(() => checkHash(entity, { revision, record: forged }, previous))).toBe('journal-corrupt')
  })
})

describe('a commit of format version 3', () => {
  const replies = Array.from({ length: 12 }, (_, item) => ({ item, text: 'the same text in every reply' }))
  const answered: Commit = {
    ...opened,
    receipts: replies.map((reply, index) => ({
      commandId: `show-${index}`,
      fingerprint: '1a2b3c4d5e6',
      firstEvent: 0,
      eventCount: index === 0 ? 1 : 0,
      outcome: { kind: 'replied', reply },
    })),
  }
  const name = 'commit-with-compressed-receipts'
  const texts = commitForms(draftOf(answered, ''), maxInflatedBytes)

  test('decodes, its receipts inflated', () => {
    const { record } = golden(name)
    expect(record).toMatchObject({ v: 3, z: 'c' })
    const inflatedBytes = bytes - String(record['c']).length + texts.receipts.length
    expect(decodeCommit(at(1), record, bytes)).toEqual({ ...answered, hash: hashIn(name), inflatedBytes })
    expect(checkHash(entity, { revision: 1, record }, '')).toBeUndefined()
  })

  test('is encoded to the same fields; only the compressed bytes may differ between versions of zlib', () => {
    const draft = draftOf(answered, '')
    const [, ofReceipts] = commitForms(draft, maxInflatedBytes).compressed()
    const { record } = golden(name)
    const fields = { ...record, c: expect.any(String), h: expect.any(String) }
    expect(storedOf(draft, ofReceipts)).toEqual(fields)
    expect(decodeCommit(at(1), storedOf(draft, ofReceipts), bytes).receipts).toEqual(answered.receipts)
  })

  test('may have its events compressed as well', () => {
    const draft = draftOf(answered, '')
    const [events, receipts, both] = commitForms(draft, maxInflatedBytes).compressed()
    expect([events, receipts, both].map((form) => [form?.['v'], form?.['z']])).toEqual([
      [1, 'e'],
      [3, 'c'],
      [3, 'ec'],
    ])
    const { e, c } = both as StoredRecord
    const { hash: _, inflatedBytes, ...decoded } = decodeCommit(at(1), storedOf(draft, both), bytes)
    expect({ ...decoded, hash: '' }).toEqual(answered)
    const added = Buffer.byteLength(texts.events + texts.receipts) - String(e).length - String(c).length
    expect(inflatedBytes).toBe(bytes + added)
  })

  test('does not inflate beyond the limit', () => {
    const { record } = golden(name)
    const tight = { ...at(1), maxInflatedBytes: 100 }
    expect(thrownBy(() => decodeCommit(tight, record, bytes))).toMatchObject({
      code: 'journal-corrupt',
      data: { problem: 'field c inflates to more than 100 bytes (maxInflatedBytes)' },
    })
  })
})

describe('a state stored with the end of its command ids', () => {
  const recent = {
    commands: [{ hash: 'k3q8v1xz', revision: 2, time: 1_767_225_601_000, receipt: undefined }],
    dropped: { revision: 1, time: 1_767_225_600_000 },
    time: 1_767_225_601_000,
  }
  const text = 'k3q8v1xz0.~1.1.'

  test('is written byte for byte, in a commit and in a snapshot', () => {
    const draft = draftOf(refused, hashIn('commit-with-state'))
    const record = storedOf(
      draft,
      withState(encoded(draft), 1, '{"balance":100}', encodeRecent(recent, refused, 1)),
    )
    expect(textOf({ revision: 2, record })).toBe(goldenText('commit-with-dropped-ids'))
    const toSave = stateToSave(
      { ...kept, revision: 2, timestamp: refused.timestamp },
      'AbCdEfGhIjKlMnOpQrStUv',
    )
    const snapshot = withRecent(encodeSnapshot(toSave), text)
    expect(textOf(snapshot)).toBe(goldenText('snapshot-with-dropped-ids'))
  })

  test('is read back, by the same names', () => {
    for (const name of ['commit-with-dropped-ids', 'snapshot-with-dropped-ids']) {
      const state = decodeState(at(2), golden(name).record)
      expect(state.recent).toBe(text)
      expect(decodeRecent(state.recent, state)).toEqual(recent)
    }
  })
})
