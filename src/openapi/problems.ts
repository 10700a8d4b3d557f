import { catalogue, type ProblemCode } from '../http/problem/catalogue.ts'
import type { JsonSchema, Route } from '../http/route.ts'

/** What every route with an action may answer. A described request is never answered with 405. */
const common: readonly ProblemCode[] = [
  ...(['unauthenticated', 'forbidden', 'not-acceptable', 'uri-too-long', 'internal-error'] as const),
  ...(['store-unavailable', 'overloaded'] as const),
]

/** Fields that a code adds to its problem. */
const fields: Partial<Record<ProblemCode, Readonly<Record<string, JsonSchema>>>> = {
  'invalid-command': {
    problem: { type: 'string', description: 'With `invalid-command`: what is wrong.' },
    issues: {
      type: 'array',
      items: { $ref: '#/components/schemas/Issue' },
      description: 'With `invalid-command`: where in the body.',
    },
  },
  'revision-mismatch': { actual: { type: 'integer', description: 'The revision of the entity.' } },
  rejected: {
    reason: { type: 'string', description: 'Why the entity rejected the command.' },
    details: { description: 'What the entity adds to its reason.' },
  },
}

/** The problem responses of a document. */
export interface ProblemComponents {
  /** All of them, by name: `command-503`; `rows-2-503` where routes with the same action may answer other codes. */
  readonly responses: Readonly<Record<string, object>>
  /** References to the problems that may answer a route, by status. */
  of(route: Route): Record<string, object>
}

/** Gathers the problem responses of the routes that are described. */
export function problemComponents(routes: readonly Route[]): ProblemComponents {
  const responses: Record<string, object> = {}
  const names = new Map<string, string>()
  const keyOf = ({ action }: Route, status: number, codes: readonly ProblemCode[]) =>
    `${action} ${status} ${codes.join()}`
  for (const route of routes) {
    if (route.describe === undefined) continue
    for (const [status, codes] of codesByStatus(route)) {
      const key = keyOf(route, status, codes)
      if (names.has(key)) continue
      const before = [...names.keys()].filter((other) =>
        other.startsWith(`${route.action} ${status} `),
      ).length
      const name = [route.action, ...(before === 0 ? [] : [before + 1]), status].join('-')
      names.set(key, name)
      responses[name] = problemResponse(status, codes)
    }
  }
  return {
    responses,
    of(route) {
      const statuses = [...codesByStatus(route)].map(([status, codes]) => {
        const name = names.get(keyOf(route, status, codes)) ?? ''
        return [status, { $ref: `#/components/responses/${name}` }] as const
      })
      return Object.fromEntries(statuses)
    },
  }
}

function codesByStatus({ path, action, query, problems }: Route): Map<number, readonly ProblemCode[]> {
  if (action === undefined) return new Map()
  const entity: readonly ProblemCode[] = path.includes('{id}') ? ['invalid-id', 'journal-corrupt'] : []
  const conditional: readonly ProblemCode[] = path.includes('{id}') ? ['revision-mismatch'] : []
  const asked: readonly ProblemCode[] = query === undefined ? [] : ['invalid-query']
  const all = new Set([
    ...problems,
    ...asked,
    ...entity,
    ...conditional,
    ...(action === 'description' ? [] : common),
  ])
  const codes = (Object.keys(catalogue) as ProblemCode[]).filter((code) => all.has(code))
  return Map.groupBy(codes, (code) => catalogue[code][0])
}

function problemResponse(status: number, codes: readonly ProblemCode[]): object {
  const properties = Object.assign({ code: { enum: codes } }, ...codes.map((code) => fields[code])) as object
  const schema = { allOf: [{ $ref: '#/components/schemas/Problem' }, { type: 'object', properties }] }
  const retry = { 'Retry-After': { $ref: '#/components/headers/Retry-After' } }
  return {
    description: codes.map((code) => `\`${code}\`: ${catalogue[code][1]}.`).join('\n\n'),
    ...((status === 429 || status === 503) && { headers: retry }),
    content: { 'application/problem+json': { schema } },
  }
}
