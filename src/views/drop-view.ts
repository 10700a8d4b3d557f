import { catchUpKey } from '../consumers/catch-up.ts'
import { feedCursorKey, forgetCursor } from '../consumers/feed-cursor.ts'
import { positionKey } from '../consumers/position-row.ts'
import type { RequestOptions } from '../core/base/cost.ts'
import type { RowStore } from '../journal/row-store.ts'
import { rebuildName, rebuiltKey } from './rebuild-place.ts'
import { isRowOf, rowPrefix, withoutTenant } from './view-row.ts'
import type { ViewShape } from './view-shape.ts'

/** Options of {@link dropView}. */
export interface DropViewOptions extends RequestOptions {
  readonly rows: RowStore
  /** Drop the rows of this tenant. Default: rows that belong to none. */
  readonly tenant?: string | undefined
  /**
   * Drop the rows of all tenants, and those that belong to none, with all that is known of the version: its indexes, how far
   * its consumer has read, and that it was rebuilt. Reads all rows of the store. Default false.
   */
  readonly allTenants?: boolean | undefined
}

/**
 * Removes all rows of a view or projection, of a tenant or of none, with its positions, and resolves with how many rows. For
 * a version that is no longer used. A consumer that still runs, or is started again, makes the rows of all tenants again; those
 * of one tenant a rebuild does. End the consumer of a projection first: what comes during the drop may be lost.
 */
export async function dropView(
  { id }: Pick<ViewShape, 'id'>,
  { rows, tenant, allTenants = false, ...request }: DropViewOptions,
): Promise<number> {
  const prefixes = allTenants
    ? ['']
    : [rowPrefix({ id }, tenant), positionKey(id, tenant === undefined ? '' : `~${tenant}/`)]
  const known = allTenants ? [`c/${id}`, rebuiltKey(id)] : []
  // Known first: what is broken off here leaves no version that seems complete.
  await rows.remove([...known, catchUpKey(id), catchUpKey(rebuildName(id))], request)
  if (allTenants) await readAgain(rows, id, request)
  let dropped = 0
  for (const prefix of prefixes) {
    for (let cursor: string | undefined; ; ) {
      const page = await rows.scan(prefix, cursor, rows.limits.writes, request)
      const keys = page.rows.map(({ key }) => key).filter((key) => isRowOf(id, key) || isPositionOf(id, key))
      if (keys.length > 0) await rows.remove(keys, request)
      dropped += keys.filter((key) => isRowOf(id, key)).length
      if (page.cursor === undefined) break
      ;({ cursor } = page)
    }
  }
  // A follower that began again meanwhile has written rows that were removed.
  if (allTenants) await readAgain(rows, id, request)
  return dropped
}

/** Lets a follower that runs, and the next one, begin at the beginning: it holds its place in memory. */
async function readAgain(rows: RowStore, id: string, request: RequestOptions): Promise<void> {
  const [place] = await rows.get([feedCursorKey(id)], request)
  if (place !== undefined) await forgetCursor(rows, id)
}

function isPositionOf(id: string, key: string): boolean {
  return withoutTenant(key).startsWith(positionKey(id, ''))
}
