import { checkStoreOptions } from '../../journal/store-options.ts'
import { checkWholeBytes } from '../../core/base/describe-value.ts'
import type { Store } from '../../journal/store.ts'
import type { RunStatements } from '../sql/sqlite-client.ts'
import { sqliteSchema } from '../sql/sqlite-schema.ts'
import { sqliteBackedStore } from '../sql/sqlite-store.ts'
import { cloudflareFailure } from './failures.ts'

/** The part of a D1 binding that is used. */
export interface D1Database {
  prepare(text: string): D1Statement
  batch(statements: D1Statement[]): Promise<readonly D1Answer[]>
}

/** A prepared statement of D1. */
export interface D1Statement {
  bind(...values: readonly (string | number | null)[]): D1Statement
}

/** What D1 answers to one statement. */
export interface D1Answer {
  readonly results: readonly Readonly<Record<string, unknown>>[]
  readonly meta: { readonly changes?: number; readonly rows_read?: number; readonly rows_written?: number }
}

/** Options of {@link d1Store}. */
export interface D1StoreOptions {
  /** The binding, `env.JOURNAL`. Its tables come from the migration that {@link d1Schema} prints. */
  readonly database: D1Database
  /** Whether the tables have a change feed: {@link d1Schema} with the same value. Default false. */
  readonly feed?: boolean
  /** Largest record in bytes. Default 400 KB, as on DynamoDB, so that what works here works there; D1 takes 2 MB. */
  readonly maxRecordBytes?: number
}

/**
 * D1 bills rows, whatever their size: a state of up to 4 KB rides with its commit, which is no more to read.
 * Source: https://developers.cloudflare.com/d1/platform/pricing/
 */
const billedBytes = 4 * 1024

/**
 * A store in Cloudflare D1: one batch, and so one transaction and one query to the primary, for every call. A commit is one
 * row written, with a feed three.
 *
 * @throws `TypeError` for wrong options.
 */
export function d1Store(options: D1StoreOptions): Store {
  checkStoreOptions('a D1 store', options, { database: true, feed: true, maxRecordBytes: true })
  const { database, feed = false, maxRecordBytes = 400 * 1024 } = options
  if (typeof database?.batch !== 'function' || typeof database.prepare !== 'function')
    throw new TypeError(
      'd1Journal and d1Store need { database: env.JOURNAL }: a D1 binding, with prepare and batch.',
    )
  checkWholeBytes('maxRecordBytes', maxRecordBytes)

  const run: RunStatements = async (operation, statements, request) => {
    const prepared = statements.map(({ text, values }) => database.prepare(text).bind(...values))
    const [requests, sum] = [1, (counts: readonly (number | undefined)[]) => counts.reduce<number>(add, 0)]
    try {
      const answers = await database.batch(prepared)
      request?.meter?.({
        requests,
        readUnits: sum(answers.map(({ meta }) => meta.rows_read)),
        writeUnits: sum(answers.map(({ meta }) => meta.rows_written)),
      })
      return answers.map(({ results, meta }) => ({ rows: results, changes: meta.changes ?? 0 }))
    } catch (error) {
      request?.meter?.({ requests, readUnits: 0, writeUnits: 0 })
      throw cloudflareFailure(operation, error, 'unknown')
    }
  }
  return sqliteBackedStore({ run, maxRecordBytes, billedBytes, feed, countsRows: true })
}

/**
 * The SQL of a migration that creates the tables. Shape: `d1Schema({ feed: true })`, for consumers that follow the journal.
 * Whether there is a feed cannot be changed later without copying the commits.
 */
export function d1Schema({ feed = false }: Pick<D1StoreOptions, 'feed'> = {}): string {
  return `${sqliteSchema({ feed }).join(';\n')};\n`
}

function add(sum: number, count: number | undefined): number {
  return sum + (count ?? 0)
}
