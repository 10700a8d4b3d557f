import { TailfoldError } from '../core/base/errors.ts'
import { maxRowKeyChars, type RowPage, type RowQuery, rowKeyPattern, type StoredRow } from './row-store.ts'
import { bytesOf, compareCodePoints, maxSortBytes } from './row-text.ts'

/** A page of rows ends before its values exceed this, as JSON: memory and answers are bounded. A larger row comes alone. */
export const maxPageChars = 1_000_000

/** A row, and the size of its value. */
export interface SizedRow {
  readonly row: StoredRow
  /** Characters of its JSON; bytes where the store counts those. */
  readonly size: number
}

/** Where a row is in the order of a query. */
export interface RowPlace {
  readonly sort: string
  readonly key: string
}

/**
 * A page of rows in the order of a list, with the cursor of its end where more follow.
 *
 * @param found The rows from the beginning of the page on: one more than `limit` where there are so many. Read no further than
 * the page needs.
 */
export function rowPage(
  found: Iterable<SizedRow>,
  limit: number,
  cursorOf: (last: StoredRow) => string,
): RowPage {
  const rows: StoredRow[] = []
  let chars = 0
  let more = false
  for (const { row, size } of found) {
    more = rows.length === limit || (rows.length > 0 && chars + size > maxPageChars)
    if (more) break
    rows.push(row)
    chars += size
  }
  const last = rows.at(-1)
  return { rows, ...(more && last !== undefined && { cursor: cursorOf(last) }) }
}

/** The cursor of a page of a query that ends with a row. */
export function queryCursor(
  { index }: RowQuery,
  { key, indexes }: Pick<StoredRow, 'key' | 'indexes'>,
): string {
  return JSON.stringify([indexes?.[index]?.sort ?? '', key])
}

/** The place that the cursor of a query names. Throws `invalid-query` for one that no page of the query can end at. */
export function placeOf({ cursor, from, to }: RowQuery): RowPlace | undefined {
  if (cursor === undefined) return undefined
  const [sort, key, ...rest] = parsedList(cursor)
  const isPlace = typeof sort === 'string' && typeof key === 'string' && rest.length === 0
  if (!isPlace || !isKey(key) || !sort.isWellFormed() || bytesOf(sort) > maxSortBytes) throw wrongCursor()
  if (from !== undefined && compareCodePoints(sort, from) < 0) throw wrongCursor()
  if (to !== undefined && compareCodePoints(sort, to) > 0) throw wrongCursor()
  return { sort, key }
}

/** The key after which a scan continues. Throws `invalid-query` if the cursor is not a key. */
export function scanPlace(cursor: string | undefined): string | undefined {
  if (cursor === undefined || isKey(cursor)) return cursor
  throw wrongCursor()
}

function isKey(text: string): boolean {
  return text.length <= maxRowKeyChars && rowKeyPattern.test(text)
}

function parsedList(text: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) ? value : []
  } catch {
    return []
  }
}

function wrongCursor(): TailfoldError {
  const problem =
    'the cursor is not one of this list: send the query as it was, with the cursor of its last page'
  return new TailfoldError('invalid-query', `The query is not valid: ${problem}.`, { problem })
}
