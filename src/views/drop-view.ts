import { catchUpKey, isPlaceOf } from '../consumers/catch-up.ts'
import { feedCursorKey, forgetCursor } from '../consumers/feed-cursor.ts'
import { isOfEvents, registrationOf } from '../consumers/registration.ts'
import { positionKey } from '../consumers/position-row.ts'
import { checkNames, type OptionNames, requestNames } from '../core/base/check-options.ts'
import type { RequestOptions } from '../core/base/cost.ts'
import type { RowStore, StoredRow } from '../journal/row-store.ts'
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

const optionNames: OptionNames<DropViewOptions> = {
  ...requestNames,
  rows: true,
  tenant: true,
  allTenants: true,
}

/**
 * Removes all rows of a view or projection, of a tenant or of none, with its positions, and resolves with how many rows. For
 * a version that is no longer used. A consumer that still runs, or is started again, makes the rows of all tenants again; those
 * of one tenant a rebuild does. End the consumer of a projection first: what comes during the drop may be lost. Throws
 * `TypeError` for a consumer of events, which would be given all of them again.
 */
export async function dropView({ id }: Pick<ViewShape, 'id'>, options: DropViewOptions): Promise<number> {
  checkNames('dropView', options, optionNames)
  const { rows, tenant, allTenants = false, ...request } = options
  const registered = await registrationOf(rows, id, request)
  if (registered !== undefined && isOfEvents(registered))
    throw new TypeError(
      `${id} is a consumer of events and has no rows; without its positions it would be given all events again. Nothing was removed.`,
    )
  const prefixes = allTenants
    ? ['']
    : [rowPrefix({ id }, tenant), positionKey(id, tenant === undefined ? '' : `~${tenant}/`), catchUpKey('')]
  const known = allTenants ? [`c/${id}`, rebuiltKey(id)] : []
  // Known first: what is broken off here leaves no version that seems complete.
  await rows.remove([...known, catchUpKey(id), catchUpKey(rebuildName(id))], request)
  if (allTenants) await readAgain(rows, id, request)
  let dropped = 0
  for (const prefix of prefixes) {
    for (let cursor: string | undefined; ; ) {
      const page = await rows.scan(prefix, cursor, rows.limits.writes, request)
      const keys = page.rows.filter((row) => isOf(id, row)).map(({ key }) => key)
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

/** Rows and positions, and the place of a catch-up that was stopped: it would go on behind what is dropped. */
function isOf(id: string, row: StoredRow): boolean {
  const isPosition = withoutTenant(row.key).startsWith(positionKey(id, ''))
  return isRowOf(id, row.key) || isPosition || isPlaceOf(id, row)
}
