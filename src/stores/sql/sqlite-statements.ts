// Parameters have no numbers: `?1` is out of range for Node.js 22.13 to 22.19 and 24.0 to 24.6.
// Source: https://github.com/nodejs/node/issues/59340
// `LIMIT 0 + ?`: of a bare parameter SQLite uses the value to plan, and so compiles the statement again for each call.
/** Statements on the tables of a journal in SQLite, wherever it runs. */
export const sqliteStatements = {
  append: 'INSERT INTO commits (key, revision, record) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
  // The revision is NULL, which OR IGNORE skips, unless the record before has that hash. One row of VALUES: INSERT from a
  // SELECT takes longer. A record before that is not JSON has no hash; `->>` alone would fail on it.
  appendAfter: `
    INSERT OR IGNORE INTO commits (key, record, revision) VALUES (?, ?, CASE WHEN ? = (
      SELECT CASE WHEN json_valid(record) THEN record ->> '$.h' END FROM commits WHERE key = ? AND revision = ?
    ) THEN ? END)`,
  at: 'SELECT record FROM commits WHERE key = ? AND revision = ?',
  newest: 'SELECT revision, record FROM commits WHERE key = ? ORDER BY revision DESC LIMIT 0 + ?',
  range: 'SELECT revision, record FROM commits WHERE key = ? AND revision >= ? ORDER BY revision LIMIT 0 + ?',
  // One look into the index for each key, however many commits the entities have.
  keys: `
    WITH RECURSIVE found (key) AS (
      SELECT min(key) FROM commits WHERE key > ? AND key < ?
      UNION ALL
      SELECT (SELECT min(key) FROM commits WHERE key > found.key AND key < ?) FROM found WHERE key IS NOT NULL
    )
    SELECT key FROM found WHERE key IS NOT NULL LIMIT 0 + ?`,
  changes:
    'SELECT position, key, revision, record FROM commits WHERE position > ? ORDER BY position LIMIT 0 + ?',
  // NULL where there is no record with a hash at the position.
  hashAt: `
    SELECT CASE WHEN json_valid(record) THEN record ->> '$.h' END AS hash FROM commits WHERE position = ?`,
  // Positions are not used again, not even that of a removed newest record. An append that is refused uses one up.
  lastPosition: "SELECT seq AS position FROM sqlite_sequence WHERE name = 'commits'",
  hasAfter: 'SELECT 1 FROM commits WHERE position > ? LIMIT 1',
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
