import { hash as digest } from 'node:crypto'
import type { Cause, Commit, CommitDraft, Receipt } from '../core/journal/commit.ts'
import type { EntityKey } from '../core/base/entity-key.ts'
import { journalCorrupt } from '../core/base/failures.ts'
import type { DurableState, StateToSave } from '../core/journal/journal.ts'
import { jsonText } from '../core/base/json.ts'
import { compress, decompress } from './compression.ts'
import type { StoredCommit, StoredRecord, StoredSnapshot } from './store.ts'

/**
 * Stored format. Golden files in test/golden hold it; records once written stay readable for ever.
 *
 * A commit record stands at (key, revision). Names are short because stores bill them.
 *
 *   v   number  format version: 1, or 2 for a commit with `m`
 *   id  text    commit id: random, the writer's own mark
 *   ts  number  time of the commit, milliseconds since the Unix epoch
 *   n   number  sequence number of the last event (of the commit before, when there are no events)
 *   e   text    JSON array of the events
 *   t   text    distinct event types in order of first appearance, joined by `,`; absent without events.
 *               For people and stream filters; never read back
 *   c   text    JSON array of receipts `[commandId, fingerprint, firstEvent, eventCount, kind, value?, details?]`;
 *               kind 0: replied, value = reply; kind 1: rejected, value = reason. Absent when there are none
 *   m   text    JSON array of causes `[firstEvent, eventCount, principal, traceparent?]`, an unknown principal being
 *               null. Absent when there are none
 *   h   text    chain hash: the first 22 characters of base64url(SHA-256(previous h, revision, id, ts, n, e, c)), with
 *               sv, s, w after them when there is an s, and m when there is one; the fields joined by line feeds (no
 *               field holds one), the previous h of revision 1 and an absent c or w being empty
 *   s   text    JSON of the state after the commit; absent when it does not ride along
 *   sv  number  schema version of the state; with `s` only
 *   w   text    recent command ids (see core/journal/recent-commands.ts); with `s` only, absent when there are none
 *   z   text    names of the fields, `e` or `s`, whose text is compressed (see compression.ts); absent when none is.
 *               Hashes are taken over what is stored
 *
 * A snapshot record stands in the slot of the key, with its revision and schema version kept beside it: v, ts, n, h, s,
 * w and z as above, where `h` is that of the commit at its revision.
 */
export const formatVersion = 2

/** Snapshots, and commits without causes, are still written in the first version: older code reads them. */
const firstVersion = 1

/** Holds the place of a hash until the record is whole: sizes are measured before hashes are taken. */
const unsealed = '-'.repeat(22)

/** A commit draft in stored form but for its hash, the state left out; its events compressed on demand. */
export function encodeCommit(draft: CommitDraft, compressed = false): StoredRecord {
  const { commitId, timestamp, lastSequenceNr, events, eventTexts, receipts, causes } = draft
  const text = `[${eventTexts.join(',')}]`
  const e = compressed ? compress(text) : text
  const c = receipts.length === 0 ? '' : jsonText(receipts.map(packReceipt), 'receipts')
  return {
    v: causes === undefined ? firstVersion : formatVersion,
    id: commitId,
    ts: timestamp,
    n: lastSequenceNr,
    e,
    ...(causes !== undefined && { m: jsonText(causes.map(packCause), 'causes') }),
    ...(events.length > 0 && { t: eventTypes(events) }),
    ...(c !== '' && { c }),
    ...(compressed && { z: 'e' }),
    h: unsealed,
  }
}

/** The same record carrying the state after the commit. */
export function withState(record: StoredRecord, draft: CommitDraft, stateText: string): StoredRecord {
  const { schemaVersion, recent } = draft
  return { ...record, s: stateText, sv: schemaVersion, ...(recent !== '' && { w: recent }) }
}

/** The whole record with its chain hash: what is stored. */
export function sealed(record: StoredRecord, { previousHash, revision }: CommitDraft): StoredRecord {
  return { ...record, h: chainHash(previousHash, revision, record) }
}

