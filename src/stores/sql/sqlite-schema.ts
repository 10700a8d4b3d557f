/**
 * Stored form of a journal in a hosted SQLite. What is written stays readable.
 *
 *   commits      key TEXT, revision INTEGER: unique together; record TEXT: the record as a JSON object. With a feed also
 *                position INTEGER: the order of commits across all keys, ascending, never reused
 *   snapshots    key TEXT: unique; revision INTEGER, schema_version INTEGER, record TEXT: likewise
 *   command_ids  key TEXT, command_id TEXT: unique together, the id as JSON text; revision INTEGER: the commit that recorded
 *                it; expires_at INTEGER: seconds since the Unix epoch after which the row may be deleted
 *
 * Without a feed a commit is one row written. With it, the row, its unique key and the counter of positions are three.
 */
export function sqliteSchema({ feed }: { readonly feed: boolean }): readonly string[] {
  return [
    feed
      ? `CREATE TABLE commits (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  key TEXT NOT NULL, revision INTEGER NOT NULL, record TEXT NOT NULL,
  UNIQUE (key, revision)
) STRICT`
      : `CREATE TABLE commits (
  key TEXT NOT NULL, revision INTEGER NOT NULL, record TEXT NOT NULL,
  PRIMARY KEY (key, revision)
) STRICT, WITHOUT ROWID`,
    `CREATE TABLE snapshots (
  key TEXT NOT NULL PRIMARY KEY, revision INTEGER NOT NULL, schema_version INTEGER NOT NULL, record TEXT NOT NULL
) STRICT, WITHOUT ROWID`,
    `CREATE TABLE command_ids (
  key TEXT NOT NULL, command_id TEXT NOT NULL, revision INTEGER NOT NULL, expires_at INTEGER NOT NULL,
  PRIMARY KEY (key, command_id)
) STRICT, WITHOUT ROWID`,
    'CREATE INDEX command_ids_by_expiry ON command_ids (expires_at)',
  ]
}
