import { checkOptionsObject, checkWholeBytes } from '../../core/base/describe-value.ts'
import { oneRequest } from '../../core/base/cost.ts'
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
      const found = [...rows.values()]
        .flatMap((row) => {
          const entry = row.text === undefined ? undefined : row.indexes?.[query.index]
          return entry !== undefined && isAskedFor(entry, row.key, query) ? [{ row, entry }] : []
        })
        .toSorted(
          (a, b) => inOrder(query, a.entry.sort, b.entry.sort) || inOrder(query, a.row.key, b.row.key),
        )
      const page = found.slice(0, query.limit)
      const last = page.at(-1)
      const cursor = last && found.length > query.limit && JSON.stringify([last.entry.sort, last.row.key])
      return { rows: page.map(({ row }) => toRow(row)), ...(typeof cursor === 'string' && { cursor }) }
    },

    async scan(prefix, cursor = '', limit, { meter } = {}) {
      meter?.(oneRequest)
      const found = [...rows.values()]
        .filter(({ key }) => key.startsWith(prefix) && key > cursor)
        .toSorted((a, b) => compareCodePoints(a.key, b.key))
      const page = found.slice(0, limit).map(toRow)
      const last = page.at(-1)
      return { rows: page, ...(last !== undefined && found.length > limit && { cursor: last.key }) }
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

function isAskedFor({ value, sort }: IndexEntry, key: string, query: RowQuery): boolean {
  if (value !== query.value) return false
  if (query.from !== undefined && compareCodePoints(sort, query.from) < 0) return false
  if (query.to !== undefined && compareCodePoints(sort, query.to) > 0) return false
  if (query.cursor === undefined) return true
  const [lastSort = '', lastKey = ''] = JSON.parse(query.cursor) as readonly string[]
  return (inOrder(query, sort, lastSort) || inOrder(query, key, lastKey)) > 0
}

function inOrder({ order }: RowQuery, one: string, other: string): number {
  const compared = compareCodePoints(one, other)
  return order === 'descending' ? -compared : compared
}