/**
 * Decodes consecutive commits, ascending. Throws `journal-corrupt` for a gap, a duplicate, an unreadable or an altered
 * record. The first hash is checked when `previousHash` is known.
 */
export function decodeCommits(
  entity: EntityKey,
  stored: readonly StoredCommit[],
  recordBytes: (revision: number, record: StoredRecord) => number,
  previousHash: string | undefined,
): readonly Commit[] {
  let hash = previousHash
  let expected = stored[0]?.revision
  return stored.map(({ revision, record }) => {
    if (revision !== expected) {
      throw journalCorrupt(
        entity,
        revision,
        `revision ${expected} was to be read here; one is missing or stands twice`,
      )
    }
    expected = revision + 1
    // Decoded first: of a record in a newer format the hash says nothing.
    const commit = decodeCommit(entity, revision, record, recordBytes(revision, record))
    const known = revision === 1 ? '' : hash
    if (known !== undefined) checkHash(entity, { revision, record }, known)
    hash = commit.hash
    return commit
  })
}

/** Throws `journal-corrupt` unless the hash of a commit follows from its content and the hash of the commit before. */
export function checkHash(entity: EntityKey, { revision, record }: StoredCommit, previousHash: string): void {
  if (chainHash(previousHash, revision, record) === record['h']) return
  throw journalCorrupt(entity, revision, 'its hash does not follow from its content and the commit before')
}

/** One commit, its hash taken on trust. */
export function decodeCommit(
  entity: EntityKey,
  revision: number,
  record: StoredRecord,
  bytes: number,
): Commit {
  checkVersion(entity, revision, record)
  const { id, ts, n, c = '[]', m, h, sv } = record
  const stateVersion = typeof sv === 'number' ? sv : undefined
  if (typeof id !== 'string' || typeof ts !== 'number' || typeof n !== 'number' || typeof h !== 'string') {
    throw journalCorrupt(entity, revision, 'a field is missing or of the wrong type')
  }
  const events = parseArray(entity, revision, 'e', plainText(entity, revision, record, 'e'))
  const receipts = parseArray(entity, revision, 'c', c).map((packed) =>
    unpackReceipt(entity, revision, packed),
  )
  const commit = {
    revision,
    commitId: id,
    timestamp: ts,
    lastSequenceNr: n,
    events,
    receipts,
    hash: h,
    bytes,
    ...(stateVersion !== undefined && { stateVersion }),
  }
  if (m === undefined) return commit
  const causes = parseArray(entity, revision, 'm', m)
  return { ...commit, causes: causes.map((packed) => unpackCause(entity, revision, packed)) }
}

/** The state that rides with a commit, when it has one of that schema version (`undefined`: of any). */
export function decodeRidingState(
  entity: EntityKey,
  { revision, record }: StoredCommit,
  schemaVersion: number | undefined,
): DurableState | undefined {
  const fits = record['s'] !== undefined && (schemaVersion === undefined || record['sv'] === schemaVersion)
  return fits ? decodeState(entity, revision, record) : undefined
}

/** A state in the stored form of a snapshot, compressed on demand. */
export function encodeSnapshot(state: StateToSave, compressed = false): StoredSnapshot {
  const { revision, schemaVersion, timestamp, sequenceNr, hash, stateText, recent } = state
  const s = compressed ? compress(stateText) : stateText
  const fields = { v: firstVersion, ts: timestamp, n: sequenceNr, h: hash, s }
  const record = { ...fields, ...(recent !== '' && { w: recent }), ...(compressed && { z: 's' }) }
  return { revision, schemaVersion, record }
}

/** The state of a snapshot or of a commit record. */
export function decodeState(entity: EntityKey, revision: number, record: StoredRecord): DurableState {
  checkVersion(entity, revision, record)
  const { n, h, ts, w = '' } = record
  const s = plainText(entity, revision, record, 's')
  const numbers = typeof n === 'number' && typeof ts === 'number'
  if (!numbers || typeof s !== 'string' || typeof h !== 'string' || typeof w !== 'string') {
    throw journalCorrupt(entity, revision, 'a field of the state is missing or of the wrong type')
  }
  const state = parseJson(entity, revision, 's', s)
  return {
    revision,
    sequenceNr: n,
    state,
    stateBytes: Buffer.byteLength(s),
    recent: w,
    hash: h,
    timestamp: ts,
  }
}

