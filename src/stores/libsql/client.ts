import { oneRequest } from '../../core/base/cost.ts'
import { aborted, untilAborted } from '../../journal/until-aborted.ts'
import type { RunStatements, SqlRow } from '../sql/sqlite-client.ts'
import { libsqlFailure } from './failures.ts'

/**
 * What the store needs of a libSQL client: that of `createClient` of `@libsql/client`, over HTTP, over a WebSocket or on a
 * file. Each call is one batch, which is one transaction and one request.
 */
export interface LibsqlClient {
  batch(
    statements: { sql: string; args: (string | number | null)[] }[],
    mode?: 'write' | 'read',
  ): Promise<readonly LibsqlResult[]>
  /** Runs one statement that is no part of a transaction. */
  execute(statement: string): Promise<LibsqlResult>
  /** Opens its connections again. */
  reconnect(): void | Promise<void>
  readonly closed: boolean
  /** `file` for a client on a file. */
  readonly protocol: string
}

/** What one statement found or did. */
export interface LibsqlResult {
  readonly rows: readonly object[]
  readonly rowsAffected: number
}

/**
 * A replica answers a batch of reads from its own copy, which may be behind. This statement, which changes nothing, it
 * leaves to the primary, and with it the batch.
 */
const onPrimary = { sql: 'PRAGMA user_version', args: [] }

/**
 * Sends batches through a client. When the signal aborts, the answer is no longer waited for; what was sent runs on.
 */
export function runThrough(client: LibsqlClient): RunStatements {
  return async (operation, statements, { meter, signal } = {}) => {
    if (signal?.aborted) throw aborted(operation, 'no')
    const batch = statements.map(({ text, values }) => ({ sql: text, args: [...values] }))
    const isRead = statements.every(({ text }) => /^\s*(SELECT|WITH)/.test(text))
    try {
      const answer = isRead ? client.batch([onPrimary, ...batch], 'read') : client.batch(batch, 'write')
      const results = await untilAborted(operation, answer, signal)
      return results
        .slice(isRead ? 1 : 0)
        .map(({ rows, rowsAffected }) => ({ rows: rows as readonly SqlRow[], changes: rowsAffected }))
    } catch (error) {
      if (isStuck(client, error)) await client.reconnect()
      throw libsqlFailure(operation, error)
    } finally {
      meter?.(oneRequest)
    }
  }
}

/**
 * A connection to a file that found it locked cannot commit any more until its statement is collected as garbage.
 * Source: https://github.com/tursodatabase/libsql-client-ts/issues/352
 */
function isStuck({ protocol, closed }: LibsqlClient, error: unknown): boolean {
  return protocol === 'file' && !closed && (error as { code?: unknown } | null)?.code === 'SQLITE_BUSY'
}
