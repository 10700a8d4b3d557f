import { isTailfoldError, type TailfoldError } from '../../core/base/errors.ts'
import { type StoreFailure, storeFailure } from '../../core/base/failures.ts'

/** What an error means for the request. */
type Meaning = Omit<StoreFailure, 'cause'> & { readonly why: string }

const notApplied = { applied: 'no', retryable: true } as const
const hopeless = { applied: 'no', retryable: false } as const

/**
 * What the codes of the client, of the server and of SQLite mean. A batch is one transaction: whatever stops it before its
 * COMMIT leaves nothing behind, and a COMMIT that fails on a lock or for space undoes it.
 *
 * Sources: https://www.sqlite.org/rescode.html and
 * https://github.com/tursodatabase/libsql/blob/main/libsql-server/src/hrana/stmt.rs
 */
const meanings: Readonly<Record<string, Meaning>> = {
  SQLITE_BUSY: {
    ...notApplied,
    why: 'another connection held the lock; give createClient a timeout for a file',
  },
  SQLITE_LOCKED: { ...notApplied, why: 'another statement held a lock on the table' },
  SQLITE_PROTOCOL: { ...notApplied, why: 'too many connections contend for the file' },
  SQLITE_NOMEM: { ...notApplied, why: 'the database is short of memory' },
  SQLITE_INTERRUPT: { ...notApplied, why: 'the statement was interrupted' },
  SQLITE_ABORT: { ...notApplied, why: 'the transaction was rolled back' },
  SQLITE_READONLY: {
    ...hopeless,
    why: 'the database is read-only; give this user or token write permission',
  },
  SQLITE_PERM: { ...hopeless, why: 'permission denied on the file' },
  SQLITE_AUTH: { ...hopeless, why: 'the statement is not authorized' },
  SQLITE_CORRUPT: { ...hopeless, why: 'the database is damaged; stop writing to it and restore a backup' },
  SQLITE_NOTADB: { ...hopeless, why: 'the file is not a database; name another file, or move this one away' },
  SQLITE_CANTOPEN: { ...hopeless, why: 'the file cannot be opened; its folder must exist and be writable' },
  SQLITE_FULL: { ...hopeless, why: 'the disk that holds the database is full' },
  SQLITE_TOOBIG: { ...hopeless, why: 'the record is beyond what the database takes; lower maxRecordBytes' },
  SQLITE_CONSTRAINT: { ...hopeless, why: 'a constraint that is not of Tailfold refused the row' },
  SQL_PARSE_ERROR: {
    ...hopeless,
    why: 'the server does not take the statement; libSQL 0.24 or newer is needed',
  },
  SQL_INPUT_ERROR: {
    ...hopeless,
    why: 'the server does not take the statement; libSQL 0.24 or newer is needed',
  },
  BLOCKED: {
    ...hopeless,
    why: 'the server blocks reads or writes, as when the quota of the plan is used up',
  },
  TRANSACTION_TIMEOUT: { ...notApplied, why: 'the transaction took too long and was rolled back' },
  TRANSACTION_BUSY: { ...notApplied, why: 'the server has too many transactions waiting' },
  TRANSACTION_CLOSED: { ...notApplied, why: 'the transaction was rolled back' },
  CLIENT_CLOSED: { ...hopeless, why: 'the client was closed; close it after its last use' },
}

/** What HTTP statuses mean that come instead of an answer. */
const statuses: Readonly<Record<number, Meaning>> = {
  400: { ...hopeless, why: 'the server refused the request; check the address' },
  401: { ...hopeless, why: 'the server refused the token; check authToken, and that it has not expired' },
  403: { ...hopeless, why: 'the token does not allow this; it needs read and write access' },
  404: { ...hopeless, why: 'there is no such database; check the address' },
  413: { ...hopeless, why: 'the record is beyond what the server takes; lower maxRecordBytes' },
  429: { ...notApplied, why: 'the server has too many requests' },
}

/** Codes of Node.js for a connection that was never made. */
const noConnectionCodes = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'])

const tables = 'create it with createSchema(client), or createRowsSchema(client) for rows'

/** Says what an error of a libSQL client means for the request. */
export function libsqlFailure(operation: string, error: unknown): TailfoldError {
  if (isTailfoldError(error)) return error
  const { why, applied, retryable = true } = meaningOf(error)
  return storeFailure(operation, why, { applied, retryable, cause: error })
}

/** The error for a database that lacks what the store needs. */
export function unfit(operation: string, why: string): TailfoldError {
  return storeFailure(operation, why, hopeless)
}

function meaningOf(error: unknown): Meaning {
  const { code, cause, statementIndex } = (error ?? {}) as Readonly<Record<string, unknown>>
  const message = error instanceof Error ? error.message : String(error)
  const { status, code: causeCode } = (cause ?? {}) as Readonly<Record<string, unknown>>
  // SQLite has no code for it.
  if (/no such (table|column)/.test(message))
    return { ...hopeless, why: `a table or column is missing; ${tables}` }
  if (/closed while this operation was in flight/.test(message))
    return { ...notApplied, why: 'the client opened its connection again' }
  if (typeof code === 'string' && code in meanings) {
    const known = meanings[code] as Meaning
    return { ...known, why: `${known.why} (${code})` }
  }
  if (typeof status === 'number' && status in statuses) {
    const known = statuses[status] as Meaning
    return { ...known, why: `${known.why} (HTTP ${status})` }
  }
  if (typeof causeCode === 'string' && noConnectionCodes.has(causeCode))
    return {
      ...notApplied,
      why: `no connection to the server (${causeCode}); check that it runs and its address`,
    }
  if (/client is closed|was manually closed/i.test(message)) return meanings['CLIENT_CLOSED'] as Meaning
  // A statement that failed keeps the batch from its COMMIT.
  const applied = typeof statementIndex === 'number' ? 'no' : 'unknown'
  const shown = typeof code === 'string' && code !== '' ? code : message
  return { applied, why: `the database gave no usable answer (${shown})` }
}
