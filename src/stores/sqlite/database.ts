import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { isBusy, unusableFile } from './failures.ts'

/**
 * Stored form, version 1 (`PRAGMA user_version`). A file once written stays readable for ever.
 *
 *   commits    key TEXT, revision INTEGER: unique together; record TEXT: the record as a JSON object
 *   snapshots  key TEXT: unique; revision INTEGER, schema_version INTEGER, record TEXT: likewise
 *   command_ids  key TEXT, command_id TEXT: unique together; revision INTEGER: the commit that recorded the id;
 *                expires_at INTEGER: seconds since the Unix epoch after which the row may be deleted
 *
 * Beside the file SQLite keeps `-wal` and `-shm` while it is open; a copy of the file alone is no backup then.
 */
export const formatVersion = 1

// Tables with a rowid: a record of up to 4 KB then stays on its page, where a WITHOUT ROWID table would spill it from
// 1 KB on. Source: https://www.sqlite.org/withoutrowid.html
const schema = `
  CREATE TABLE commits (
    key TEXT NOT NULL, revision INTEGER NOT NULL, record TEXT NOT NULL,
    PRIMARY KEY (key, revision)
  ) STRICT;
  CREATE TABLE snapshots (
    key TEXT NOT NULL PRIMARY KEY, revision INTEGER NOT NULL, schema_version INTEGER NOT NULL, record TEXT NOT NULL
  ) STRICT;
  CREATE TABLE command_ids (
    key TEXT NOT NULL, command_id TEXT NOT NULL, revision INTEGER NOT NULL, expires_at INTEGER NOT NULL,
    PRIMARY KEY (key, command_id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX command_ids_by_expiry ON command_ids (expires_at);
  PRAGMA user_version = ${formatVersion};`

const openAttempts = 50
const openPauseMs = 20

interface SqliteModule {
  readonly DatabaseSync: typeof DatabaseSync
}

/** Opens the file, makes it and its folder when they are missing, and refuses one that is not ours. */
export function openDatabase(file: string, busyTimeoutMs: number): DatabaseSync {
  const sqlite = process.getBuiltinModule('node:sqlite') as SqliteModule | undefined
  if (sqlite === undefined) {
    throw unusableFile(
      file,
      `needs node:sqlite, which Node.js ${process.version} lacks; use Node.js 22.13 or newer`,
    )
  }
  mkdirSync(dirname(file), { recursive: true })
  const database = new sqlite.DatabaseSync(file, { timeout: busyTimeoutMs })
  try {
    prepare(database, file)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

function prepare(database: DatabaseSync, file: string): void {
  database.exec('PRAGMA synchronous = FULL')
  whenFree(() => {
    if (userVersion(database) === 0) create(database, file)
    checkVersion(database, file)
    const mode = database.prepare('PRAGMA journal_mode = WAL').get()?.['journal_mode']
    if (mode !== 'wal')
      throw unusableFile(file, 'stands on a file system without shared memory; use a local disk')
  })
}

/** In one transaction, so that of several processes at a new file one creates and the others find it made. */
function create(database: DatabaseSync, file: string): void {
  database.exec('BEGIN IMMEDIATE')
  try {
    if (userVersion(database) === 0) {
      const taken = database.prepare('SELECT name FROM sqlite_schema LIMIT 1').get()
      if (taken !== undefined)
        throw unusableFile(file, 'holds the tables of another program; name another file')
      database.exec(schema)
    }
    database.exec('COMMIT')
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK')
    throw error
  }
}

function checkVersion(database: DatabaseSync, file: string): void {
  const version = userVersion(database)
  if (version > formatVersion) {
    throw unusableFile(
      file,
      `has format version ${version}, written by a newer Tailfold; this one reads up to ${formatVersion}: upgrade it`,
    )
  }
}

function userVersion(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()?.['user_version'])
}

/** SQLite reports some locks at once, whatever the timeout: two connections that switch a new file to WAL. */
function whenFree(open: () => void): void {
  for (let attempt = 1; ; attempt++) {
    try {
      return open()
    } catch (error) {
      if (!isBusy(error) || attempt >= openAttempts) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, openPauseMs)
    }
  }
}
