import { checkStoreOptions } from '../../journal/store-options.ts'
import { checkWholeBytes } from '../../core/base/describe-value.ts'
import { recordText } from '../../journal/record-text.ts'
import type { Store, StoredCommandId, StoredCommit, StoredRecord } from '../../journal/store.ts'
import { type PostgresClient, type PostgresRow, queryThrough } from './client.ts'
import { changesAfter } from './feed.ts'
import { checkSchema, defaultSchema, verifySchema } from './schema.ts'
import { statementsOf } from './statements.ts'

/** Options of {@link postgresStore}. */
export interface PostgresStoreOptions {
  /** A pool, such as `new pg.Pool({ connectionString, statement_timeout: 5_000 })`. Not closed by the store. */
  readonly client: PostgresClient
  /** Schema of the tables, which `createSchema` makes. Default `tailfold`. */
  readonly schema?: string
  /** Largest record in bytes. Default 400 KB, as on DynamoDB, so that what works here works there. */
  readonly maxRecordBytes?: number
}

/**
 * Rows of up to about 2 KB stay in their page; larger ones are compressed and moved out of line.
 * Source: https://www.postgresql.org/docs/current/storage-toast.html
 */
const inlineBytes = 1_900

/**
 * A store in PostgreSQL 13 or newer: one statement, and so one round trip, for every call. The tables must exist. Reads go
 * to the server that `client` is connected to, which has to be the primary.
 *
 * @throws `TypeError` for wrong options.
 */
export function postgresStore(options: PostgresStoreOptions): Store {
  checkStoreOptions('a PostgreSQL store', options, { client: true, schema: true, maxRecordBytes: true })
  const { client, schema = defaultSchema, maxRecordBytes = 400 * 1024 } = options
  if (typeof client?.query !== 'function')
    throw new TypeError(
      'postgresJournal and postgresStore need { client: new pg.Pool({ connectionString }) }, or another client with query(text, values).',
    )
  checkSchema(schema)
  checkWholeBytes('maxRecordBytes', maxRecordBytes)
  const query = queryThrough(client)
  const statements = statementsOf(schema)
  const records = recordText(maxRecordBytes)

  const commitOf = (key: string, row: PostgresRow): StoredCommit => {
    const revision = Number(row['revision'])
    return { revision, record: records.decode(row['record'], { key, revision }) }
  }

  return {
    limits: { maxRecordBytes, billedBytes: inlineBytes },
    recordBytes: (key, _revision, record) => records.bytes(key, record),

    async append(key, revision, record, request = {}) {
      const { ids = [], previousHash = null } = request
      const values = [key, revision, hashOf(record), records.encode(key, 'commit', record), previousHash]
      const [row = {}] =
        ids.length === 0
          ? await query('append', statements.append, values, request)
          : await query('append', statements.appendWithIds, [...values, idsText(ids)], request)
      if (row['added'] === true) return { kind: 'appended' }
      const present = row['present']
      if (typeof present === 'string')
        return { kind: 'occupied', record: records.decode(present, { key, revision }) }
      // Where the record before fits, another writer committed at this revision after the statement began.
      return row['fits'] === true ? { kind: 'occupied', record: undefined } : { kind: 'behind' }
    },

    async findCommandId(key, commandId, request) {
      const [row] = await query('find a command id', statements.findId, [key, idText(commandId)], request)
      return row && Number(row['revision'])
    },

    async recover(key, limit, request) {
      const rows = await query('recover', statements.recover, [key, limit], request)
      const isCommit = (row: PostgresRow) => row['found'] !== null
      const snapshot = rows.find((row) => !isCommit(row))
      const found = rows.filter(isCommit)
      return {
        snapshot: snapshot && {
          ...commitOf(key, snapshot),
          schemaVersion: Number(snapshot['schema_version']),
        },
        commits: found.map((row) => commitOf(key, row)).toSorted((a, b) => b.revision - a.revision),
        more: hasMore(found),
      }
    },

    async range(key, fromRevision, limit, request) {
      const rows = await query('read a range', statements.range, [key, limit, fromRevision], request)
      const commits = rows.map((row) => commitOf(key, row)).toSorted((a, b) => a.revision - b.revision)
      return { commits, more: hasMore(rows) }
    },

    async keys(prefix, after, limit, request) {
      const from = after > prefix ? after : prefix
      const rows = await query('list keys', statements.keys, [from, `${prefix}\u007f`, limit + 1], request)
      const keys = rows.map((row) => String(row['key']))
      return { keys: keys.slice(0, limit), more: keys.length > limit }
    },

    changes: (cursor, limit, request) =>
      changesAfter(query, statements.changes, cursor, limit, commitOf, request),

    async saveSnapshot(key, { revision, schemaVersion, record }, request) {
      const text = records.encode(key, 'snapshot', record)
      await query('save a snapshot', statements.saveSnapshot, [key, revision, schemaVersion, text], request)
    },

    async sweep(beforeEpochSeconds, request) {
      const [row] = await query('sweep', statements.sweep, [beforeEpochSeconds], request)
      return Number(row?.['count'])
    },

    async truncate(key, lastRevision, request) {
      const [row] = await query('truncate', statements.truncate, [key, lastRevision], request)
      return Number(row?.['count'])
    },

    verify: () => verifySchema(client, schema),
  }
}

/** A page says in every row how many it would have, one more included. */
function hasMore(rows: readonly PostgresRow[]): boolean {
  return Number(rows[0]?.['found'] ?? 0) > rows.length
}

function hashOf(record: StoredRecord): string {
  return String(record['h'] ?? '')
}

/** An id as text that PostgreSQL takes: no U+0000. */
function idText(commandId: string): string {
  return JSON.stringify(commandId)
}

/** Each id once, with its last expiry: one statement does not write a row twice. */
function idsText(ids: readonly StoredCommandId[]): string {
  const expiries = new Map(
    ids.map(({ commandId, expiresAtEpochSeconds }) => [commandId, expiresAtEpochSeconds]),
  )
  return JSON.stringify([...expiries].map(([commandId, expiry]) => [idText(commandId), expiry]))
}
