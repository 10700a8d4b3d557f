import type { RequestOptions } from '../core/base/cost.ts'
import type { RowStore } from '../journal/row-store.ts'
import type { Consumer } from './consumer.ts'

/** How far one follower has read a feed; whoever holds it reads, others wait. */
export interface FeedCursor {
  /**
   * Takes or renews the lease and keeps the place with it. Where another follower holds it: `'taken'`. Without a place
   * the one that is kept stays.
   */
  hold(place?: FeedPlace): Promise<HeldCursor | 'taken'>
  /** Renews the lease alone. False where another follower holds it. */
  renew(): Promise<boolean>
  /** Gives the lease up. */
  release(place: FeedPlace | undefined): Promise<void>
}

/** How far a feed was read. */
export interface FeedPlace {
  readonly cursor?: string | undefined
  /** True from the beginning of the feed to its end: what comes may be old. Rows without it are behind that end. */
  readonly replay?: boolean | undefined
}

/** The place of a follower that may read. */
export interface HeldCursor extends FeedPlace {
  /** True when a person asked for a catch-up: read from the beginning. */
  readonly restart: boolean
}

/** A follower that is killed is replaced after this time, whatever its clock was. */
export const leaseMs = 5_000

interface Kept extends FeedPlace {
  readonly holder?: string | undefined
  /** Milliseconds since the Unix epoch. */
  readonly until?: number | undefined
  readonly restart?: boolean | undefined
}

/** The key of the place of a consumer's follower. */
export function feedCursorKey(consumerId: string): string {
  return `f/${consumerId}`
}

/** Asks the follower of a consumer, now or when there is one, to read its feed from the beginning. */
export async function requestCatchUp(rows: RowStore, consumerId: string): Promise<void> {
  await change(rows, feedCursorKey(consumerId), (kept) => ({ ...kept, restart: true }))
}

/** Forgets how far the follower of a consumer has read: the one that runs, or comes next, begins at the beginning. */
export async function forgetCursor(rows: RowStore, consumerId: string): Promise<void> {
  await change(rows, feedCursorKey(consumerId), (kept) => ({ ...kept, cursor: undefined, restart: true }))
}

/** A catch-up that is due. */
export interface CatchUpRequest {
  /** Differs from that of every other request. */
  readonly run: string
  /** Notes that it was done, unless it was asked for once more meanwhile. */
  end(): Promise<void>
}

/**
 * The catch-up that is due for a consumer without a follower: one that a person asked for, or the first of a consumer that
 * starts from the beginning. `undefined` where there is nothing to do.
 */
export async function catchUpRequest(
  rows: RowStore,
  { id, startFrom }: Pick<Consumer, 'id' | 'startFrom'>,
  request: RequestOptions = {},
): Promise<CatchUpRequest | undefined> {
  const key = feedCursorKey(id)
  const [row] = await rows.get([key], request)
  const { restart, ...value } = (row?.value ?? {}) as Kept
  const isFirst = row === undefined && startFrom === 'beginning'
  if (!isFirst && restart !== true) return undefined
  const when = row?.revision ?? -1
  return {
    run: String(when),
    end: async () => void (await rows.write([{ row: { key, revision: when + 1, value }, when }], request)),
  }
}

/** Changes what is kept; `undefined` leaves it. Resolves with what was there before, or `undefined`. */
async function change(
  rows: RowStore,
  key: string,
  to: (kept: Kept, revision: number) => Kept | undefined,
): Promise<Kept | undefined> {
  for (;;) {
    const [row] = await rows.get([key])
    const before = (row?.value ?? {}) as Kept
    const revision = row?.revision ?? -1
    const next = to(before, revision)
    if (next === undefined) return undefined
    const value = JSON.parse(JSON.stringify(next)) as Record<string, unknown>
    if (await rows.write([{ row: { key, revision: revision + 1, value }, when: revision }])) return before
  }
}

/**
 * A cursor in a row. The lease saves work, no more: two followers that both read deliver each commit once all the same, by
 * position.
 */
export function feedCursor(rows: RowStore, key: string, holder: string, now: () => number): FeedCursor {
  /** The row as it was seen first: one that nobody has renewed since is free, however far ahead its clock was. */
  let seen = { revision: -1, at: 0 }

  function isTaken(kept: Kept, revision: number): boolean {
    if (kept.holder === undefined || kept.holder === holder || (kept.until ?? 0) <= now()) return false
    if (seen.revision !== revision || now() < seen.at) seen = { revision, at: now() }
    return now() - seen.at <= leaseMs
  }

  return {
    async hold(place) {
      const before = await change(rows, key, (kept, revision) =>
        isTaken(kept, revision)
          ? undefined
          : {
              ...(kept.restart === true ? {} : placeIn(place ?? kept)),
              holder,
              until: now() + leaseMs,
            },
      )
      if (before === undefined) return 'taken'
      return { ...(place ?? placeIn(before)), restart: before.restart ?? false }
    },
    async renew() {
      const before = await change(rows, key, (kept, revision) =>
        isTaken(kept, revision) ? undefined : { ...kept, holder, until: now() + leaseMs },
      )
      return before !== undefined
    },
    async release(place) {
      await change(rows, key, (kept) =>
        kept.holder === holder ? { ...placeIn(place ?? kept), restart: kept.restart } : undefined,
      )
    },
  }
}

function placeIn({ cursor, replay }: FeedPlace): FeedPlace {
  return { cursor, ...(replay === true && { replay }) }
}
