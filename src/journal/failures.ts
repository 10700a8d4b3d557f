import { TailfoldError } from '../core/base/errors.ts'

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
