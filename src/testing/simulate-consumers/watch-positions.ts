import type { RowStore, StoredRow } from '../../journal/row-store.ts'
import type { Effect } from './target.ts'

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
 * Watches the positions of the consumer of events: none falls back, and none is ahead of the effects.
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
  const parked = new Set<string>()
  let writes = 0

  function see(key: string, { revision, value }: StoredRow): void {
    writes += 1
    if (value?.['state'] === 'parked') parked.add(`${key} ${revision + 1}`)
    const before = positions.get(key) ?? 0
    if (revision < before) problems.push(`the position of ${key} fell from ${before} to ${revision}`)
    positions.set(key, revision)
    const done = new Set(effects.filter((effect) => effect.key === key).map(({ sequenceNr }) => sequenceNr))
    if (done.size < lastOf(key, revision))
      problems.push(`the position of ${key} is ${revision}, but only ${done.size} events were handled`)
  }

  return {
    problems,
    writes: () => writes,
    positions: () => new Map(positions),
    wasParked: (key, revision) => parked.has(`${key} ${revision}`),
    rows: {
      ...base,
      async write(batch, request) {
        const written = await base.write(batch, request)
        for (const { row } of written ? batch : []) {
          const key = entityOfPosition(row.key)
          if (key !== undefined) see(key, row)
        }
        return written
      },
    },
  }
}

/** The entity that a row is the position of, for the consumer of events. */
function entityOfPosition(rowKey: string): string | undefined {
  const [, tenant = '', rest] = /^(~[^/]+\/)?p\/stepping@1\/(.+)$/.exec(rowKey) ?? []
  return rest === undefined ? undefined : tenant + rest
}