function chainHash(previous: string, revision: number, record: StoredRecord): string {
  const { id, ts, n, e, c = '', sv, s, w = '', m } = record
  const state = s === undefined ? [] : [sv, s, w]
  const causes = m === undefined ? [] : [m]
  const text = [previous, revision, id, ts, n, e, c, ...state, ...causes].join('\n')
  return digest('sha256', text, 'base64url').slice(0, 22)
}

function checkVersion(entity: EntityKey, revision: number, { v }: StoredRecord): void {
  if (v === firstVersion || v === formatVersion) return
  const newer = typeof v === 'number' && v > formatVersion
  const why = newer
    ? `format version ${v} was written by a newer Tailfold: upgrade this one`
    : 'it has no format version'
  throw journalCorrupt(entity, revision, why)
}

/** The text of a field, decompressed where the record says so. */
function plainText(entity: EntityKey, revision: number, record: StoredRecord, field: 'e' | 's'): unknown {
  const text = record[field]
  if (typeof text !== 'string' || !String(record['z'] ?? '').includes(field)) return text
  try {
    return decompress(text)
  } catch (cause) {
    throw journalCorrupt(entity, revision, `field ${field} cannot be decompressed`, cause)
  }
}

function eventTypes(events: readonly unknown[]): string {
  return [...new Set(events.map((event) => (event as { type: string }).type))].join(',')
}

function packReceipt({
  commandId,
  fingerprint,
  firstEvent,
  eventCount,
  outcome,
}: Receipt): readonly unknown[] {
  const head = [commandId, fingerprint, firstEvent, eventCount]
  if (outcome.kind === 'replied')
    return outcome.reply === undefined ? [...head, 0] : [...head, 0, outcome.reply]
  return outcome.details === undefined
    ? [...head, 1, outcome.reason]
    : [...head, 1, outcome.reason, outcome.details]
}

function unpackReceipt(entity: EntityKey, revision: number, packed: unknown): Receipt {
  const [commandId, fingerprint, firstEvent, eventCount, kind, value, details] = Array.isArray(packed)
    ? packed
    : []
  const known = typeof commandId === 'string' && typeof fingerprint === 'string' && (kind === 0 || kind === 1)
  if (!known || typeof firstEvent !== 'number' || typeof eventCount !== 'number') {
    throw journalCorrupt(entity, revision, 'a receipt is not of the stored form')
  }
  const outcome =
    kind === 0
      ? { kind: 'replied' as const, reply: value }
      : { kind: 'rejected' as const, reason: String(value), details }
  return { commandId, fingerprint, firstEvent, eventCount, outcome }
}

function packCause({ firstEvent, eventCount, principal, traceparent }: Cause): readonly unknown[] {
  const head = [firstEvent, eventCount, principal ?? null]
  return traceparent === undefined ? head : [...head, traceparent]
}

function unpackCause(entity: EntityKey, revision: number, packed: unknown): Cause {
  const [firstEvent, eventCount, principal, traceparent] = Array.isArray(packed) ? packed : []
  if (typeof firstEvent !== 'number' || typeof eventCount !== 'number') {
    throw journalCorrupt(entity, revision, 'a cause is not of the stored form')
  }
  return {
    firstEvent,
    eventCount,
    ...(typeof principal === 'string' && { principal }),
    ...(typeof traceparent === 'string' && { traceparent }),
  }
}

function parseArray(entity: EntityKey, revision: number, field: string, text: unknown): readonly unknown[] {
  const value = parseJson(entity, revision, field, text)
  if (!Array.isArray(value)) throw journalCorrupt(entity, revision, `field ${field} is not a JSON array`)
  return value
}

function parseJson(entity: EntityKey, revision: number, field: string, text: unknown): unknown {
  try {
    return JSON.parse(text as string) as unknown
  } catch (cause) {
    throw journalCorrupt(entity, revision, `field ${field} is not JSON`, cause)
  }
}
