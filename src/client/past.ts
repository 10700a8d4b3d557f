import { check } from './errors.ts'
import type { PastState } from './types.ts'

/**
 * `at` as the server takes it: a text as given. Throws `TypeError` on what is no time, and on one without its zone, which
 * would mean something else on every machine.
 */
export function timeText(at: Exclude<PastState['at'], undefined>): string {
  const text = typeof at === 'string' ? at : (new Date(at).toJSON() ?? '')
  const day = text.slice(0, 10)
  const isTime = /T.*(Z|[+-]\d\d:?\d\d)$/.test(text) && Date.parse(text) < Infinity
  // `Date` takes the 30th of February for the 2nd of March.
  check(
    isTime && !!new Date(day).toJSON()?.startsWith(day),
    'at must be a Date, milliseconds, or ISO 8601 with its zone.',
  )
  return text
}
