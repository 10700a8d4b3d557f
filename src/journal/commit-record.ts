import { byteLength, compress } from '#bytes'
import type { Commit } from '../core/journal/commit.ts'
import type { CommitDraft } from '../core/journal/commit-draft.ts'
import { journalCorrupt } from '../core/base/failures.ts'
import { jsonText } from '../core/base/json.ts'
import { chainHash, unsealed } from './chain-hash.ts'
import { packCause, packReceipt, unpackCause, unpackReceipt } from './receipt-record.ts'
import { checkVersion, parseArray, plainText, type RecordPlace } from './record-fields.ts'
import type { StoredRecord } from './store.ts'

/*
 * Stored format of a commit at (key, revision). Golden files in test/golden hold it; records once written stay readable.
 * Names are short because stores bill them. Snapshots: see `snapshot-record.ts`.
 *
 *   v   number  format version: 1; 2 for a commit with `m`; 3 where `c` is compressed
 *   id  text    commit id: random, the writer's own mark
 *   ts  number  time of the commit, milliseconds since the Unix epoch
 *   n   number  sequence number of the last event (of the commit before, when there are no events)
 *   e   text    JSON array of the events
 *   t   text    distinct event types in order of first appearance, joined by `,`; absent without events.
 *               For people and stream filters; never read back
 *   c   text    JSON array of receipts `[commandId, fingerprint, firstEvent, eventCount, kind, value?, details?]`;
 *               kind 0: replied, value = reply; kind 1: rejected, value = reason. Absent without receipts
 *   m   text    JSON array of causes `[firstEvent, eventCount, principal, traceparent?, null?, metadata?]`, what is unknown
 *               being null; the fifth is kept for hops. Absent without causes
 *   h   text    chain hash: the first 22 characters of base64url(SHA-256(previous h, revision, id, ts, n, e, c)), with
 *               sv, s, w after them when there is an s, and m when there is one; the fields joined by line feeds (no
 *               field holds one), the previous h of revision 1 and an absent c or w being empty
 *   s   text    JSON of the state after the commit; absent when it does not ride along
 *   sv  number  schema version of the state; with `s` only
 *   w   text    recent command ids (see core/journal/recent-commands-record.ts); with `s` only; 0.1.0 left it out without ids
 *   z   text    names of the fields, of `e` and `c`, whose text is compressed (see src/bytes); absent when none is.
 *               Hashes are taken over what is stored
 */

/** A commit in the forms it may be stored in, of which the cheapest is taken. */
export interface CommitForms {
  readonly plain: StoredRecord
  /** Forms with compressed fields, those that older code reads first. */
  readonly compressed: () => readonly StoredRecord[]
  /** The texts of `e` and `c` before compression. */
  readonly events: string
  readonly receipts: string
}

/** A commit draft in its stored forms, without hash and state. Fields beyond `maxInflatedBytes` are not compressed. */
export function commitForms(draft: CommitDraft, maxInflatedBytes: number): CommitForms {
  const events = `[${draft.eventTexts.join(',')}]`
  const receipts = draft.receipts.length === 0 ? '' : jsonText(draft.receipts.map(packReceipt), 'receipts')
  const compressed = (text: string) => (byteLength(text) <= maxInflatedBytes ? compress(text) : undefined)
  return {
    events,
    receipts,
    plain: commitFields(draft, events, receipts, ''),
    compressed() {
      const e = compressed(events)
      const c = receipts === '' ? undefined : compressed(receipts)
      return [
        ...(e === undefined ? [] : [commitFields(draft, e, receipts, 'e')]),
        ...(c === undefined ? [] : [commitFields(draft, events, c, 'c')]),
        ...(e === undefined || c === undefined ? [] : [commitFields(draft, e, c, 'ec')]),
      ]
    },
  }
}

function commitFields(draft: CommitDraft, e: string, c: string, z: string): StoredRecord {
  const { commitId: id, timestamp: ts, lastSequenceNr: n, events, causes } = draft
  const v = z.includes('c') ? 3 : causes === undefined ? 1 : 2
  // Set by name: spreads in the middle of a literal are ten times as slow.
  const record: Record<string, string | number> = { v, id, ts, n, e }
  if (causes !== undefined) record['m'] = jsonText(causes.map(packCause), 'causes')
  if (events.length > 0) record['t'] = eventTypes(events)
  if (c !== '') record['c'] = c
  if (z !== '') record['z'] = z
  record['h'] = unsealed
  return record
}

/** The same record carrying the state after the commit, with the command ids known there. */
export function withState(
  record: StoredRecord,
  schemaVersion: number,
  stateText: string,
  recent: string,
): StoredRecord {
  return { ...record, s: stateText, sv: schemaVersion, w: recent }
}

/** The complete record with its chain hash: what is stored. */
export function sealed(record: StoredRecord, previousHash: string, revision: number): StoredRecord {
  return { ...record, h: chainHash(previousHash, revision, record) }
}

/** One commit. Its hash is not checked here. Throws `journal-corrupt`. */
export function decodeCommit(place: RecordPlace, record: StoredRecord, bytes: number): Commit {
  checkVersion(place, record)
  const { entity, revision } = place
  const { id, ts, n, c, m, h, s, sv } = record
  if (typeof id !== 'string' || typeof ts !== 'number' || typeof n !== 'number' || typeof h !== 'string') {
    throw journalCorrupt(entity, revision, 'a field is missing or of the wrong type')
  }
  const events = plainText(place, record, 'e')
  const receipts = c === undefined ? undefined : plainText(place, record, 'c')
  // A commit has all its fields, `undefined` or not: a replay makes many, and those of one form are made fast.
  return {
    revision,
    commitId: id,
    timestamp: ts,
    lastSequenceNr: n,
    events: parseArray(place, 'e', events),
    receipts: c === undefined ? [] : unpackAll(place, 'c', receipts, unpackReceipt),
    causes: m === undefined ? undefined : unpackAll(place, 'm', m, unpackCause),
    hash: h,
    bytes,
    inflatedBytes: inflatedSize(record, bytes, events, receipts),
    stateVersion: s !== undefined && typeof sv === 'number' ? sv : undefined,
  }
}

function unpackAll<Unpacked>(
  place: RecordPlace,
  field: string,
  text: unknown,
  unpack: (place: RecordPlace, packed: unknown) => Unpacked,
): readonly Unpacked[] {
  return parseArray(place, field, text).map((packed) => unpack(place, packed))
}

/** What a commit takes with its texts inflated; `undefined` where the record holds none compressed. */
export function inflatedSize(
  { z, e, c }: StoredRecord,
  bytes: number,
  events: unknown,
  receipts: unknown,
): number | undefined {
  if (z === undefined) return undefined
  const added = (field: string, stored: unknown, plain: unknown) =>
    String(z).includes(field) ? byteLength(String(plain)) - byteLength(String(stored)) : 0
  return bytes + added('e', e, events) + added('c', c, receipts)
}

/** True when a state rides with a commit, of that schema version (`undefined`: of any). */
export function carriesState(record: StoredRecord, schemaVersion: number | undefined): boolean {
  return record['s'] !== undefined && (schemaVersion === undefined || record['sv'] === schemaVersion)
}

/** The id that the writer of a commit gave it. */
export function commitIdIn(record: StoredRecord): unknown {
  return record['id']
}

function eventTypes(events: readonly unknown[]): string {
  const types = events.map((event) => (event as { type: string }).type)
  return types.length === 1 ? (types[0] as string) : [...new Set(types)].join(',')
}
