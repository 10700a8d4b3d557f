import { readFileSync } from 'node:fs'
import { memoryStore, type StoredRecord } from 'tailfold'
import { describe, expect, test } from 'vitest'
import { commitReader } from '../../src/journal/commit-reader.ts'
import { decodeCommit } from '../../src/journal/commit-record.ts'
import { decodeState } from '../../src/journal/snapshot-record.ts'
import { codeOf, thrownBy } from '../helpers/thrown.ts'

const entity = { entityType: 'account', entityId: 'acc-001' }
const bytes = 512
const maxInflatedBytes = 10_000
/** A place of records. */
const at = (revision: number) => ({ entity, revision, maxInflatedBytes })

interface GoldenRecord {
  readonly revision: number
  readonly record: StoredRecord
}

const golden = (name: string) =>
  JSON.parse(readFileSync(new URL(`../golden/${name}.json`, import.meta.url), 'utf8')) as GoldenRecord

const { decode } = commitReader({ ...memoryStore(), recordBytes: () => bytes }, maxInflatedBytes)
const decodeRow = (stored: readonly GoldenRecord[], previousHash?: string) =>
  decode(entity, stored, previousHash)

describe('a record of a newer format version', () => {
  const { record } = golden('commit-of-newer-format')
  const upgrade = 'format version 99 was written by a newer Tailfold: upgrade this one'
  const corrupt = {
    code: 'journal-corrupt',
    data: { entity: 'account/acc-001', revision: 1, problem: upgrade },
  }

  test('is refused as a commit, and the message says to upgrade', () => {
    expect(thrownBy(() => decodeCommit(at(1), record, bytes))).toMatchObject(corrupt)
  })

  test('is refused in a row of commits, before its hash is looked at', () => {
    const stored = [{ revision: 1, record }]
    expect(thrownBy(() => decodeRow(stored))).toMatchObject(corrupt)
  })

  test('is refused as a state', () => {
    expect(thrownBy(() => decodeState(at(1), record))).toMatchObject(corrupt)
  })
})

describe('what a record says of a state that it does not hold', () => {
  test('is ignored: no hash covers it', () => {
    const { record } = golden('commit-of-several-events')
    expect(decodeCommit(at(3), { ...record, sv: 1 }, bytes).stateVersion).toBeUndefined()
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
    expect(thrownBy(() => decodeCommit(at(5), { ...record, ...fields }, bytes))).toMatchObject({
      code: 'journal-corrupt',
      retryable: false,
      data: { entity: 'account/acc-001', revision: 5, problem },
    })
  })

  test.for([{ s: '{' }, { s: 7 }, { n: 'one' }, { w: 7 }])('a state with %j', (fields) => {
    expect(codeOf(() => decodeState(at(5), { ...record, ...fields }))).toBe('journal-corrupt')
  })
})

describe('a row of commits', () => {
  const row = ['commit-with-state', 'commit-of-refusals', 'commit-of-several-events'].map(golden)
  const [first, second, third] = row as [GoldenRecord, GoldenRecord, GoldenRecord]
  const revisions = (stored: readonly GoldenRecord[], previousHash?: string) =>
    decodeRow(stored, previousHash).map(({ revision }) => revision)

  test('may begin anywhere; the first hash is checked when the one before is known', () => {
    expect(revisions([second, third])).toEqual([2, 3])
    expect(revisions([second, third], String(first.record['h']))).toEqual([2, 3])
    expect(thrownBy(() => revisions([second, third], 'another'))).toMatchObject({
      code: 'journal-corrupt',
      data: { revision: 2, problem: 'its hash does not follow from its content and the commit before' },
    })
  })

  test.for([
    { what: 'a gap', stored: [first, third], revision: 3 },
    { what: 'a duplicate', stored: [first, second, second], revision: 2 },
    { what: 'the wrong order', stored: [first, third, second], revision: 3 },
  ])('with $what is journal-corrupt', ({ stored, revision }) => {
    expect(thrownBy(() => revisions(stored))).toMatchObject({
      code: 'journal-corrupt',
      data: { revision, problem: expect.stringContaining('a commit is missing or duplicated') },
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
    expect(thrownBy(() => revisions(stored))).toMatchObject({
      code: 'journal-corrupt',
      data: { revision: 1, problem: 'its hash does not follow from its content and the commit before' },
    })
  })
})
