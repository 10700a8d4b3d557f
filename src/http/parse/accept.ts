import type { HttpRequest } from '../message.ts'
import { Refusal } from '../problem/problem.ts'

/** Ranges that take JSON in, the more exact the higher: that one decides. */
const ranks: ReadonlyMap<string, number> = new Map([
  ['*/*', 1],
  ['application/*', 2],
  ['application/json', 3],
  ['application/problem+json', 3],
])

/**
 * Throws `not-acceptable` when `Accept` takes in no JSON. Who takes problems takes JSON.
 * Source: https://www.rfc-editor.org/rfc/rfc9110#section-12.5.1
 */
export function checkAccept({ accept }: HttpRequest['headers']): void {
  if (accept === undefined || accept.trim() === '') return
  let best = 0
  let isAccepted = false
  for (const range of accept.toLowerCase().split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim())
    const rank = ranks.get(type) ?? 0
    const isWanted = !parameters.some((parameter) => /^q\s*=\s*0(\.0*)?$/.test(parameter))
    if (rank === 0 || rank < best) continue
    isAccepted = isWanted || (rank === best && isAccepted)
    best = rank
  }
  if (isAccepted) return
  throw new Refusal('not-acceptable', 'Answers here are application/json and application/problem+json.')
}
