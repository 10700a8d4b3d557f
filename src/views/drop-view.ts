import { catchUpKey } from '../consumers/catch-up.ts'
import { feedCursorKey } from '../consumers/feed-cursor.ts'
import { positionKey } from '../consumers/position-row.ts'
import type { RequestOptions } from '../core/base/cost.ts'
import type { RowStore } from '../journal/row-store.ts'
import { rebuildKeys } from './rebuild-place.ts'
import { isRowOf, rowPrefix, withoutTenant } from './view-row.ts'
import type { ViewShape } from './view-shape.ts'

/** Options of {@link dropView}. */
export interface DropViewOptions extends RequestOptions {
  readonly rows: RowStore
  /** Drop the rows of this tenant. Default: rows that belong to none. */
  readonly tenant?: string | undefined
  /** Drop the rows of all tenants, and those that belong to none: reads all rows of the store. Default false. */
  readonly allTenants?: boolean | undefined
}

/**
 * Removes all rows of a view or projection, of a tenant or of none, with its positions, and resolves with how many rows. For
 * a version that is no longer used: one that is started again makes its rows again.
 */
export async function dropView(
  { id }: Pick<ViewShape, 'id'>,
  { rows, tenant, allTenants = false, ...request }: DropViewOptions,
): Promise<number> {
  const prefixes = allTenants
    ? ['']
    : [rowPrefix({ id }, tenant), positionKey(id, tenant === undefined ? '' : `~${tenant}/`)]
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
  const places = [feedCursorKey(id), catchUpKey(id), ...rebuildKeys(id)]
  await rows.remove([`c/${id}`, ...places], request)
  return dropped
}

function isPositionOf(id: string, key: string): boolean {
  return withoutTenant(key).startsWith(positionKey(id, ''))
}
