CREATE TABLE commits (
  key TEXT NOT NULL, revision INTEGER NOT NULL, record TEXT NOT NULL,
  PRIMARY KEY (key, revision)
) STRICT, WITHOUT ROWID;
CREATE TABLE snapshots (
  key TEXT NOT NULL PRIMARY KEY, revision INTEGER NOT NULL, schema_version INTEGER NOT NULL, record TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE command_ids (
  key TEXT NOT NULL, command_id TEXT NOT NULL, revision INTEGER NOT NULL, expires_at INTEGER NOT NULL,
  PRIMARY KEY (key, command_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX command_ids_by_expiry ON command_ids (expires_at);
