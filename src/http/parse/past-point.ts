import type { PastPoint } from '../../core/history/past-state.ts'
import { invalidQuery, readText, readWhole } from './query.ts'

/** As in `If-Match`: beyond any history, and small enough for a key of any store. */
const furthest = 999_999_999_999_999

const names = ['revision', 'sequenceNr', 'at']

/**
 * The past point a query asks for; `undefined` for now. Throws `invalid-query` on more than one of `revision`,
 * `sequenceNr` and `at`, and on what cannot be one.
 */
export function readPastPoint(parameters: URLSearchParams): PastPoint | undefined {
  const [name, second] = names.filter((each) => parameters.has(each))
  if (second !== undefined)
    throw invalidQuery(second, `cannot go with "${name}": a state has one point in time`)
  const revision = readWhole(parameters, 'revision', 0, furthest)
  if (revision !== undefined) return { revision }
  const sequenceNr = readWhole(parameters, 'sequenceNr', 0, furthest)
  if (sequenceNr !== undefined) return { sequenceNr }
  const at = readText(parameters, 'at')
  return at === undefined ? undefined : { at: readTime(at) }
}

/** With its zone: a time without one means something else on every server. */
const iso8601 = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$/

function readTime(text: string): number {
  // In a query `+` means a blank: an offset whose plus sign was not encoded arrives as one.
  const time = text.replace(' ', '+')
  const day = iso8601.exec(time)?.[1]
  const at = Date.parse(time)
  // `Date` takes the 30th of February for the 2nd of March.
  const isReal = day !== undefined && new Date(`${day}T00:00Z`).toJSON()?.startsWith(day)
  if (isReal && Number.isFinite(at)) return at
  throw invalidQuery('at', 'must be a time in ISO 8601 with its zone, such as 2026-01-31T12:00:00Z')
}
