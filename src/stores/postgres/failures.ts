import { isTailfoldError, type TailfoldError } from '../../core/base/errors.ts'
import { type StoreFailure, storeFailure } from '../../core/base/failures.ts'

/** What an error means for the request. */
type Meaning = Omit<StoreFailure, 'cause'> & { readonly why: string }

/** What the statement that creates the tables raises where others are in their place. */
export const formDiffers = 'TF001'

const notApplied = { applied: 'no', retryable: true } as const
const hopeless = { applied: 'no', retryable: false } as const
const remedy = 'create it with createSchema(client), or createRowsSchema(client) for rows'

/**
 * What SQLSTATE codes mean, by code or by class (the first two characters).
 *
 * Source: https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const meanings: Readonly<Record<string, Meaning>> = {
  '08001': { ...notApplied, why: 'no connection to PostgreSQL; check that it runs and its address' },
  '08004': { ...notApplied, why: 'PostgreSQL refused the connection' },
  '22': { ...hopeless, why: 'PostgreSQL refused a value' },
  '23': { ...hopeless, why: 'a constraint that is not of Tailfold refused the row' },
  '25006': {
    ...notApplied,
    why: 'the server takes no writes; connect to the primary, not to a replica',
  },
  '28': { ...hopeless, why: 'PostgreSQL refused the user; check the name, the password and pg_hba.conf' },
  '3D000': { ...hopeless, why: 'the database does not exist; create it, or correct the connection string' },
  '3F000': { ...hopeless, why: `the schema is missing; ${remedy}` },
  '40': { ...notApplied, why: 'PostgreSQL ended the transaction in favor of another one' },
  '42': { ...hopeless, why: 'PostgreSQL does not take the statement' },
  '42501': {
    ...hopeless,
    why: 'permission denied; grant this user USAGE on the schema and SELECT, INSERT, UPDATE and DELETE on its tables',
  },
  '42703': {
    ...hopeless,
    why: 'a column is missing; update the tables with createSchema(client) and createRowsSchema(client)',
  },
  '42883': { ...hopeless, why: 'a function is missing; PostgreSQL 13 or newer is needed' },
  '42P01': { ...hopeless, why: `a table is missing; ${remedy}` },
  '53': { ...notApplied, why: 'PostgreSQL is short of connections, memory or disk space' },
  '53100': { ...hopeless, why: 'the disk of PostgreSQL is full' },
  '54': { ...hopeless, why: 'the record is beyond what PostgreSQL takes' },
  '55P03': { ...notApplied, why: 'a lock was not granted within lock_timeout' },
  '57014': { ...notApplied, why: 'PostgreSQL canceled the statement, as after statement_timeout' },
  [formDiffers]: {
    ...hopeless,
    why: 'the schema holds tables of another program or version; name another one',
  },
  '57P03': { ...notApplied, why: 'PostgreSQL is starting up or shutting down' },
}

/** Codes of Node.js for a connection that was never made. */
const noConnectionCodes = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'])

/** What `pg` says when its pool gave no connection in time; the error has no code. */
const noneInTime = /timeout exceeded when trying to connect/

/** Says what an error of a PostgreSQL client means for the request. */
export function postgresFailure(operation: string, error: unknown): TailfoldError {
  if (isTailfoldError(error)) return error
  const { why, applied, retryable = true } = meaningOf(error)
  return storeFailure(operation, why, { applied, retryable, cause: error })
}

/** The error for a database that lacks what the store needs. */
export function unfit(why: string): TailfoldError {
  return storeFailure('verify', why, hopeless)
}

function meaningOf(error: unknown): Meaning {
  const { code, severity } = (error ?? {}) as { code?: unknown; severity?: unknown }
  const message = error instanceof Error ? error.message : String(error)
  if (noneInTime.test(message)) return { ...notApplied, why: 'the pool gave no connection in time' }
  if (typeof code !== 'string')
    return { applied: 'unknown', why: `PostgreSQL gave no usable answer (${message})` }
  if (noConnectionCodes.has(code))
    return { ...notApplied, why: `no connection to PostgreSQL (${code}); check that it runs and its address` }
  const known = meanings[code] ?? meanings[code.slice(0, 2)]
  if (known !== undefined) return { ...known, why: `${known.why} (${code})` }
  // An ERROR undoes its statement, which is the whole transaction. FATAL may strike while the commit is under way.
  const applied = severity === 'ERROR' ? 'no' : 'unknown'
  return { applied, why: `PostgreSQL failed (${code})` }
}
