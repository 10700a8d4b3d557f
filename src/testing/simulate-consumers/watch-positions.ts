import type { RowStore } from '../../journal/row-store.ts'
import type { Effect } from './target.ts'

/** Rows that are watched: what a position says is compared with the effects at that moment. */
export interface WatchedRows {
  readonly rows: RowStore
  /** Writes of positions that were carried out. */
  writes(): number
  /** What broke a rule. */
  readonly problems: readonly string[]
}

/**
 * Watches positions: none falls back, and none is ahead of the effects.
 *
 * @param lastOf The sequence number of the last event of a commit.
 */
export function watchPositions(
  base: RowStore,
  effects: readonly Effect[],
  lastOf: (key: string, revision: number) => number,
): WatchedRows {
  const problems: string[] = []
  const positions = new Map<string, number>()
  let writes = 0
  return {
    problems,
    writes: () => writes,
    rows: {
      ...base,
      async write(batch, request) {
        const written = await base.write(batch, request)
        for (const { row } of written ? batch : []) {
          const [, tenant = '', rest] = /^(~[^/]+\/)?p\/[^/]+\/(.+)$/.exec(row.key) ?? []
          if (rest === undefined) continue
          const key = tenant + rest
          writes += 1
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
