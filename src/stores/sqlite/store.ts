import { checkStoreOptions } from '../../journal/store-options.ts'
import { oneRequest } from '../../core/base/cost.ts'
import { checkWholeBytes } from '../../core/base/describe-value.ts'
import { recordText } from '../../journal/record-text.ts'
import type { Store, StoredCommandId, StoredCommit } from '../../journal/store.ts'
import { changeWatch } from './change-watch.ts'
import { type OpenConnection, openConnection, type SqliteConnection } from './connection.ts'
import { changesAfter, hasChanges } from './feed.ts'
import { checkFormat } from './migrate.ts'
import { prepareStatements, type Statements } from './stored-form.ts'

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
  /** Its connection, for `sqliteRows({ journal })`. */
  readonly connection: SqliteConnection
  /** Commits what waits and closes the file; later calls fail. May be called again. Whoever opened the store closes it. */
  close(): void
  [Symbol.dispose](): void
}

/** Bytes of records after which a range ends its page: reading must not fill the memory. */
const pageBytes = 1024 * 1024

/**
 * A store in one SQLite file: every append is on the disk before it is acknowledged (WAL, `synchronous = FULL`). Appends
 * that wait together share one transaction. Several processes on one machine may use the file at once. Calls block the
 * event loop while SQLite works: tens of microseconds, and up to `busyTimeoutMs` while another process holds a lock.
 *
 * A file that is deleted or replaced while it is open is noticed within a second; then every call fails, not retryable.
 *
 * @throws `TypeError` for wrong options, and `store-unavailable` (nothing was written) when the file cannot be used.
 */
