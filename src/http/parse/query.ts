import { Refusal } from '../problem/problem.ts'

/** The parameter, when it was given. Throws `invalid-query` when it was given more than once. */
export function readText(parameters: URLSearchParams, name: string): string | undefined {
  const [text, ...more] = parameters.getAll(name)
  if (more.length > 0) throw invalidQuery(name, 'must be given once')
  return text
}

/** The parameter as a whole number, when it was given. Throws `invalid-query` on anything else. */
export function readWhole(
  parameters: URLSearchParams,
  name: string,
  least: number,
  most: number = Number.MAX_SAFE_INTEGER,
): number | undefined {
  const text = readText(parameters, name)
  if (text === undefined) return undefined
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
  if (value >= least && value <= most) return value
  throw invalidQuery(name, `must be a whole number from ${least} to ${most}`)
}

/** The refusal of a parameter. */
export function invalidQuery(parameter: string, problem: string): Refusal {
  return new Refusal('invalid-query', `"${parameter}" ${problem}.`, { fields: { parameter } })
}
