import type { RequestOptions } from '../../core/base/cost.ts'

/** A statement with its values in order. */
export interface SqlStatement {
  readonly text: string
  readonly values: readonly (string | number | null)[]
}

/** A row by the names of its columns. */
export type SqlRow = Readonly<Record<string, unknown>>

/** What a statement found or did. */
export interface SqlAnswer {
  readonly rows: readonly SqlRow[]
  /** Rows that it inserted, updated or deleted. */
  readonly changes: number
}

/**
 * Runs statements in one request and one transaction, and reports its cost to `request.meter`. Rejects with
 * `store-unavailable`; then none was carried out, or `applied` says that this is unknown.
 *
 * @param operation For errors: completes "The store could not …".
 */
export type RunStatements = (
  operation: string,
  statements: readonly SqlStatement[],
  request: RequestOptions | undefined,
) => Promise<readonly SqlAnswer[]>
