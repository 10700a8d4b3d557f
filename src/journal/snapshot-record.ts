import { byteLength, compress } from '#bytes'
import { journalCorrupt } from '../core/base/failures.ts'
import type { StateToSave, StoredState } from '../core/journal/journal.ts'
import { checkVersion, parseField, plainText, type RecordPlace } from './record-fields.ts'
import type { StoredRecord, StoredSnapshot } from './store.ts'

/**
 * Stored format of a snapshot, in the slot of the key, with its revision and schema version beside it: v (1), ts, n, h,
 * s, w and z as in a commit record (see `commit-record.ts`), where h is that of the commit at its revision and z is `s`
 * when the state is compressed.
 */
export function encodeSnapshot(state: StateToSave, compressed = false): StoredSnapshot {
  const { revision, schemaVersion, timestamp, sequenceNr, hash, stateText } = state
  const s = compressed ? compress(stateText) : stateText
  const record = { v: 1, ts: timestamp, n: sequenceNr, h: hash, s, ...(compressed && { z: 's' }) }
  return { revision, schemaVersion, record }
}

/** The same snapshot with the command ids known there, in the form of `core/journal/recent-commands-record.ts`. */
export function withRecent(snapshot: StoredSnapshot, recent: string): StoredSnapshot {
  return { ...snapshot, record: { ...snapshot.record, w: recent } }
}

/** What a store adds to a snapshot record, for its size. */
export function measuredSnapshot({ record, revision, schemaVersion }: StoredSnapshot): StoredRecord {
  return { ...record, sr: revision, sv: schemaVersion }
}

/** The state of a snapshot, or of a commit that carries one. Throws `journal-corrupt`. */
export function decodeState(place: RecordPlace, record: StoredRecord): StoredState {
  checkVersion(place, record)
  const { n, h, ts, w = '' } = record
  const s = plainText(place, record, 's')
  const numbers = typeof n === 'number' && typeof ts === 'number'
  if (!numbers || typeof s !== 'string' || typeof h !== 'string' || typeof w !== 'string') {
    throw journalCorrupt(place.entity, place.revision, 'a field of the state is missing or of the wrong type')
  }
  return {
    revision: place.revision,
    sequenceNr: n,
    state: parseField(place, 's', s),
    stateBytes: byteLength(s),
    recent: w,
    hash: h,
    timestamp: ts,
  }
}
