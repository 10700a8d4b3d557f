import { parseKey } from './row-keys.ts'

/** What one consumer asked of the rows. */
export interface RowCosts {
  /** Requests that write rows or positions. */
  readonly writes: number
  /** Rows and positions in them. */
  readonly written: number
  /** Requests that read rows or positions. */
  readonly reads: number
  readonly read: number
}

/** Counts what each consumer asks of the rows. */
export interface RowCostsCount {
  /** Counts a request by the consumer that its keys are of. */
  wrote(keys: readonly string[]): void
  read(keys: readonly string[]): void
  of(consumerId: string): RowCosts
}

const noCosts: RowCosts = { writes: 0, written: 0, reads: 0, read: 0 }

/** Begins at nothing. */
export function countRowCosts(): RowCostsCount {
  const costs = new Map<string, RowCosts>()
  const of = (consumerId: string) => costs.get(consumerId) ?? noCosts

  function add(keys: readonly string[], sum: (before: RowCosts) => RowCosts): void {
    const id = keys.map((key) => parseKey(key)?.consumerId).find((found) => found !== undefined)
    if (id !== undefined) costs.set(id, sum(of(id)))
  }

  return {
    of,
    wrote: (keys) =>
      add(keys, (sum) => ({ ...sum, writes: sum.writes + 1, written: sum.written + keys.length })),
    read: (keys) => add(keys, (sum) => ({ ...sum, reads: sum.reads + 1, read: sum.read + keys.length })),
  }
}
