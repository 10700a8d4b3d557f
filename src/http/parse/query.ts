import { HttpProblem } from '../problem/problem.ts'

/** A query parameter, in the words of JSON Schema; OpenAPI shows it as it is. */
export interface QueryParameter {
  readonly type: 'integer' | 'string'
  readonly description: string
  readonly minimum?: number
  readonly maximum?: number
  readonly default?: number
  readonly format?: string
  readonly enum?: readonly string[]
  /** For descriptions: its route refuses a request without it. */
  readonly required?: boolean
}

/** The parameters of a route, by name. */
export type QueryParameters = Readonly<Record<string, QueryParameter>>

/** The parameters of a request, checked. */
export interface Query {
  readonly isEmpty: boolean
  /** A parameter of type `integer`, or its default. */
  whole(name: string): number | undefined
  /** A parameter of type `string`. */
  text(name: string): string | undefined
}

/** Reads a query. Throws `invalid-query` on a parameter that is unknown, repeated or out of its range. */
export function readQuery(query: string, known: QueryParameters = {}): Query {
  if (query === '') return { isEmpty: true, whole: (name) => known[name]?.default, text: () => undefined }
  const values = new Map<string, string | number>()
  for (const [name, text] of pairsOf(query)) {
    const parameter = Object.hasOwn(known, name) ? known[name] : undefined
    if (parameter === undefined) throw invalidQuery(name, `is not a parameter here. ${list(known)}`)
    if (values.has(name)) throw invalidQuery(name, 'must be given once.')
    values.set(name, parameter.type === 'integer' ? readWhole(name, text, parameter) : text)
  }
  return {
    isEmpty: values.size === 0,
    whole: (name) => (values.get(name) as number | undefined) ?? known[name]?.default,
    text: (name) => values.get(name) as string | undefined,
  }
}

/** `URLSearchParams` reads bytes that are no UTF-8 as `\ufffd`: as the value of another request. */
function pairsOf(query: string): Iterable<[name: string, text: string]> {
  for (const pair of query.split('&')) {
    try {
      decodeURIComponent(pair)
    } catch {
      const [name = ''] = pair.split('=')
      throw invalidQuery(name, 'is not percent-encoded UTF-8.')
    }
  }
  // A `?` of its own at the beginning would be dropped.
  return new URLSearchParams(`?${query}`)
}

/** Characters of a parameter's name in its problem: a problem must not be longer than its request. */
const longestName = 100

/** The problem of a parameter; `problem` is a sentence without its subject. */
export function invalidQuery(parameter: string, problem: string): HttpProblem {
  const name =
    parameter.length > longestName ? `${parameter.slice(0, longestName).toWellFormed()}…` : parameter
  return new HttpProblem('invalid-query', `"${name}" ${problem}`, { fields: { parameter: name } })
}

function readWhole(
  name: string,
  text: string,
  { minimum = 0, maximum = Number.MAX_SAFE_INTEGER }: QueryParameter,
): number {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
  if (value >= minimum && value <= maximum) return value
  throw invalidQuery(name, `must be a whole number from ${minimum} to ${maximum}.`)
}

function list(known: QueryParameters): string {
  const names = Object.keys(known)
  return names.length === 0 ? 'There are none.' : `There are ${names.join(', ')}.`
}
