import type { RequestOptions } from '../core/base/cost.ts'

/**
 * Where consumers keep what they make of events: their positions, and the rows of views. Rows live apart from the journal
 * and can be dropped and made again from it. Prove yours with `rowStoreConformance` from `tailfold/testing`.
 *
 * **Keys** are 1 to 2,000 ASCII characters: letters, digits and `-._~%:/@` ({@link rowKeyPattern}). A key begins with
 * `~<tenant>/` where the row belongs to a tenant.
 *
 * **Errors**: as those of a `Store`. A write that may have been applied although it threw is settled by reading the row.
 * Contention of transactions is retried by the store, or thrown as `store-unavailable` with `applied: 'no'`.
 */
export interface RowStore {
  /** The rows at these keys, in their order, `undefined` for a key without a row. At most `limits.reads` keys, all different. */
  get(keys: readonly string[], request?: RowReadRequest): Promise<readonly (StoredRow | undefined)[]>
  /**
   * Puts all rows or none of them, each under its condition, atomically. At most `limits.writes`, with different keys.
   * Resolves with false where a condition did not hold; nothing was written then. One row alone is the cheap case.
   */
  write(writes: readonly RowWrite[], request?: RequestOptions): Promise<boolean>
  /**
   * Rows of one value of an index, ordered by `sort` (by code points), those with an equal one in any order; each row once
   * over all pages. May miss what was written in the last second. A page may hold fewer than `limit` rows, none even, and has a cursor while there is more. It
   * ends before its values exceed 1,000,000 characters as JSON; a larger row has a page of its own. Throws `invalid-query` for
   * a cursor that no page of the query can end with.
   */
  query(query: RowQuery, request?: RequestOptions): Promise<RowPage>
  /**
   * All rows whose key begins with `prefix`, tombstones too, in any order; `''` finds those of all tenants and of none. `cursor`
   * is that of the page before, whose rows may have been removed since. Pages are limited as those of a query. Reads as much as the whole store on some: for tools, never for a request.
   */
  scan(prefix: string, cursor: string | undefined, limit: number, request?: RequestOptions): Promise<RowPage>
  /**
   * Removes rows, whatever they hold, with their index entries; at most `limits.writes` keys, all different, with a row or
   * without. Not atomic. For tools.
   */
  remove(keys: readonly string[], request?: RequestOptions): Promise<void>
  readonly limits: RowLimits
  /** Optional: throws unless the store has the schema and permissions it needs. Never called by a handler. */
  verify?(): Promise<void>
  /** Optional: releases what the store holds open. Later calls fail. May be called again. */
  close?(): void | Promise<void>
}

/** Every row key matches it and has at most {@link maxRowKeyChars} characters. */
export const rowKeyPattern: RegExp = /^[A-Za-z0-9\-._~%:/@]+$/

/** Longest row key. */
export const maxRowKeyChars = 2_000

/** A row: what a consumer last made of it. */
export interface StoredRow {
  readonly key: string
  /**
   * What conditions compare: the revision of the entity it was made from, a count of its writes, or a time in milliseconds. An
   * integer from 0 to 2^53 - 1.
   */
  readonly revision: number
  /**
   * A plain JSON object: numbers below 1e125 in size, well-formed text. `undefined`: a tombstone, which keeps the
   * revision and is in no index.
   */
  readonly value?: Readonly<Record<string, unknown>> | undefined
  /**
   * Place i holds the entry of index i; at most `limits.indexes`. A row without an entry is not in that index. Read back
   * without trailing `undefined`.
   */
  readonly indexes?: readonly (IndexEntry | undefined)[] | undefined
  /**
   * Milliseconds since the Unix epoch: the time of the newest commit that went into the row, by the clock of its writer.
   * Absent where it is not known.
   */
  readonly asOf?: number | undefined
  /**
   * The row may be removed after this time, in seconds since the Unix epoch, and not before. Read back while the row is there;
   * goes with the row, so that one that replaces it is kept. Default: kept.
   */
  readonly expiresAtEpochSeconds?: number | undefined
}

/** Where a row is in an index. */
export interface IndexEntry {
  /** 1 to 2,000 bytes. */
  readonly value: string
  /** Up to 1,000 bytes. */
  readonly sort: string
}

/** A row to be put, and when. */
export interface RowWrite {
  readonly row: StoredRow
  /**
   * `'newer'`: the row must be newer, by its revision, than the one that is there, or none be there. A number: the one
   * that is there must have exactly this revision; -1 for none.
   */
  readonly when: 'newer' | number
}

/** Options of `RowStore.get`. */
export interface RowReadRequest extends RequestOptions {
  /**
   * `'eventual'` may miss what was written in the last second, at half the price on some stores. Default `'strong'`:
   * every write acknowledged before the call is seen.
   */
  readonly consistency?: 'strong' | 'eventual' | undefined
}

/** Which rows to list. */
export interface RowQuery {
  /** The place of the index in `StoredRow.indexes`: 0 for the first. */
  readonly index: number
  readonly value: string
  /** Only rows with this `sort` or a greater one. */
  readonly from?: string | undefined
  /** Only rows with this `sort` or a smaller one. */
  readonly to?: string | undefined
  /** Default `'ascending'`. */
  readonly order?: 'ascending' | 'descending' | undefined
  /** At most this many; 1 or more. */
  readonly limit: number
  /** That of the page before, of a query that is otherwise equal. */
  readonly cursor?: string | undefined
}

/** Part of a list of rows. */
export interface RowPage {
  readonly rows: readonly StoredRow[]
  /** Where the next page begins; absent when this is the last. Opaque. */
  readonly cursor?: string | undefined
}

/** What a row store takes. */
export interface RowLimits {
  /** Keys in one `get`. */
  readonly reads: number
  /** Rows in one `write`. */
  readonly writes: number
  /** Largest row in bytes, in the store's own measure: a larger one is refused as `record-too-large`. */
  readonly maxRowBytes: number
  /** Entries a row may have. */
  readonly indexes: number
}
