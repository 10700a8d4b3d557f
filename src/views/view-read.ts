import { type OptionNames, requestNames } from '../core/base/check-options.ts'
import type { RequestOptions } from '../core/base/cost.ts'
import type { EntityKey } from '../core/base/entity-key.ts'
import type { IndexValue } from './index-text.ts'
import type { EntityPosition } from './position.ts'
import type { RowValue } from './view-shape.ts'

/** A row as it is read. */
export interface ViewRow<Row extends object = RowValue> {
  readonly entityType: string
  readonly entityId: string
  /** The revision of the entity that the row was made from. */
  readonly revision: number
  readonly row: Row
}

/** How far an answer may be behind. */
export interface ViewLag {
  /**
   * Milliseconds since the newest commit in the answer, by the clocks of writer and reader: a row lacks nothing of its entity
   * that is older. 0 for a row that was made from the journal just now. Of a list: how far the view had come at least; entities
   * that are parked may lack older commits. A calm view has a large figure and need not be behind. Absent where it is not
   * known: without rows, or for one that was written before rows had a time.
   */
  readonly lagMs?: number | undefined
}

/** A row as `get` reads it. */
export type FoundRow<Row extends object = RowValue> = ViewRow<Row> & ViewLag

/** Part of a list of rows. */
export interface ViewPage<Row extends object = RowValue> extends ViewLag {
  readonly rows: ReadonlyArray<ViewRow<Row>>
  /** Pass it with the same query for the next page; absent on the last. Opaque. */
  readonly cursor?: string | undefined
}

/** Options of every read of a view. */
export interface ViewReadOptions extends RequestOptions {
  /** Only rows of this tenant. Default: rows that belong to none. */
  readonly tenant?: string | undefined
  /**
   * Commits that the answer must include, as `Outcome.revision` names them. Where a row has not come that far, it is made
   * from the journal: one more read.
   */
  readonly after?: Omit<EntityPosition, 'tenant'> | ReadonlyArray<Omit<EntityPosition, 'tenant'>> | undefined
  /** Milliseconds since the Unix epoch by which the answer must come. Default: 10 seconds from now. */
  readonly deadline?: number | undefined
}

/** Options of {@link ViewReader.query}. */
export interface ViewQueryOptions extends ViewReadOptions {
  /** Only rows whose `sort` is this or greater. */
  readonly from?: IndexValue | undefined
  /** Only rows whose `sort` is this or smaller. */
  readonly to?: IndexValue | undefined
  /** Default `'ascending'`. */
  readonly order?: 'ascending' | 'descending' | undefined
  /** Rows in a page, 1 to 1,000. Default 100. With `after`, a page may hold one more for each of its entities. */
  readonly limit?: number | undefined
  /** That of the page before. */
  readonly cursor?: string | undefined
}

/** The options of `get`, by name: a misspelt `tenant` would read rows that belong to none. */
export const readNames: OptionNames<ViewReadOptions> = {
  ...requestNames,
  tenant: true,
  after: true,
  deadline: true,
}

/** The options of `query`. */
export const queryNames: OptionNames<ViewQueryOptions> = {
  ...readNames,
  from: true,
  to: true,
  order: true,
  limit: true,
  cursor: true,
}

/** Reads one view. Throws `TypeError` on options that are unknown. */
export interface ViewReader<Row extends object = RowValue, IndexName extends string = string> {
  /**
   * The row of an entity; `undefined` where it has none. A view of several entity types needs the type too. May be a moment
   * behind the last commit, unless `after` names it.
   */
  get(
    entity: string | Pick<EntityKey, 'entityType' | 'entityId'>,
    options?: ViewReadOptions,
  ): Promise<FoundRow<Row> | undefined>
  /** Rows that an index finds by a value, in its order. Throws `invalid-query` for what the index cannot answer. */
  query(index: IndexName, value: IndexValue, options?: ViewQueryOptions): Promise<ViewPage<Row>>
}
