import type { RequestOptions } from '../core/base/cost.ts'
import { checkOptionsObject } from '../core/base/describe-value.ts'
import type { Journal } from '../core/journal/journal.ts'
import type { RowStore, StoredRow } from '../journal/row-store.ts'
import { systemPlatform } from '../platform.ts'
import { contentOf, entityOfRow, isRowOf, rowPrefix, viewRow } from './view-row.ts'
import type { ViewShape } from './view-shape.ts'
import { viewSource } from './view-source.ts'

/** Options of {@link checkView}. */
export interface CheckViewOptions extends RequestOptions {
  readonly journal: Journal
  readonly rows: RowStore
  /** Check the rows of this tenant. Default: rows that belong to none. */
  readonly tenant?: string | undefined
  /** Check the rows of all tenants, and those that belong to none: reads all rows of the store. Default false. */
  readonly allTenants?: boolean | undefined
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
  const { journal, rows, tenant, allTenants = false, limit = Number.POSITIVE_INFINITY, ...request } = options
  const source = viewSource(journal, systemPlatform, [view])
  const differing: string[] = []
  let compared = 0
  for await (const stored of storedRows(rows, allTenants ? '' : rowPrefix(view, tenant), request)) {
    if (!isRowOf(view.id, stored.key)) continue
    const entity = entityOfRow(view, stored.key)
    if (entity === undefined) continue
    if (compared === limit) break
    compared += 1
    const made = viewRow(view, entity, await source.readAt(entity, stored.revision), 0)
    if (contentOf(made) !== contentOf(stored)) differing.push(stored.key)
  }
  return { rows: compared, differing }
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
