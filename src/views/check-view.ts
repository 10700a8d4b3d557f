import type { RequestOptions } from '../core/base/cost.ts'
import { checkOptionsObject } from '../core/base/describe-value.ts'
import { feedCursorKey } from '../consumers/feed-cursor.ts'
import { positionKey } from '../consumers/position-row.ts'
import type { Journal } from '../core/journal/journal.ts'
import type { RowStore, StoredRow } from '../journal/row-store.ts'
import { systemPlatform } from '../platform.ts'
import { contentOf, entityOfRow, rowPrefix, viewRow } from './view-row.ts'
import type { ViewShape } from './view-shape.ts'
import { viewSource } from './view-source.ts'

/** Options of {@link checkView}. */
export interface CheckViewOptions extends RequestOptions {
  readonly journal: Journal
  readonly rows: RowStore
  /** Check the rows of this tenant. Default: rows that belong to none. */
  readonly tenant?: string | undefined
  /** Rows to check at most. Default: all. */
  readonly limit?: number | undefined
}

/** What {@link checkView} found. */
export interface ViewCheck {
  /** Rows compared, with those that say that an entity has none. */
  readonly rows: number
  /** Keys of the rows that are not what `row` makes of the state at their revision. */
  readonly differing: readonly string[]
}

/**
 * Compares each row of a view with what `row` makes today of the state at the row's revision: after `row` was changed
 * without a new version, they differ. One read of the journal for each row. A row that is missing is not found.
 */
export async function checkView(view: ViewShape, options: CheckViewOptions): Promise<ViewCheck> {
  checkOptionsObject('The options of checkView', options)
  const { journal, rows, tenant, limit = Number.POSITIVE_INFINITY, ...request } = options
  const source = viewSource(journal, systemPlatform, [view])
  const differing: string[] = []
  let compared = 0
  for await (const stored of storedRows(rows, rowPrefix(view, tenant), request)) {
    const entity = entityOfRow(view, stored.key)
    if (entity === undefined) continue
    if (compared === limit) break
    compared += 1
    const made = viewRow(view, entity, await source.readAt(entity, stored.revision), 0)
    if (contentOf(made) !== contentOf(stored)) differing.push(stored.key)
  }
  return { rows: compared, differing }
}

/**
 * Removes all rows of a view or projection, of a tenant or of none, with its positions, and resolves with how many rows. For
 * a version that is no longer used: one that is started again makes its rows again.
 */
export async function dropView(
  { id }: Pick<ViewShape, 'id'>,
  { rows, tenant, ...request }: Omit<CheckViewOptions, 'journal' | 'limit'>,
): Promise<number> {
  const dropped = await dropRows(rows, rowPrefix({ id }, tenant), request)
  await dropRows(rows, positionKey(id, tenant === undefined ? '' : `~${tenant}/`), request)
  await rows.remove([`c/${id}`, feedCursorKey(id)], request)
  return dropped
}

async function dropRows(rows: RowStore, prefix: string, request: RequestOptions): Promise<number> {
  let dropped = 0
  for (;;) {
    const page = await rows.scan(prefix, undefined, rows.limits.writes, request)
    const keys = page.rows.map(({ key }) => key)
    if (keys.length > 0) await rows.remove(keys, request)
    dropped += keys.length
    if (page.cursor === undefined) return dropped
  }
}

async function* storedRows(
  rows: RowStore,
  prefix: string,
  request: RequestOptions,
): AsyncGenerator<StoredRow> {
  for (let cursor: string | undefined; ; ) {
    const page = await rows.scan(prefix, cursor, 100, request)
    yield* page.rows
    if (page.cursor === undefined) return
    ;({ cursor } = page)
  }
}
