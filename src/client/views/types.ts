import type { App } from '../../http/app.ts'
import type { CallOptions } from '../options.ts'
import type { Client } from '../types.ts'

/** The entities of an app, and its views: `shop.cart('c1')`, `shop.views.carts`. */
export type ClientWithViews<Served extends Pick<App, 'entities' | 'views'>> = Client<Served> & {
  readonly views: ViewClients<Served>
}

/** The views of an app, by name. */
export type ViewClients<Served extends Pick<App, 'views'>> = {
  readonly [View in Served['views'][number] as View['name']]: ViewClient<
    RowOf<View>,
    View['indexes'][number]['name'],
    View extends { readonly initialRow: unknown } ? { readonly key: string } : ViewRowNames
  >
}

/**
 * One view behind HTTP. `get` reads one row, and each index lists the rows that it finds by a value. Both include what this
 * client wrote. Calls reject with a `ClientError`, or with `TypeError` on wrong arguments.
 */
export type ViewClient<Row, IndexName extends string, Names = ViewRowNames> = {
  /** The row of an entity, or under a key of a projection; `undefined` without a row. */
  readonly get: (id: string, options?: RowOptions) => Promise<Row | undefined>
} & {
  /** Rows in the order of the index; the next page is fetched when it is reached. */
  readonly [Name in Exclude<IndexName, 'get'>]: (
    value: IndexValue,
    options?: IndexQueryOptions,
  ) => AsyncIterable<ViewRowOf<Row, Names>>
}

/** A row that an index found. */
export type ViewRowOf<Row, Names = ViewRowNames> = Names & {
  /** How many commits went into the row. */
  readonly revision: number
  readonly row: Row
}

interface ViewRowNames {
  readonly entityType: string
  readonly entityId: string
}

/** What an index finds rows by, and sorts them by. */
export type IndexValue = string | number | boolean | Date

/** How a caller learns how far answers may be behind. */
export interface LagOptions {
  /**
   * Called with the `X-View-Lag-Ms` of each answer that has one: milliseconds since its newest commit. An answer lacks nothing
   * of a row's entity that is older.
   */
  readonly onLag?: ((ms: number) => void) | undefined
}

/** Options of reading one row. */
export interface RowOptions extends CallOptions, LagOptions {
  /** The entity type, for a view of several. */
  readonly type?: string
}

/** Options of listing the rows that an index finds. The options of the call apply to each page. */
export interface IndexQueryOptions extends CallOptions, LagOptions {
  /** Only rows whose sort value is this or greater. */
  readonly from?: IndexValue
  /** Only rows whose sort value is this or smaller. */
  readonly to?: IndexValue
  /** Default `'ascending'`. */
  readonly order?: 'ascending' | 'descending'
  /** Rows for each request: 1 to 1,000. Default: the server's, 100. */
  readonly pageSize?: number
}

type RowOf<View> = View extends { row(...args: never[]): infer Row }
  ? NonNullable<Row>
  : View extends { readonly initialRow: infer Row }
    ? Row
    : never
