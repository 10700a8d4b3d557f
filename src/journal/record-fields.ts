import { decompress } from '#bytes'
import type { EntityKey } from '../core/base/entity-key.ts'
import { journalCorrupt } from '../core/base/failures.ts'
import type { StoredRecord } from './store.ts'

/**
 * Newest version of the stored format. 1: the first. 2: a commit with causes. 3: a commit whose receipts are compressed.
 * A record is written in the lowest version that can hold it, so that older code reads whatever it can.
 */
export const formatVersion = 3

/** Where a record is, for errors, and how far its fields may inflate. */
export interface RecordPlace {
  readonly entity: EntityKey
  readonly revision: number
  readonly maxInflatedBytes: number
}

/** Throws `journal-corrupt` for a record of a newer format, or of none. */
export function checkVersion({ entity, revision }: RecordPlace, { v }: StoredRecord): void {
  if (typeof v === 'number' && v >= 1 && v <= formatVersion && Number.isInteger(v)) return
  const newer = typeof v === 'number' && v > formatVersion
  const problem = newer
    ? `format version ${v} was written by a newer Tailfold: upgrade this one`
    : 'it has no format version'
  throw journalCorrupt(entity, revision, problem)
}

/** The text of a field, inflated where the record says so. */
export function plainText(place: RecordPlace, record: StoredRecord, field: 'e' | 'c' | 's'): unknown {
  const text = record[field]
  if (typeof text !== 'string' || !String(record['z'] ?? '').includes(field)) return text
  const { entity, revision, maxInflatedBytes } = place
  try {
    return decompress(text, maxInflatedBytes)
  } catch (cause) {
    const problem = isTooLarge(cause)
      ? `field ${field} inflates to more than ${maxInflatedBytes} bytes (maxInflatedBytes)`
      : `field ${field} cannot be decompressed`
    throw journalCorrupt(entity, revision, problem, cause)
  }
}

/** The value of a JSON text in a field. Throws `journal-corrupt`. */
export function parseField({ entity, revision }: RecordPlace, field: string, text: unknown): unknown {
  try {
    return JSON.parse(text as string) as unknown
  } catch (cause) {
    throw journalCorrupt(entity, revision, `field ${field} is not JSON`, cause)
  }
}

/** The array of a JSON text in a field. Throws `journal-corrupt`. */
export function parseArray(place: RecordPlace, field: string, text: unknown): readonly unknown[] {
  const value = parseField(place, field, text)
  if (Array.isArray(value)) return value
  throw journalCorrupt(place.entity, place.revision, `field ${field} is not a JSON array`)
}

/** True for the error of `decompress` that means too many bytes. */
function isTooLarge(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE'
}
