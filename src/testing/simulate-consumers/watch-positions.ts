import type { RowStore, StoredRow } from '../../journal/row-store.ts'
import type { Effect } from './target.ts'

/** An eventually consistent read may miss what was written within this time. */
export const staleForMs = 1_000

/** Rows that are watched: what a position says is compared with the effects at that moment. */
export interface WatchedRows {
  readonly rows: RowStore
  /** Writes of positions that were carried out. */
  writes(): number
  /** The positions as they are. */
  positions(): ReadonlyMap<string, number>
  /** Whether the entity was ever held for a commit that could not be handled. */
  wasParked(key: string, revision: number): boolean
  /** What broke a rule. */
  readonly problems: readonly string[]
}

/**
 * Watches the positions of the consumer of events: none falls back, and none is ahead of the effects. Reads with eventual consistency are as stale as they
 * may be.
 *
 * @param lastOf The sequence number of the last event of a commit.
 * @param staleMs How long such a read may miss what was written.
 */
export function watchPositions(
  base: RowStore,
  effects: readonly Effect[],
  lastOf: (key: string, revision: number) => number,
  now: () => number,
  staleMs: number = staleForMs,
): WatchedRows {
  const problems: string[] = []
  const positions = new Map<string, number>()
  const parked = new Set<string>()
  const former = new Map<string, { readonly row: StoredRow | undefined; readonly until: number }>()
  let writes = 0

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
    problems,
    writes: () => writes,
    positions: () => new Map(positions),
    wasParked: (key, revision) => parked.has(`${key} ${revision}`),
    rows: {
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
        for (const { row } of written ? batch : []) {
          const [, tenant = '', rest] = /^(~[^/]+\/)?p\/stepping@1\/(.+)$/.exec(row.key) ?? []
          if (rest === undefined) continue
          const key = tenant + rest
          writes += 1
          if (row.value?.['state'] === 'parked') parked.add(`${key} ${row.revision + 1}`)
          const before = positions.get(key) ?? 0
          if (row.revision < before)
            problems.push(`the position of ${key} fell from ${before} to ${row.revision}`)
          positions.set(key, row.revision)
          const done = new Set(
            effects.filter((effect) => effect.key === key).map((effect) => effect.sequenceNr),
          )
          const last = lastOf(key, row.revision)
          if (done.size < last)
            problems.push(
              `the position of ${key} is ${row.revision}, but only ${done.size} events were handled`,
            )
        }
        return written
      },
    },
  }
}
