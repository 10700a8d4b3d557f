import { resolve } from 'node:path'
import { oneRequest } from '../../core/base/cost.ts'
import { recordText } from '../../journal/record-text.ts'
import type { Store, StoredCommandId, StoredCommit } from '../../journal/store.ts'
import { openDatabase } from './database.ts'
import { sqliteFailure } from './failures.ts'

/** Options of {@link sqliteStore}. */
export interface SqliteStoreOptions {
  /** The database file, as `data/journal.sqlite`; it and its folder are made when missing. On a local disk. */
  readonly file: string
  /** Largest record in bytes. Default 400 KB, as on DynamoDB, so that what works here works there. */
  readonly maxRecordBytes?: number
  /** Milliseconds that a statement waits for another connection's lock before it fails as busy. Default 5,000. */
  readonly busyTimeoutMs?: number
}

/** A {@link Store} that holds a file open. */
export interface SqliteStore extends Store {
  /** Closes the file; later calls fail. May be called again. Whoever opened the store closes it. */
  close(): void
  [Symbol.dispose](): void
}

/** Bytes of records after which a range ends its page: reading must not fill the memory. */
const pageBytes = 1024 * 1024

/**
 * A store in one SQLite file: every append is on the disk before it is acknowledged (WAL, `synchronous = FULL`).
 * Several processes on one machine may use the file at once. Calls block the event loop while SQLite works: tens of
 * microseconds, and up to `busyTimeoutMs` while another process holds a lock. Needs Node.js 22.13 or newer.
 *
 * @throws `TypeError` without a file name, and `store-unavailable` (nothing was written) when the file cannot be used.
 */
