import { isTailfoldError, type TailfoldError } from '../../core/base/errors.ts'
import { type StoreFailure, storeFailure } from '../../core/base/failures.ts'

interface Meaning {
  readonly pattern: RegExp
  readonly applied: StoreFailure['applied']
  readonly retryable: boolean
  readonly why: string
}

/**
 * Cloudflare's databases tell errors by their text alone.
 *
 * Source: https://developers.cloudflare.com/d1/observability/debug-d1/#error-list
 */
const meanings: readonly Meaning[] = [
  {
    pattern: /no such (table|column)/,
    applied: 'no',
    retryable: false,
    why: 'a table or column is missing; apply the migration (docs/cloudflare.md)',
  },
  {
    pattern: /overloaded|too many requests queued/i,
    applied: 'no',
    retryable: true,
    why: 'the database has too many requests waiting; retry later, or spread the load over several databases',
  },
  {
    pattern: /too many (api requests|subrequests) by single worker invocation/i,
    applied: 'no',
    retryable: false,
    why: 'this invocation of the Worker has used up its queries or subrequests',
  },
  {
    pattern: /maximum (db|database) size|database or disk is full|SQLITE_FULL/i,
    applied: 'no',
    retryable: false,
    why: 'the database has reached its largest size',
  },
  {
    pattern: /too big|SQLITE_TOOBIG/i,
    applied: 'no',
    retryable: false,
    why: 'the record is beyond what the database takes; lower maxRecordBytes',
  },
  {
    pattern: /daily (read|write) limit|exceeded its daily/i,
    applied: 'no',
    retryable: false,
    why: 'the account has used up its rows of the day',
  },
]

/** Says what an error of D1 or of a Durable Object's storage means; `applied` where the text does not tell. */
export function cloudflareFailure(
  operation: string,
  error: unknown,
  applied: StoreFailure['applied'],
): TailfoldError {
  if (isTailfoldError(error)) return error
  const text = error instanceof Error ? error.message : String(error)
  const meaning = meanings.find(({ pattern }) => pattern.test(text))
  if (meaning === undefined)
    return storeFailure(operation, 'the database did not carry the request out', { applied, cause: error })
  return storeFailure(operation, meaning.why, { ...meaning, cause: error })
}
