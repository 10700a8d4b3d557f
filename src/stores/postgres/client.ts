import { oneRequest, type RequestOptions } from '../../core/base/cost.ts'
import { aborted, untilAborted } from '../../journal/until-aborted.ts'
import { postgresFailure } from './failures.ts'

/** A row of an answer, by column name. */
export type PostgresRow = Readonly<Record<string, unknown>>

/**
 * What the store needs of a PostgreSQL client: a `Pool` of `pg` or of `@neondatabase/serverless`, a `PGlite`, or a wrapper
 * of two lines around another one. Each call sends one statement that is a transaction by itself, so poolers in transaction
 * mode work; no named prepared statements are used.
 */
export interface PostgresClient {
  query(text: string, values?: unknown[]): Promise<{ readonly rows: readonly PostgresRow[] }>
}

/** Sends one statement. Rejects with `store-unavailable`. */
export type Query = (
  operation: string,
  text: string,
  values: readonly unknown[],
  request?: RequestOptions,
) => Promise<readonly PostgresRow[]>

/**
 * Sends statements through a client. When the signal aborts, the answer is no longer waited for; the statement runs on until
 * `statement_timeout` of the connection.
 */
export function queryThrough(client: PostgresClient): Query {
  return async (operation, text, values, { meter, signal } = {}) => {
    if (signal?.aborted) throw aborted(operation, 'no')
    try {
      const { rows } = await untilAborted(operation, client.query(text, [...values]), signal)
      return rows
    } catch (error) {
      throw postgresFailure(operation, error)
    } finally {
      meter?.(oneRequest)
    }
  }
}
