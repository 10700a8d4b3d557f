import type { RowStore } from '../journal/row-store.ts'

/** How far one follower has read a feed; whoever holds it reads, others wait. */
export interface FeedCursor {
  /**
   * Takes or renews the lease and keeps the cursor with it. Where another follower holds it: `'taken'`. Without a cursor
   * the one that is kept stays.
   */
  hold(cursor?: string): Promise<{ readonly cursor: string | undefined } | 'taken'>
  /** Gives the lease up. */
  release(cursor: string | undefined): Promise<void>
}

/** A follower that is killed is replaced after this time. Clocks may differ by less. */
export const leaseMs = 5_000

interface Kept {
  readonly cursor?: string | undefined
  readonly holder?: string | undefined
  /** Milliseconds since the Unix epoch. */
  readonly until?: number | undefined
}

/**
 * A cursor in a row. The lease saves work, no more: two followers that both read deliver each commit once all the same, by
 * position.
 */
export function feedCursor(rows: RowStore, key: string, holder: string, now: () => number): FeedCursor {
  async function put(change: (kept: Kept) => Kept | undefined): Promise<Kept | undefined> {
    for (;;) {
      const [row] = await rows.get([key])
      const next = change((row?.value ?? {}) as Kept)
      if (next === undefined) return undefined
      const value = JSON.parse(JSON.stringify(next)) as Record<string, unknown>
      const revision = row?.revision ?? -1
      if (await rows.write([{ row: { key, revision: revision + 1, value }, when: revision }])) return next
    }
  }

  const isTaken = (kept: Kept) =>
    kept.holder !== undefined && kept.holder !== holder && (kept.until ?? 0) > now()

  return {
    async hold(cursor) {
      const kept = await put((before) =>
        isTaken(before) ? undefined : { cursor: cursor ?? before.cursor, holder, until: now() + leaseMs },
      )
      return kept === undefined ? 'taken' : { cursor: kept.cursor }
    },
    async release(cursor) {
      await put((before) => (before.holder === holder ? { cursor: cursor ?? before.cursor } : undefined))
    },
  }
}
