import { TailfoldError } from '../core/errors.ts'

/** What a store knows about a request that failed. */
export interface StoreFailure {
  /** `'no'` only where the store proves that the request changed nothing. */
  readonly applied: 'no' | 'unknown'
  /** Whether the same request may succeed later. Default true. */
  readonly retryable?: boolean
  readonly cause?: unknown
}

/**
 * The error for a store that could not be used.
 *
 * @param operation Completes "The store could not …": `'append'`, `'open'`.
 * @param why What failed and what to do, without the full stop.
 */
export function storeFailure(
  operation: string,
  why: string,
  { applied, retryable = true, cause }: StoreFailure,
): TailfoldError<'store-unavailable'> {
  return new TailfoldError(
    'store-unavailable',
    `The store could not ${operation}: ${why}.`,
    { operation, applied },
    { cause, retryable },
  )
}

/**
 * The error for a record beyond what its store takes. Nothing was written; a retry does not help.
 *
 * @param entity `type/id`, or the key in the store where only that is known.
 */
export function recordTooLarge(
  entity: string,
  what: 'commit' | 'snapshot',
  bytes: number,
  limitBytes: number,
): TailfoldError<'record-too-large'> {
  return new TailfoldError(
    'record-too-large',
    `The ${what} of ${entity} needs ${bytes} bytes, the store takes ${limitBytes} a record. Nothing was written. Store large content elsewhere and keep its address in the event.`,
    { entity, bytes, limitBytes },
  )
}
