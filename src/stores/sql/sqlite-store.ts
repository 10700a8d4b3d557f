import { recordText } from '../../journal/record-text.ts'
import type { Store, StoreAppendResult, StoredCommit, StoredCommandId } from '../../journal/store.ts'
import type { RunStatements, SqlRow, SqlStatement } from './sqlite-client.ts'
import { sqlChanges } from './sqlite-feed.ts'
import { paged, pageOf } from './sqlite-page.ts'
import { sqliteStatements } from './sqlite-statements.ts'

/** What differs between databases that speak SQLite. */
export interface SqliteBackedOptions {
  readonly run: RunStatements
  readonly maxRecordBytes: number
  /** A state that fits here beside a commit is stored with it. */
  readonly billedBytes: number
  /** Whether the tables have positions. */
  readonly feed: boolean
  /** Whether the database tells how many rows it read and wrote. */
  readonly countsRows: boolean
}

/** What a page of the largest records may have. */
const maxPageBytes = 2 * 1024 * 1024

// `changes()` is of the statement before: the record is read only if the append found the place taken.
const winner = 'SELECT record FROM commits WHERE changes() = 0 AND key = ? AND revision = ?'
const addIds = `
  INSERT OR REPLACE INTO command_ids (key, command_id, revision, expires_at)
  SELECT ?, value ->> 0, ?, value ->> 1 FROM json_each(?) WHERE changes() = 1`

/** A store in a hosted SQLite: one request, and one transaction, for every call. */
export function sqliteBackedStore(options: SqliteBackedOptions): Store {
  const { run, maxRecordBytes, billedBytes, feed, countsRows } = options
  const records = recordText(maxRecordBytes)

  /** A query of records in a page: as it is where `limit` records fit in any case, for fewer rows read. */
  function page(records: string, order: string, limit: number): string {
    return limit * maxRecordBytes <= maxPageBytes ? records : paged(records, order)
  }

  function toCommit(key: string, row: SqlRow): StoredCommit {
    const revision = Number(row['revision'])
    return { revision, record: records.decode(row['record'], { key, revision }) }
  }

  return {
    limits: { maxRecordBytes, billedBytes },
    ...(countsRows && { units: { read: 'row read', write: 'row written' } }),
    recordBytes: (key, _revision, record) => records.bytes(key, record),

    async append(key, revision, record, request = {}): Promise<StoreAppendResult> {
      const { ids = [], previousHash } = request
      const text = records.encode(key, 'commit', record)
      const before = revision === 1 && previousHash === '' ? undefined : previousHash
      const statements = [
        appendStatement(key, revision, text, before),
        ...(ids.length === 0 ? [] : [{ text: addIds, values: [key, revision, idsText(ids)] }]),
        { text: winner, values: [key, revision] },
        ...(ids.length === 0 ? [] : [{ text: sqliteStatements.dropExpiredIds, values: [] }]),
      ]
      const answers = await run('append', statements, request)
      if (answers[0]?.changes === 1) return { kind: 'appended' }
      const present = answers[ids.length === 0 ? 1 : 2]?.rows[0]
      if (present === undefined && before !== undefined) return { kind: 'behind' }
      return { kind: 'occupied', record: present && records.decode(present['record'], { key, revision }) }
    },

    async findCommandId(key, commandId, request) {
      const values = [key, JSON.stringify(commandId)]
      const [found] = await run('find a command id', [{ text: sqliteStatements.findId, values }], request)
      const [row] = found?.rows ?? []
      return row && Number(row['revision'])
    },

    async recover(key, limit, request) {
      const [slot, tail] = await run(
        'recover',
        [
          { text: sqliteStatements.snapshot, values: [key] },
          { text: page(sqliteStatements.newest, 'revision DESC', limit), values: [key, limit] },
        ],
        request,
      )
      const [snapshot] = slot?.rows ?? []
      const { rows, more } = pageOf(tail?.rows ?? [], limit)
      const commits = rows.map((row) => toCommit(key, row))
      return {
        snapshot: snapshot && {
          ...toCommit(key, snapshot),
          schemaVersion: Number(snapshot['schema_version']),
        },
        commits,
        more: more && commits.at(-1)?.revision !== 1,
      }
    },

    async range(key, fromRevision, limit, request) {
      const values = [key, fromRevision, limit]
      const text = page(sqliteStatements.range, 'revision', limit)
      const [found] = await run('read a range', [{ text, values }], request)
      const { rows, more } = pageOf(found?.rows ?? [], limit)
      return { commits: rows.map((row) => toCommit(key, row)), more }
    },

    async keys(prefix, after, limit, request) {
      const end = `${prefix}\u007f`
      const values = [after > prefix ? after : prefix, end, end, limit + 1]
      const [found] = await run('list keys', [{ text: sqliteStatements.keys, values }], request)
      const keys = (found?.rows ?? []).map((row) => String(row['key']))
      return { keys: keys.slice(0, limit), more: keys.length > limit }
    },

    ...(feed && {
      changes: (cursor, limit, request) => sqlChanges(run, cursor, limit, toCommit, request),
    }),

    async saveSnapshot(key, { revision, schemaVersion, record }, request) {
      const values = [key, revision, schemaVersion, records.encode(key, 'snapshot', record)]
      await run('save a snapshot', [{ text: sqliteStatements.saveSnapshot, values }], request)
    },

    async sweep(beforeEpochSeconds, request) {
      const [swept] = await run(
        'sweep',
        [{ text: sqliteStatements.sweepIds, values: [beforeEpochSeconds] }],
        request,
      )
      return swept?.changes ?? 0
    },

    async truncate(key, lastRevision, request) {
      const answers = await run(
        'truncate',
        [
          { text: sqliteStatements.truncateSnapshots, values: [key, key, key, lastRevision] },
          { text: sqliteStatements.truncateIds, values: [key, lastRevision] },
          { text: sqliteStatements.truncateCommits, values: [key, lastRevision] },
        ],
        request,
      )
      return answers[2]?.changes ?? 0
    },

    async verify() {
      const tables = [
        `SELECT revision, record${feed ? ', position' : ''} FROM commits WHERE key = ?`,
        'SELECT revision, schema_version, record FROM snapshots WHERE key = ?',
        'SELECT revision, expires_at FROM command_ids WHERE key = ?',
      ]
      await run(
        'verify',
        tables.map((text) => ({ text, values: [''] })),
        undefined,
      )
    },
  }
}

function appendStatement(
  key: string,
  revision: number,
  text: string,
  previousHash: string | undefined,
): SqlStatement {
  if (previousHash === undefined) return { text: sqliteStatements.append, values: [key, revision, text] }
  const values = [key, text, previousHash, key, revision - 1, revision]
  return { text: sqliteStatements.appendAfter, values }
}

/** As JSON in JSON: SQLite ends a text of JSON at a NUL, and an id may hold one. */
function idsText(ids: readonly StoredCommandId[]): string {
  return JSON.stringify(
    ids.map(({ commandId, expiresAtEpochSeconds }) => [JSON.stringify(commandId), expiresAtEpochSeconds]),
  )
}
