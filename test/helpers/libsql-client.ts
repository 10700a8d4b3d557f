import { DatabaseSync } from 'node:sqlite'
import type { LibsqlClient } from 'tailfold/libsql'

/** A client of libSQL over `node:sqlite`: batches on a file, of which each is a transaction. */
export function sqliteLibsqlClient(file: string): LibsqlClient & { close(): void } {
  const database = new DatabaseSync(file)
  const run = (sql: string, args: readonly (string | number | null)[]) => {
    const statement = database.prepare(sql)
    if (statement.columns().length > 0) return { rows: statement.all(...args), rowsAffected: 0 }
    return { rows: [], rowsAffected: Number(statement.run(...args).changes) }
  }
  return {
    protocol: 'file',
    closed: false,
    reconnect: () => {},
    close: () => database.close(),
    execute: async (sql) => run(sql, []),
    async batch(statements, mode) {
      database.exec(mode === 'write' ? 'BEGIN IMMEDIATE' : 'BEGIN')
      try {
        const results = statements.map(({ sql, args }) => run(sql, args))
        database.exec('COMMIT')
        return results
      } catch (error) {
        database.exec('ROLLBACK')
        throw error
      }
    },
  }
}
