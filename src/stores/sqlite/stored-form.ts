import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { sqliteStatements } from '../sql/sqlite-statements.ts'

/**
 * Stored form, version 2 (`PRAGMA user_version`). A file once written stays readable.
 *
 *   commits    position INTEGER: the order of commits across all keys, ascending, never reused; key TEXT, revision INTEGER:
 *              unique together; record TEXT: the record as a JSON object
 *   snapshots  key TEXT: unique; revision INTEGER, schema_version INTEGER, record TEXT: likewise
 *   command_ids  key TEXT, command_id TEXT: unique together; revision INTEGER: the commit that recorded the id;
 *                expires_at INTEGER: seconds since the Unix epoch after which the row may be deleted
 *
 * Version 1 (Tailfold 0.1.0) had no `position`; such a file is migrated when it is opened (see migrate.ts).
 *
 * Beside the file SQLite keeps `-wal` and `-shm` while it is open; a copy of the file alone is no backup then.
 */
export const formatVersion = 2

// Tables with a rowid: a record of up to 4 KB then stays on its page, where a WITHOUT ROWID table would spill it from
// 1 KB on. Source: https://www.sqlite.org/withoutrowid.html
export const commitsTable: string = `
  CREATE TABLE commits (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL, revision INTEGER NOT NULL, record TEXT NOT NULL,
    UNIQUE (key, revision)
  ) STRICT;`

/** All tables of a new file. */
export const schema: string = `${commitsTable}
  CREATE TABLE snapshots (
    key TEXT NOT NULL PRIMARY KEY, revision INTEGER NOT NULL, schema_version INTEGER NOT NULL, record TEXT NOT NULL
  ) STRICT;
  CREATE TABLE command_ids (
    key TEXT NOT NULL, command_id TEXT NOT NULL, revision INTEGER NOT NULL, expires_at INTEGER NOT NULL,
    PRIMARY KEY (key, command_id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX command_ids_by_expiry ON command_ids (expires_at);
  PRAGMA user_version = ${formatVersion};`

const texts = { ...sqliteStatements, dataVersion: 'PRAGMA data_version' } as const

type Name = keyof typeof sqliteStatements | 'dataVersion'

/** Every statement that reads or writes the tables, by what it does. */
export type Statements = Readonly<Record<Name, StatementSync>>

/** Prepares all statements. Fails where a table or column is missing. */
export function prepareStatements(database: DatabaseSync): Statements {
  const prepared = Object.entries(texts).map(([name, text]) => [name, database.prepare(text)])
  return Object.fromEntries(prepared) as Statements
}
