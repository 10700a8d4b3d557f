import type { RowStore } from '../../../journal/row-store.ts'
import { type CheckedRows, checkedRows, type CheckedRowsOptions } from './checked-rows.ts'
import { lateRows } from './late-rows.ts'
import { countRowCosts, type RowCosts } from './row-costs.ts'

/** Row stores that are watched: what is written is compared with what it must be at that moment. */
export interface WatchedReadModels extends Pick<CheckedRows, 'reached' | 'folded' | 'problems'> {
  readonly rows: RowStore
  /** For readers, who are not counted: their indexes show what was written a second ago. */
  readonly late: RowStore
  costs(consumerId: string): RowCosts
  /** When queries were last switched to another version, in milliseconds since the Unix epoch. */
  switched(name: string): number | undefined
}

/** What watching takes. */
export interface WatchOptions extends CheckedRowsOptions {
  readonly base: RowStore
  readonly now: () => number
}

/** Watches the rows of views and projections. */
export function watchReadModels(options: WatchOptions): WatchedReadModels {
  const { base, now } = options
  const checked = checkedRows(options)
  const costs = countRowCosts()
  const switched = new Map<string, number>()
  const late = lateRows(now)
  return {
    problems: checked.problems,
    reached: checked.reached,
    folded: checked.folded,
    costs: costs.of,
    switched: (name) => switched.get(name),
    late: { ...base, query: late.query },
    rows: {
      ...base,
      async get(keys, request) {
        costs.read(keys)
        return base.get(keys, request)
      },
      async write(batch, request) {
        costs.wrote(batch.map(({ row }) => row.key))
        const isWritten = await base.write(batch, request)
        if (!isWritten) return isWritten
        const rows = batch.map(({ row }) => row)
        late.wrote(rows)
        for (const { key } of rows) if (key.startsWith('v/')) switched.set(key.slice('v/'.length), now())
        checked.wrote(rows)
        return isWritten
      },
      async remove(keys, request) {
        await base.remove(keys, request)
        checked.removed(keys)
      },
    },
  }
}
