import type { DatabaseSync, StatementSync } from 'node:sqlite'

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

// Parameters have no numbers: `?1` is out of range for Node.js 22.13 to 22.19 and 24.0 to 24.6.
// Source: https://github.com/nodejs/node/issues/59340
const texts = {
  append: 'INSERT INTO commits (key, revision, record) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
  // The revision is NULL, which OR IGNORE skips, unless the record before has that hash. One row of VALUES: INSERT from a
  // SELECT takes longer. A record before that is not JSON has no hash; `->>` alone would fail on it.
  appendAfter: `
    INSERT OR IGNORE INTO commits (key, record, revision) VALUES (?, ?, CASE WHEN ? = (
      SELECT CASE WHEN json_valid(record) THEN record ->> '$.h' END FROM commits WHERE key = ? AND revision = ?
    ) THEN ? END)`,
  at: 'SELECT record FROM commits WHERE key = ? AND revision = ?',
  newest: 'SELECT revision, record FROM commits WHERE key = ? ORDER BY revision DESC LIMIT ?',
  // One row and whether more follow, for reading on from the newest commit: half the time of reading two rows.
  first: `
    SELECT revision, record, EXISTS (
      SELECT 1 FROM commits AS later WHERE later.key = found.key AND later.revision > found.revision
    ) AS more
    FROM commits AS found WHERE key = ? AND revision >= ? ORDER BY revision LIMIT 1`,
  range: 'SELECT revision, record FROM commits WHERE key = ? AND revision >= ? ORDER BY revision LIMIT ?',
  // One look into the index for each key, however many commits the entities have.
  keys: `
    WITH RECURSIVE found (key) AS (
      SELECT min(key) FROM commits WHERE key > ? AND key < ?
      UNION ALL
      SELECT (SELECT min(key) FROM commits WHERE key > found.key AND key < ?) FROM found WHERE key IS NOT NULL
    )
    SELECT key FROM found WHERE key IS NOT NULL LIMIT ?`,
  changes: 'SELECT position, key, revision, record FROM commits WHERE position > ? ORDER BY position LIMIT ?',
  // NULL where there is no record with a hash at the position.
  hashAt: `
    SELECT CASE WHEN json_valid(record) THEN record ->> '$.h' END AS hash FROM commits WHERE position = ?`,
  // Positions are not used again, not even that of a removed newest record.
  lastPosition: "SELECT seq AS position FROM sqlite_sequence WHERE name = 'commits'",
  dataVersion: 'PRAGMA data_version',
  snapshot: 'SELECT revision, schema_version, record FROM snapshots WHERE key = ?',
  saveSnapshot: `
    INSERT INTO snapshots (key, revision, schema_version, record) VALUES (?, ?, ?, ?)
    ON CONFLICT (key) DO UPDATE
    SET revision = excluded.revision, schema_version = excluded.schema_version, record = excluded.record
    WHERE excluded.schema_version > schema_version
       OR (excluded.schema_version = schema_version AND excluded.revision >= revision)`,
  findId: 'SELECT revision FROM command_ids WHERE key = ? AND command_id = ?',
  addId: 'INSERT OR REPLACE INTO command_ids (key, command_id, revision, expires_at) VALUES (?, ?, ?, ?)',
  // More than an append adds, so that they do not pile up.
  dropExpiredIds: `
    DELETE FROM command_ids WHERE (key, command_id) IN (
      SELECT key, command_id FROM command_ids WHERE expires_at < unixepoch() LIMIT 200
    )`,
  sweepIds: 'DELETE FROM command_ids WHERE expires_at < ?',
  truncateCommits: 'DELETE FROM commits WHERE key = ? AND revision > ?',
  truncateIds: 'DELETE FROM command_ids WHERE key = ? AND revision > ?',
  // With those of older schema versions, under `<key>//<version>`; `0` comes right after `/`.
  truncateSnapshots: `
    DELETE FROM snapshots
    WHERE (key = ? OR (key > ? || '//' AND key < ? || '/0')) AND revision > ?`,
} as const

/** Every statement that reads or writes the tables, by what it does. */
export type Statements = Readonly<Record<keyof typeof texts, StatementSync>>

/** Prepares all statements. Fails where a table or column is missing. */
export function prepareStatements(database: DatabaseSync): Statements {
  const prepared = Object.entries(texts).map(([name, text]) => [name, database.prepare(text)])
  return Object.fromEntries(prepared) as Statements
}
