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

/** The problem responses of the routes, by the name {@link problemsOf} refers to. */
export function problemResponses(routes: readonly Route[]): Record<string, object> {
  const entries = routes.flatMap((route) =>
    [...codesByStatus(route)].map(([status, codes]) => [
      nameOf(route, status),
      problemResponse(status, codes),
    ]),
  )
  return Object.fromEntries(entries) as Record<string, object>
}

/** The problems that may answer a route, by status. */
export function problemsOf(route: Route): Record<string, object> {
  const statuses = [...codesByStatus(route).keys()]
  return Object.fromEntries(
    statuses.map((status) => [status, { $ref: `#/components/responses/${nameOf(route, status)}` }]),
  )
}

function nameOf({ action }: Route, status: number): string {
  return `${action}-${status}`
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
