import { byteLength } from '#bytes'
import { TailfoldError } from '../core/base/errors.ts'
import { recordTooLarge } from './failures.ts'
import type { StoredRecord } from './store.ts'

/** Records as JSON text, for stores that keep them so. */
export interface RecordText {
  /** The text of a record. Throws `record-too-large`, and `TypeError` for a number that is not a safe integer. */
  encode(key: string, what: 'commit' | 'snapshot', record: StoredRecord): string
  /** The record in a text. Throws `journal-corrupt`, naming the place, for a text that {@link encode} did not make. */
  decode(text: unknown, place?: { readonly key: string; readonly revision: number }): StoredRecord
  /** Bytes of a record with its key. */
  bytes(key: string, record: StoredRecord): number
}

/** Records as JSON text of at most `maxRecordBytes` bytes with their key. */
export function recordText(maxRecordBytes: number): RecordText {
  const bytesOf = (key: string, text: string) => byteLength(key) + byteLength(text)
  return {
    encode(key, what, record) {
      checkNumbers(record)
      const text = JSON.stringify(record)
      const bytes = bytesOf(key, text)
      if (bytes > maxRecordBytes) throw recordTooLarge(key, what, bytes, maxRecordBytes)
      return text
    },
    decode(text, { key, revision } = { key: 'an unnamed key', revision: 0 }) {
      const record = parsed(text)
      if (isRecord(record)) return record
      const problem = 'the record is not the JSON text of a flat object'
      throw new TailfoldError(
        'journal-corrupt',
        `The journal of ${key} is corrupt at revision ${revision}: ${problem}. Restore that record from a backup; other entities are not affected.`,
        { entity: key, revision, problem },
      )
    },
    bytes: (key, record) => bytesOf(key, JSON.stringify(record)),
  }
}

/** Throws `TypeError` for a number that a store could not return as it is. */
export function checkNumbers(record: StoredRecord): void {
  for (const name in record) {
    const value = record[name]
    if (typeof value === 'number' && !Number.isSafeInteger(value))
      throw new TypeError(`Field ${name} of a record is ${value}; numbers of a record are safe integers.`)
  }
}

function parsed(text: unknown): unknown {
  try {
    return JSON.parse(String(text)) as unknown
  } catch {
    return undefined
  }
}

function isRecord(value: unknown): value is StoredRecord {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  for (const field of Object.values(value)) {
    if (typeof field !== 'string' && typeof field !== 'number') return false
  }
  return true
}