export function sqliteStore(options: SqliteStoreOptions): SqliteStore {
  const { file: name, maxRecordBytes = 400 * 1024, busyTimeoutMs = 5_000 } = options
  if (typeof name !== 'string' || name === '' || name === ':memory:') {
    throw new TypeError('sqliteStore needs the name of a file; for a journal in memory use InMemoryJournal.')
  }
  const file = resolve(name)
  const records = recordText(maxRecordBytes)
  const toCommit = (row: Row): StoredCommit => ({
    revision: Number(row['revision']),
    record: records.decode(row['record']),
  })
  const request = <Answer>(operation: string, ask: () => Answer): Answer => {
    try {
      return ask()
    } catch (error) {
      throw sqliteFailure(operation, file, error)
    }
  }
  const database = request('open', () => openDatabase(file, busyTimeoutMs))
  const prepared = request('open', () => ({
    append: database.prepare(
      'INSERT INTO commits (key, revision, record) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
    ),
    addId: database.prepare(
      'INSERT OR REPLACE INTO command_ids (key, command_id, revision, expires_at) VALUES (?, ?, ?, ?)',
    ),
    dropExpiredIds: database.prepare('DELETE FROM command_ids WHERE expires_at < unixepoch()'),
    findId: database.prepare('SELECT revision FROM command_ids WHERE key = ? AND command_id = ?'),
    at: database.prepare('SELECT record FROM commits WHERE key = ? AND revision = ?'),
    recover: database.prepare(
      `SELECT 0 AS place, revision, schema_version, record FROM snapshots WHERE key = ?1
       UNION ALL
       SELECT * FROM (SELECT 1, revision, NULL, record FROM commits WHERE key = ?1 ORDER BY revision DESC LIMIT ?2)
       ORDER BY place, revision DESC LIMIT ?2`,
    ),
    range: database.prepare(
      'SELECT revision, record FROM commits WHERE key = ? AND revision >= ? ORDER BY revision LIMIT ?',
    ),
    // One look into the index for each key, however many commits the entities have.
    keys: database.prepare(
      `WITH RECURSIVE found (key) AS (
         SELECT min(key) FROM commits WHERE key > ?1 AND key < ?2
         UNION ALL
         SELECT (SELECT min(key) FROM commits WHERE key > found.key AND key < ?2) FROM found WHERE key IS NOT NULL
       )
       SELECT key FROM found WHERE key IS NOT NULL LIMIT ?3`,
    ),
    saveSnapshot: database.prepare(
      `INSERT INTO snapshots (key, revision, schema_version, record) VALUES (?, ?, ?, ?)
       ON CONFLICT (key) DO UPDATE
       SET revision = excluded.revision, schema_version = excluded.schema_version, record = excluded.record
       WHERE excluded.schema_version > schema_version
          OR (excluded.schema_version = schema_version AND excluded.revision >= revision)`,
    ),
  }))

  /** False when the revision is taken. With command ids it takes a transaction, all or nothing. */
  function insert(key: string, revision: number, text: string, ids: readonly StoredCommandId[]): boolean {
    const append = () => Number(prepared.append.run(key, revision, text).changes) === 1
    if (ids.length === 0) return append()
    database.exec('BEGIN IMMEDIATE')
    try {
      const appended = append()
      if (appended) {
        for (const { commandId, expiresAtEpochSeconds } of ids) {
          prepared.addId.run(key, commandId, revision, expiresAtEpochSeconds)
        }
        prepared.dropExpiredIds.run()
      }
      database.exec('COMMIT')
      return appended
    } catch (error) {
      if (database.isTransaction) database.exec('ROLLBACK')
      throw error
    }
  }

  const close = (): void => {
    if (database.isOpen) request('close', () => database.close())
  }

  return {
    limits: { maxRecordBytes, billedBytes: 1024 },
    recordBytes: (key, _revision, record) => records.bytes(key, record),

    async append(key, revision, record, { ids = [], meter } = {}) {
      meter?.(oneRequest)
      const text = records.encode(key, 'commit', record)
      return request('append', () => {
        if (insert(key, revision, text, ids)) return { kind: 'appended' }
        const winner = prepared.at.get(key, revision)
        return { kind: 'occupied', record: winner && records.decode(winner['record']) }
      })
    },

    async findCommandId(key, commandId, { meter } = {}) {
      meter?.(oneRequest)
      const row = request('find a command id', () => prepared.findId.get(key, commandId))
      return row && Number(row['revision'])
    },

    async recover(key, limit, { meter } = {}) {
      meter?.(oneRequest)
      const rows = request('recover', () => prepared.recover.all(key, limit))
      const snapshot = rows[0]?.['place'] === 0 ? rows[0] : undefined
      const commits = rows.slice(snapshot === undefined ? 0 : 1).map(toCommit)
      const more = rows.length >= limit && commits.at(-1)?.revision !== 1
      return {
        snapshot: snapshot && { ...toCommit(snapshot), schemaVersion: Number(snapshot['schema_version']) },
        commits,
        more,
      }
    },

    async range(key, fromRevision, limit, { meter } = {}) {
      meter?.(oneRequest)
      return request('read a range', () => {
        const commits: StoredCommit[] = []
        let bytes = 0
        for (const row of prepared.range.iterate(key, fromRevision, limit)) {
          commits.push(toCommit(row))
          bytes += String(row['record']).length
          if (bytes >= pageBytes) return { commits, more: true }
        }
        return { commits, more: commits.length === limit }
      })
    },

    async keys(prefix, after, limit, { meter } = {}) {
      meter?.(oneRequest)
      const from = after > prefix ? after : prefix
      const rows = request('list keys', () => prepared.keys.all(from, `${prefix}\u{10ffff}`, limit + 1))
      const keys = rows.map((row) => String(row['key']))
      return { keys: keys.slice(0, limit), more: keys.length > limit }
    },

    async saveSnapshot(key, { revision, schemaVersion, record }, { meter } = {}) {
      meter?.(oneRequest)
      const text = records.encode(key, 'snapshot', record)
      request('save a snapshot', () => prepared.saveSnapshot.run(key, revision, schemaVersion, text))
    },

    close,
    [Symbol.dispose]: close,
  }
}

type Row = Readonly<Record<string, unknown>>
