import { resolve } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { describeValue } from '../../core/base/describe-value.ts'
import { openDatabase } from './database.ts'
import { sqliteFailure, storeClosed } from './failures.ts'
import { groupCommit, type Write } from './group-commit.ts'
import type { Statements } from './stored-form.ts'

/** The connection of a journal or store to its file. Rows may use it too, so that their writes share its transactions. */
export interface SqliteConnection {
  /** The absolute name of the file. */
  readonly file: string
}

/** What a journal and rows do on their connection. */
export interface OpenConnection extends SqliteConnection {
  readonly database: DatabaseSync
  readonly statements: Statements
  /** Runs statements that change nothing. Throws `store-unavailable`. */
  read<Answer>(operation: string, query: () => Answer): Answer
  /** Runs a write in the next transaction; see `GroupCommit`. */
  write<Answer>(write: Write<Answer>): Promise<Answer>
  /** Commits now what waits. */
  flush(): void
  /** Commits what waits and closes the file. May be called again. */
  close(): void
}

/** Longest wait for a lock. Source: https://sqlite.org/c3ref/busy_timeout.html, which takes an `int`. */
const longestBusyTimeoutMs = 2 ** 31 - 1

/** Opens a file; see `openDatabase`. Throws `TypeError` for a wait that cannot be, and `store-unavailable`. */
export function openConnection(name: string, busyTimeoutMs: number): OpenConnection {
  if (!Number.isInteger(busyTimeoutMs) || busyTimeoutMs < 0 || busyTimeoutMs > longestBusyTimeoutMs) {
    const given = describeValue(busyTimeoutMs)
    throw new TypeError(
      `busyTimeoutMs must be a whole number from 0 to ${longestBusyTimeoutMs}, not ${given}.`,
    )
  }
  const file = resolve(name)
  const { database, statements, checkIdentity } = attempt('open', file, () =>
    openDatabase(file, busyTimeoutMs),
  )
  const group = groupCommit(database, file, checkIdentity)
  let closed = false

  return {
    file,
    database,
    statements,

    read(operation, query) {
      if (closed) throw storeClosed(operation, file)
      return attempt(operation, file, () => {
        checkIdentity()
        return query()
      })
    },

    async write(write) {
      if (closed) throw storeClosed(write.operation, file)
      return group.write(write)
    },

    flush: () => group.flush(),

    close() {
      if (closed) return
      group.flush()
      closed = true
      attempt('close', file, () => database.close())
    },
  }
}

/** Runs an action; what it throws is a failure of the store that changed nothing. */
export function attempt<Answer>(operation: string, file: string, action: () => Answer): Answer {
  try {
    return action()
  } catch (error) {
    // Reading, opening and closing change nothing that could be in doubt.
    throw sqliteFailure(operation, file, error, { rolledBack: true })
  }
}
