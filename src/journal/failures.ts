import { TailfoldError } from '../core/base/errors.ts'

/**
 * The error for a record beyond what its store takes. Nothing was written; a retry does not help.
 *
 * @param entity `type/id`, or the key in the store where only that is known.
 * @param part What most of the record is, where that is known.
 */
export function recordTooLarge(
  entity: string,
  what: 'commit' | 'snapshot' | 'row',
  bytes: number,
  limitBytes: number,
  part?: 'events' | 'replies',
): TailfoldError<'record-too-large'> {
  const advice =
    part === 'replies'
      ? 'Most of it is recorded replies and rejection details, kept for commands with an id: reply with less.'
      : 'Store large content elsewhere and keep its address in the event.'
  return new TailfoldError(
    'record-too-large',
    `The ${what} of ${entity} needs ${bytes} bytes; the limit of the store is ${limitBytes} bytes for each record. Nothing was written. ${advice}`,
    { entity, bytes, limitBytes },
  )
}

/** The error for a text that compresses well enough, but is longer than readers inflate. Nothing was written. */
export function textTooLarge(
  entity: string,
  what: 'events' | 'recorded replies' | 'snapshot',
  bytes: number,
  limitBytes: number,
): TailfoldError<'record-too-large'> {
  return new TailfoldError(
    'record-too-large',
    `A record of ${entity} has ${bytes} bytes of ${what} before compression; the limit is ${limitBytes} (maxInflatedBytes). Nothing was written. Store large content elsewhere and keep its address in the event.`,
    { entity, bytes, limitBytes },
  )
}
