import type { RowStore, StoredRow } from '../../journal/row-store.ts'

/** An eventually consistent read may miss what was written within this time. */
export const staleForMs = 1_000

/**
 * Rows whose reads with eventual consistency are as stale as they may be.
 *
 * @param staleMs How long such a read misses what was written.
 */
export function staleReads(base: RowStore, now: () => number, staleMs: number): RowStore {
  const former = new Map<string, { readonly row: StoredRow | undefined; readonly until: number }>()

  async function keepFormer(keys: readonly string[]): Promise<() => void> {
    const known = keys.filter((key) => staleMs > 0 && (former.get(key)?.until ?? 0) <= now())
    if (known.length === 0) return () => {}
    const rows = await base.get(known)
    return () => {
      for (const [index, key] of known.entries())
        former.set(key, { row: rows[index], until: now() + staleMs })
    }
  }

  return {
    ...base,
    async get(keys, request) {
      const rows = await base.get(keys, request)
      if (request?.consistency !== 'eventual') return rows
      return rows.map((row, index) => {
        const stale = former.get(keys[index] ?? '')
        return stale !== undefined && now() < stale.until ? stale.row : row
      })
    },
    async write(batch, request) {
      const keep = await keepFormer(batch.map(({ row }) => row.key))
      const written = await base.write(batch, request)
      if (written) keep()
      return written
    },
  }
}
