import { TailfoldError } from '../core/base/errors.ts'
import type { Platform } from '../core/base/platform.ts'
import type { RowQuery } from '../journal/row-store.ts'

/** Where a page of a list ends, and the next one begins. */
export interface PageEnd {
  /** The cursor of the row store. */
  readonly cursor: string
  /** Sort and key of the last row before it. */
  readonly sort: string
  readonly key: string
}

/** A cursor as callers get it: bound to the query that it continues, and refused where a part of it was changed. */
export function cursorText(platform: Platform, query: RowQuery, end: PageEnd): string {
  return JSON.stringify([fingerprint(platform, query, end), end.cursor, end.sort, end.key])
}

/** The end of the page before. Throws `invalid-query` for a cursor that is not one of this query. */
export function parseCursor(platform: Platform, query: RowQuery, text: string): PageEnd {
  try {
    const parsed: unknown = JSON.parse(text)
    if (Array.isArray(parsed) && parsed.length === 4 && parsed.every((part) => typeof part === 'string')) {
      const [of, cursor, sort, key] = parsed as [string, string, string, string]
      const end = { cursor, sort, key }
      if (of === fingerprint(platform, query, end)) return end
    }
  } catch {
    // Said below.
  }
  const problem =
    'the cursor is not one of this query: send the query as it was, with the cursor of its last page'
  throw new TailfoldError('invalid-query', `The query is not valid: ${problem}.`, { problem })
}

function fingerprint(platform: Platform, query: RowQuery, { cursor, sort, key }: PageEnd): string {
  const { index, value, from, to, order } = query
  const parts = [index, value, from ?? null, to ?? null, order ?? null, cursor, sort, key]
  return platform.sha256(JSON.stringify(parts)).slice(0, 16)
}
