import type { RowStore, StoredRow } from '../../../journal/row-store.ts'
import { memoryRows } from '../../../stores/memory/rows.ts'
import { staleForMs } from '../stale-reads.ts'
import { parseKey } from './row-keys.ts'

/** An index of read models that shows what was written a while ago. */
export interface LateRows extends Pick<RowStore, 'query'> {
  /** Notes what was written now. */
  wrote(rows: readonly StoredRow[]): void
}

/** The rows of read models as an index shows them that is as late as it may be. */
export function lateRows(now: () => number): LateRows {
  const rows = memoryRows()
  const written: { readonly at: number; readonly rows: readonly StoredRow[] }[] = []

  async function apply(): Promise<void> {
    for (let next = written[0]; next !== undefined && next.at + staleForMs <= now(); next = written[0]) {
      written.shift()
      await rows.remove(next.rows.map(({ key }) => key))
      await rows.write(next.rows.map((row) => ({ row, when: -1 })))
    }
  }

  return {
    wrote(all: readonly StoredRow[]): void {
      const shown = all.filter(({ key }) => parseKey(key)?.kind === 'w')
      if (shown.length > 0) written.push({ at: now(), rows: shown })
    },
    async query(...args: Parameters<RowStore['query']>) {
      await apply()
      return rows.query(...args)
    },
  }
}
