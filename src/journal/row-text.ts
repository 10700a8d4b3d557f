import { recordTooLarge } from './failures.ts'
import { maxRowKeyChars, type RowLimits, rowKeyPattern, type RowWrite, type StoredRow } from './row-store.ts'

/** A row as text, for stores that keep it so. */
export interface RowText {
  /** JSON of the value; `undefined` for a tombstone. */
  readonly value: string | undefined
  readonly bytes: number
}

const utf8 = new TextEncoder()
/** Longest value and sort of an index entry, in bytes of UTF-8. */
export const maxValueBytes = 2_000
export const maxSortBytes = 1_000

/** Throws `TypeError` for keys that no row store takes: too many, one twice, or of other characters. */
export function checkRowKeys(keys: readonly string[], limit: number): void {
  if (keys.length > limit)
    throw new TypeError(`At most ${limit} rows go into one request, not ${keys.length}.`)
  if (new Set(keys).size < keys.length)
    throw new TypeError('A key comes twice in one request to a row store.')
  const wrong = keys.find((key) => key.length > maxRowKeyChars || !rowKeyPattern.test(key))
  if (wrong !== undefined) {
    throw new TypeError(
      `The key of a row is not valid: use 1 to ${maxRowKeyChars} letters, digits and "-._~%:/@", not ${JSON.stringify(wrong.slice(0, 100))}.`,
    )
  }
}

/** Throws `TypeError` for writes that no row store takes. */
export function checkRowWrites(writes: readonly RowWrite[], limits: RowLimits): void {
  checkRowKeys(
    writes.map(({ row }) => row.key),
    limits.writes,
  )
  for (const { row, when } of writes) {
    if (!Number.isSafeInteger(row.revision) || row.revision < 0)
      throw new TypeError(
        `The revision of row ${row.key} must be a whole number from 0, not ${row.revision}.`,
      )
    if (when !== 'newer' && !(Number.isSafeInteger(when) && when >= -1))
      throw new TypeError(`The condition on row ${row.key} must be 'newer' or a revision from -1.`)
    checkIndexes(row, limits)
  }
}

function checkIndexes({ key, indexes = [] }: StoredRow, limits: RowLimits): void {
  if (indexes.length > limits.indexes)
    throw new TypeError(
      `Row ${key} has ${indexes.length} index entries; this store has ${limits.indexes} indexes.`,
    )
  for (const entry of indexes) {
    if (entry === undefined) continue
    const [valueBytes, sortBytes] = [bytesOf(entry.value), bytesOf(entry.sort)]
    if (valueBytes === 0 || valueBytes > maxValueBytes || sortBytes > maxSortBytes) {
      throw new TypeError(
        `An index entry of row ${key} is not valid: a value has 1 to ${maxValueBytes} bytes, a sort up to ${maxSortBytes}.`,
      )
    }
  }
}

/** A row as text. Throws `record-too-large`, and `TypeError` for a value that is no plain object. */
export function rowText({ key, value, indexes }: StoredRow, maxRowBytes: number): RowText {
  if (value !== undefined && (typeof value !== 'object' || value === null || Array.isArray(value)))
    throw new TypeError(`The value of row ${key} must be an object.`)
  const text = value && JSON.stringify(value)
  const bytes = bytesOf(key) + bytesOf(text ?? '') + bytesOf(JSON.stringify(indexes ?? []))
  if (bytes > maxRowBytes) throw recordTooLarge(key, 'row', bytes, maxRowBytes)
  return { value: text, bytes }
}

/** Whether a write may go on, given the revision of the row that is there. */
export function holds({ row, when }: RowWrite, present: number | undefined): boolean {
  if (when === 'newer') return present === undefined || row.revision > present
  return when === (present ?? -1)
}

/** Compares texts by code points, as UTF-8 bytes do. */
export function compareCodePoints(one: string, other: string): number {
  for (let index = 0; index < one.length && index < other.length; index++) {
    const [a, b] = [one.charCodeAt(index), other.charCodeAt(index)]
    if (a === b) continue
    const surrogates = [a, b].map((unit) => unit >= 0xd800 && unit <= 0xdfff)
    return surrogates[0] === surrogates[1] ? a - b : surrogates[0] === true ? 1 : -1
  }
  return one.length - other.length
}

/** The length of a text in bytes of UTF-8. */
export function bytesOf(text: string): number {
  return utf8.encode(text).length
}
