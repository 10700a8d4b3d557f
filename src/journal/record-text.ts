import { recordTooLarge } from './failures.ts'
import type { StoredRecord } from './store.ts'

/** Records as JSON text, for stores that keep them so. */
export interface RecordText {
  /** The text of a record. Throws `record-too-large`. */
  encode(key: string, what: 'commit' | 'snapshot', record: StoredRecord): string
  decode(text: unknown): StoredRecord
  /** Bytes of a record with its key. */
  bytes(key: string, record: StoredRecord): number
}

/** Records as JSON text of at most `maxRecordBytes` bytes with their key. */
export function recordText(maxRecordBytes: number): RecordText {
  const bytesOf = (key: string, text: string) => Buffer.byteLength(key) + Buffer.byteLength(text)
  return {
    encode(key, what, record) {
      const text = JSON.stringify(record)
      const bytes = bytesOf(key, text)
      if (bytes > maxRecordBytes) throw recordTooLarge(key, what, bytes, maxRecordBytes)
      return text
    },
    decode: (text) => JSON.parse(String(text)) as StoredRecord,
    bytes: (key, record) => bytesOf(key, JSON.stringify(record)),
  }
}
