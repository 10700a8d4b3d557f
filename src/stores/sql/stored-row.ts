import type { IndexEntry, StoredRow } from '../../journal/row-store.ts'
import type { SqlRow } from './sqlite-client.ts'

/** Indexes of the table of rows. */
export const rowIndexes = 3

/** Their places: entry n is in the columns `vn` and `sn`. */
export const places: readonly number[] = Array.from({ length: rowIndexes }, (_, place) => place)

/** The row in the columns that every SQL table of rows has; `entryAt` reads an index entry, in the form of that table. */
export function storedRow(found: SqlRow, entryAt: (place: number) => IndexEntry | undefined): StoredRow {
  const entries = places.map(entryAt)
  const used = entries.findLastIndex((entry) => entry !== undefined) + 1
  const { value, expires_at: expires, as_of: asOf } = found
  return {
    key: String(found['key']),
    revision: Number(found['revision']),
    ...(typeof value === 'string' && { value: JSON.parse(value) as Record<string, unknown> }),
    ...(used > 0 && { indexes: entries.slice(0, used) }),
    ...(asOf !== null && { asOf: Number(asOf) }),
    ...(expires !== null && { expiresAtEpochSeconds: Number(expires) }),
  }
}
