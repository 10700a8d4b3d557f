import type { HttpRequest } from '../message.ts'
import { HttpProblem } from '../problem/problem.ts'

/** From the most exact to the least: the first that `Accept` names decides. */
const ranges = ['application/json', 'application/*', '*/*']

/**
 * Throws `not-acceptable` when `Accept` excludes JSON. A caller that accepts problems accepts JSON.
 * Source: https://www.rfc-editor.org/rfc/rfc9110#section-12.5.1
 */
export function checkAccept({ accept = '' }: HttpRequest['headers']): void {
  if (accept.trim() === '') return
  const isWanted = new Map<string, boolean>()
  for (const range of accept.toLowerCase().split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim())
    const isExcluded = parameters.some((parameter) => /^q\s*=\s*0(\.0*)?$/.test(parameter))
    isWanted.set(type, !isExcluded || isWanted.get(type) === true)
  }
  const decisive = ranges.find((range) => isWanted.has(range)) ?? ''
  if (isWanted.get(decisive) || isWanted.get('application/problem+json')) return
  throw new HttpProblem('not-acceptable', 'Answers are application/json and application/problem+json.')
}
