import type { DatabaseSync } from 'node:sqlite'

/**
 * Ends a transaction that failed. SQLite ends some by itself, and Node.js before 22.16 does not say whether one is open
 * (`isTransaction`). Then ROLLBACK fails, and beginning another proves that none is open. Throws where one still is:
 * nothing written to the database later would be committed.
 */
export function rollBack(database: DatabaseSync): void {
  try {
    database.exec('ROLLBACK')
  } catch {
    database.exec('BEGIN; ROLLBACK')
  }
}