export function sqliteStore(options: SqliteStoreOptions): SqliteStore {
  checkStoreOptions('a SQLite store', options, { file: true, maxRecordBytes: true, busyTimeoutMs: true })
  const { file: name, maxRecordBytes = 400 * 1024, busyTimeoutMs = 5_000 } = options
  if (typeof name !== 'string' || name === '' || name === ':memory:') {
    throw new TypeError(
      "sqliteJournal and sqliteStore need { file: 'data/journal.sqlite' }; for a journal in memory use InMemoryJournal.",
    )
  }
  checkWholeBytes('maxRecordBytes', maxRecordBytes)
  const records = recordText(maxRecordBytes)
  const connection: OpenConnection = openConnection(name, busyTimeoutMs)
  const { database, statements, file, read } = connection
  const watch = changeWatch(() =>
    read('wait for changes', () => Number(statements.dataVersion.get()?.['data_version'])),
  )

  function toCommit(key: string, row: Row): StoredCommit {
    const revision = Number(row['revision'])
    return { revision, record: records.decode(row['record'], { key, revision }) }
  }

  const write = <Answer>(operation: string, single: boolean, run: () => Answer): Promise<Answer> =>
    connection.write({ operation, single, run })

  function close(): void {
    connection.close()
    watch.wake()
  }

  return {
    connection,
    limits: { maxRecordBytes, billedBytes: 1024 },
    recordBytes: (key, _revision, record) => records.bytes(key, record),

    async append(key, revision, record, { ids = [], meter, previousHash } = {}) {
      meter?.(oneRequest)
      const text = records.encode(key, 'commit', record)
      const before = revision === 1 && previousHash === '' ? undefined : previousHash
      const result = await write('append', ids.length === 0, () => {
        if (!insertCommit(statements, key, revision, text, before)) return statements.at.get(key, revision)
        if (ids.length > 0) addIds(statements, key, revision, ids)
        return 'appended'
      })
      if (result === 'appended') {
        watch.wake()
        return { kind: 'appended' }
      }
      if (result === undefined && before !== undefined) return { kind: 'behind' }
      return { kind: 'occupied', record: result && records.decode(result['record'], { key, revision }) }
    },

    async findCommandId(key, commandId, { meter } = {}) {
      meter?.(oneRequest)
      const row = read('find a command id', () => statements.findId.get(key, commandId))
      return row && Number(row['revision'])
    },

    async recover(key, limit, { meter } = {}) {
      meter?.(oneRequest)
      // The snapshot first: it cannot be ahead of commits that are read after it.
      const [snapshot, rows] = read('recover', () => [
        statements.snapshot.get(key),
        statements.newest.all(key, limit),
      ])
      const commits = rows.map((row) => toCommit(key, row))
      return {
        snapshot: snapshot && {
          ...toCommit(key, snapshot),
          schemaVersion: Number(snapshot['schema_version']),
        },
        commits,
        more: rows.length === limit && commits.at(-1)?.revision !== 1,
      }
    },

    async range(key, fromRevision, limit, { meter } = {}) {
      meter?.(oneRequest)
      return read('read a range', () => {
        // Most ranges begin at the newest commit, to see that nothing follows it: one look finds that.
        const newest = statements.newest.get(key, 1)
        if (newest === undefined || Number(newest['revision']) < fromRevision)
          return { commits: [], more: false }
        if (newest['revision'] === fromRevision) return { commits: [toCommit(key, newest)], more: false }
        const commits: StoredCommit[] = []
        let bytes = 0
        for (const row of statements.range.iterate(key, fromRevision, limit)) {
          commits.push(toCommit(key, row))
          bytes += String(row['record']).length
          if (bytes >= pageBytes) return { commits, more: true }
        }
        return { commits, more: commits.length === limit }
      })
    },

    async keys(prefix, after, limit, { meter } = {}) {
      meter?.(oneRequest)
      const from = after > prefix ? after : prefix
      const end = `${prefix}\u{10ffff}`
      const rows = read('list keys', () => statements.keys.all(from, end, end, limit + 1))
      const keys = rows.map((row) => String(row['key']))
      return { keys: keys.slice(0, limit), more: keys.length > limit }
    },

    async changes(cursor, limit, { meter } = {}) {
      meter?.(oneRequest)
      return read('read changes', () => changesAfter(statements, cursor, limit, toCommit))
    },

    waitForChanges: async (cursor, { signal } = {}) =>
      watch.until(() => read('wait for changes', () => hasChanges(statements, cursor)), signal),

    async saveSnapshot(key, { revision, schemaVersion, record }, { meter } = {}) {
      meter?.(oneRequest)
      const text = records.encode(key, 'snapshot', record)
      await write('save a snapshot', true, () =>
        statements.saveSnapshot.run(key, revision, schemaVersion, text),
      )
    },

    async sweep(beforeEpochSeconds, { meter } = {}) {
      meter?.(oneRequest)
      const { changes } = await write('sweep', true, () => statements.sweepIds.run(beforeEpochSeconds))
      return Number(changes)
    },

    async truncate(key, lastRevision, { meter } = {}) {
      meter?.(oneRequest)
      return write('truncate', false, () => {
        statements.truncateSnapshots.run(key, key, key, lastRevision)
        statements.truncateIds.run(key, lastRevision)
        return Number(statements.truncateCommits.run(key, lastRevision).changes)
      })
    },

    async verify() {
      // In a transaction that may write: it takes permission to.
      await write('verify', false, () => {
        checkFormat(database, file)
        prepareStatements(database)
      })
    },

    close,
    [Symbol.dispose]: close,
  }
}

type Row = Readonly<Record<string, unknown>>

/** False where the revision is taken, or the commit before is not the one with that hash. */
function insertCommit(
  { append, appendAfter }: Statements,
  key: string,
  revision: number,
  text: string,
  previousHash: string | undefined,
): boolean {
  const { changes } =
    previousHash === undefined
      ? append.run(key, revision, text)
      : appendAfter.run(key, text, previousHash, key, revision - 1, revision)
  return Number(changes) === 1
}

function addIds(
  { addId, dropExpiredIds }: Statements,
  key: string,
  revision: number,
  ids: readonly StoredCommandId[],
): void {
  for (const { commandId, expiresAtEpochSeconds } of ids)
    addId.run(key, commandId, revision, expiresAtEpochSeconds)
  dropExpiredIds.run()
}
