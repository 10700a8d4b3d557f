import { checkNames } from '../../core/base/check-options.ts'
import { checkOptionsObject, checkWholeBytes } from '../../core/base/describe-value.ts'
import { oneRequest } from '../../core/base/cost.ts'
import {
  placeOf,
  queryCursor,
  rowPage,
  type RowPlace,
  scanPlace,
  type SizedRow,
} from '../../journal/row-page.ts'
import { checkRowKeys, checkRowWrites, compareCodePoints, holds, rowText } from '../../journal/row-text.ts'
import type { IndexEntry, RowLimits, RowQuery, RowStore, StoredRow } from '../../journal/row-store.ts'

/** Options of {@link memoryRows}. */
export interface MemoryRowsOptions {
  /** Largest row in bytes. Default 400 KB, as on DynamoDB, so that what works here works there. */
  readonly maxRowBytes?: number
}

type Kept = Omit<StoredRow, 'value'> & { readonly text: string | undefined }

/** A row store in this process's memory, for tests and first steps. It takes as many rows at once as DynamoDB does. */
export function memoryRows(options: MemoryRowsOptions = {}): RowStore {
  checkOptionsObject('The options of a row store', options)
  checkNames('memoryRows', options, { maxRowBytes: true })
  const { maxRowBytes = 400 * 1024 } = options
  checkWholeBytes('maxRowBytes', maxRowBytes)
  const limits: RowLimits = { reads: 100, writes: 100, maxRowBytes, indexes: 3 }
  const rows = new Map<string, Kept>()

  return {
    limits,

    async get(keys, { meter } = {}) {
      meter?.(oneRequest)
      checkRowKeys(keys, limits.reads)
      return keys.map((key) => {
        const kept = rows.get(key)
        return kept && toRow(kept)
      })
    },

    async write(writes, { meter } = {}) {
      meter?.(oneRequest)
      checkRowWrites(writes, limits)
      const texts = writes.map(({ row }) => rowText(row, maxRowBytes).value)
      if (!writes.every((write) => holds(write, rows.get(write.row.key)?.revision))) return false
      for (const [index, { row }] of writes.entries()) {
        const { value: _, indexes, ...rest } = row
        const entries = indexes?.map((entry) => entry && { ...entry })
        rows.set(row.key, { ...rest, ...(entries && { indexes: entries }), text: texts[index] })
      }
      return true
    },

    async query(query, { meter } = {}) {
      meter?.(oneRequest)
      const after = placeOf(query)
      const found = [...rows.values()]
        .flatMap((row) => {
          const entry = row.text === undefined ? undefined : row.indexes?.[query.index]
          return entry !== undefined && isAskedFor(entry, row.key, query, after) ? [{ row, entry }] : []
        })
        .toSorted(
          (a, b) => inOrder(query, a.entry.sort, b.entry.sort) || inOrder(query, a.row.key, b.row.key),
        )
        .map(({ row }) => row)
      return rowPage(sized(found), query.limit, (last) => queryCursor(query, last))
    },

    async scan(prefix, cursor, limit, { meter } = {}) {
      meter?.(oneRequest)
      const after = scanPlace(cursor) ?? ''
      const found = [...rows.values()]
        .filter(({ key }) => key.startsWith(prefix) && key > after)
        .toSorted((a, b) => compareCodePoints(a.key, b.key))
      return rowPage(sized(found), limit, ({ key }) => key)
    },

    async remove(keys, { meter } = {}) {
      meter?.(oneRequest)
      checkRowKeys(keys, limits.writes)
      for (const key of keys) rows.delete(key)
    },
  }
}

function toRow({ text, indexes, ...kept }: Kept): StoredRow {
  return {
    ...kept,
    ...(indexes && { indexes: indexes.map((entry) => entry && { ...entry }) }),
    ...(text !== undefined && { value: JSON.parse(text) as Record<string, unknown> }),
  }
}

function* sized(found: readonly Kept[]): Generator<SizedRow> {
  for (const kept of found) yield { row: toRow(kept), size: kept.text?.length ?? 0 }
}

function isAskedFor(
  { value, sort }: IndexEntry,
  key: string,
  query: RowQuery,
  after: RowPlace | undefined,
): boolean {
  if (value !== query.value) return false
  if (query.from !== undefined && compareCodePoints(sort, query.from) < 0) return false
  if (query.to !== undefined && compareCodePoints(sort, query.to) > 0) return false
  return after === undefined || (inOrder(query, sort, after.sort) || inOrder(query, key, after.key)) > 0
}

function inOrder({ order }: RowQuery, one: string, other: string): number {
  const compared = compareCodePoints(one, other)
  return order === 'descending' ? -compared : compared
}
