import { conditionalHeaders } from './shared.ts'
import type { QueryParameters } from '../http/parse/query.ts'
import type { AnswerDescription, Api, PlaceSchema, Route, RouteDescription } from '../http/route.ts'
import type { ServedEntity } from '../http/served-entity.ts'
import type { ProblemComponents } from './problems.ts'

/** The operations of each path, by method. */
export type Paths = Record<string, Record<string, object>>

/** The operations of an app: those of each entity type, then those of the server. */
export function pathsOf(
  { entities, routes, limits }: Pick<Api, 'entities' | 'routes' | 'limits'>,
  place: PlaceSchema,
  problemsOf: ProblemComponents['of'],
): Paths {
  const paths: Paths = {}
  const add = (route: Route, entity: ServedEntity | undefined, description: RouteDescription) => {
    const path = pathOf(route, entity, description)
    const query = route.query?.(limits) ?? {}
    const operation = operationOf(route, query, problemsOf(route), entity, description)
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation }
  }
  for (const entity of entities) {
    for (const route of routes) {
      if (route.of === 'entity')
        for (const each of [route.describe(entity, place)].flat()) add(route, entity, each)
    }
  }
  for (const route of routes) {
    const description = route.of === 'server' ? route.describe?.() : undefined
    if (description !== undefined) add(route, undefined, description)
  }
  return paths
}

function pathOf({ path }: Route, entity: ServedEntity | undefined, { command }: RouteDescription): string {
  const ofType = path.replace('{type}', entity?.entityType ?? '')
  return command === undefined ? ofType : ofType.replace('{Command}', () => encodeURIComponent(command))
}

function operationOf(
  route: Route,
  query: QueryParameters,
  problems: Readonly<Record<string, object>>,
  entity: ServedEntity | undefined,
  description: RouteDescription,
): object {
  const { command, tag, name, summary, body, answers } = description
  const { entityType } = entity ?? {}
  // A command may be named like another operation: the colon tells them apart.
  const operationId =
    entityType === undefined ? name : `${entityType}${command === undefined ? ':' : '.'}${name}`
  return {
    operationId,
    tags: [entityType ?? tag ?? 'server'],
    summary,
    parameters: parametersOf(route, query, description),
    ...(body && { requestBody: { required: body.required, content: json(body.schema) } }),
    responses: { ...answersOf(route, answers), ...problems },
    ...(route.action === undefined && { security: [] }),
  }
}

function parametersOf(
  { path, method }: Route,
  query: QueryParameters,
  { command, headers: own = [], answers }: RouteDescription,
): readonly object[] {
  const hasTag = answers[200]?.headers?.includes('ETag') === true
  const headers = [
    ...(method === 'POST' ? ['Idempotency-Key'] : []),
    ...(hasTag ? conditionalHeaders : []),
    ...own,
  ]
  return [
    ...(path.includes('{id}') ? [parameter('id')] : []),
    ...(path.includes('{Command}') && command === undefined ? [commandParameter] : []),
    ...Object.entries(query).map(([name, { description, required, ...schema }]) => ({
      name,
      in: 'query',
      description,
      ...(required && { required }),
      schema,
    })),
    ...headers.map(parameter),
  ]
}

const commandParameter = {
  name: 'Command',
  in: 'path',
  required: true,
  schema: { type: 'string', minLength: 1 },
}

function parameter(name: string): object {
  return { $ref: `#/components/parameters/${name}` }
}

function answersOf({ method }: Route, answers: RouteDescription['answers']): Record<string, object> {
  const described = Object.entries(answers).map(([status, answer]) => [status, answerOf(answer)])
  const { headers } = answers[200] ?? {}
  const unchanged = { description: 'Nothing changed since the `ETag` in `If-None-Match`.', headers }
  return {
    ...Object.fromEntries(described),
    ...(method === 'GET' &&
      headers?.includes('ETag') === true && { 304: answerOf(unchanged as AnswerDescription) }),
  }
}

function answerOf({ description, headers, schema }: AnswerDescription): object {
  const refs = headers?.map((name) => [name, { $ref: `#/components/headers/${name}` }])
  return {
    description,
    ...(refs && { headers: Object.fromEntries(refs) }),
    ...(schema && { content: json(schema) }),
  }
}

function json(schema: object): object {
  return { 'application/json': { schema } }
}
