import type { IndexValue } from '../index-text.ts'
import type { ViewLag, ViewQueryOptions, ViewReadOptions } from '../view-read.ts'
import type { RowValue } from '../view-shape.ts'

/** A row of a projection as it is read. */
export interface ProjectedRow<Row extends object = RowValue> {
  /** What `key` of the projection returned. */
  readonly key: string
  /** How often the row was written, its parts counted together. */
  readonly revision: number
  readonly row: Row
}

/** Part of a list of rows of a projection. */
export interface ProjectedPage<Row extends object = RowValue> extends ViewLag {
  readonly rows: ReadonlyArray<ProjectedRow<Row>>
  /** Pass it with the same query for the next page; absent on the last. Opaque. */
  readonly cursor?: string | undefined
}

/**
 * Reads one projection. A row may be a moment behind the last commits. With `after` the answer includes the commits that it
 * names: it waits for them for up to two seconds, then throws `view-behind`; at once where the entity is parked.
 */
export interface ProjectionReader<Row extends object = RowValue, IndexName extends string = string> {
  /** The row of a key; `undefined` where no event changed it. Throws `invalid-id` for what no key can be. */
  get(rowKey: string, options?: ViewReadOptions): Promise<(ProjectedRow<Row> & ViewLag) | undefined>
  /** Rows that an index finds by a value, in its order. Throws `invalid-query` for what the index cannot answer. */
  query(index: IndexName, value: IndexValue, options?: ViewQueryOptions): Promise<ProjectedPage<Row>>
}
