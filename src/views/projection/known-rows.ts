import type { RequestOptions } from '../../core/base/cost.ts'
import { frozenJson } from '../../core/base/json.ts'
import { readRows } from '../../journal/read-rows.ts'
import type { RowStore, StoredRow } from '../../journal/row-store.ts'

/** The rows of a batch, as far as they are known. One may be old: the condition of its write proves it. */
export interface KnownRows {
  /** Reads those that are not known. */
  load(keys: readonly string[]): Promise<void>
  get(key: string): StoredRow | undefined
  /** Rows that were written. */
  wrote(rows: readonly StoredRow[]): void
  /** A write was refused: these are read again, as they are then. */
  forget(keys: readonly string[]): void
}

/** Knows no row yet. What is read first may be a second old, at half the price; what is read again may not. */
export function knownRows(rows: RowStore, request: RequestOptions): KnownRows {
  const known = new Map<string, StoredRow | undefined>()
  const forgotten = new Set<string>()

  async function read(keys: readonly string[], consistency: 'strong' | 'eventual'): Promise<void> {
    const found = await readRows(rows, keys, { ...request, consistency })
    for (const [index, key] of keys.entries()) known.set(key, frozen(found[index]))
  }

  return {
    async load(keys) {
      const unknown = keys.filter((key) => !known.has(key))
      await read(
        unknown.filter((key) => !forgotten.has(key)),
        'eventual',
      )
      await read(
        unknown.filter((key) => forgotten.has(key)),
        'strong',
      )
    },
    get: (key) => known.get(key),
    wrote(written) {
      for (const row of written) known.set(row.key, row)
    },
    forget(keys) {
      for (const key of keys) {
        known.delete(key)
        forgotten.add(key)
      }
    },
  }
}

/** A fold that changed a row in place would not be noticed. */
function frozen(row: StoredRow | undefined): StoredRow | undefined {
  return row?.value === undefined ? row : { ...row, value: frozenJson(row.value, 'row') }
}
