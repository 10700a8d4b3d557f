import type { PastPoint } from '../../core/history/past-state.ts'
import { invalidQuery, type Query, type QueryParameters } from './query.ts'

/** As in `If-Match`: beyond any history, and small enough for a key of any store. */
const furthest = 999_999_999_999_999

const only = 'At most one of `revision`, `sequenceNr` and `at`.'

/** The parameters that name a past point. */
export const pastParameters: QueryParameters = {
  revision: { type: 'integer', maximum: furthest, description: `The state after that many commits. ${only}` },
  sequenceNr: {
    type: 'integer',
    maximum: furthest,
    description: `The state after that many events. ${only}`,
  },
  at: { type: 'string', format: 'date-time', description: `The state at that time. ${only}` },
}

/** The past point a query asks for; `undefined` for now. Throws `invalid-query` on two points, and on an invalid time. */
export function readPastPoint(query: Query): PastPoint | undefined {
  if (query.isEmpty) return undefined
  const revision = query.whole('revision')
  const sequenceNr = query.whole('sequenceNr')
  const at = query.text('at')
  const given = Object.entries({ revision, sequenceNr, at }).filter(([, value]) => value !== undefined)
  const [first, second] = given.map(([name]) => name)
  if (second !== undefined) throw invalidQuery(second, `cannot be combined with "${first}".`)
  if (revision !== undefined) return { revision }
  if (sequenceNr !== undefined) return { sequenceNr }
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
  throw invalidQuery('at', 'must be a time in ISO 8601 with its zone, such as 2026-01-31T12:00:00Z.')
}
