import { fingerprint } from '../core/base/fingerprint.ts'
import { numberProblem } from '../http/parse/json-text.ts'
import { invalidQuery, type Query, type QueryParameters } from '../http/parse/query.ts'
import { HttpProblem } from '../http/problem/problem.ts'
import { etag, jsonResponse } from '../http/response.ts'
import type { HttpResponse } from '../http/message.ts'
import type { Call, JsonSchema, RouteDescription, ServerRoute } from '../http/route.ts'
import type { IndexValue } from './index-text.ts'
import { parsePosition } from './position.ts'
import type { ProjectionReader } from './projection/projection-read.ts'
import { isView, type ReadableView, readersFor, type ReadViewsOptions } from './read-views.ts'
import type { View } from './view.ts'
import type { ViewLag, ViewPage, ViewReader, ViewReadOptions, ViewRow } from './view-read.ts'
import type { RowValue } from './view-shape.ts'

const rowsInPage = 100

/**
 * Routes that serve views, for the `routes` of `createApp`: `GET /views/{view}/{id}` for one row,
 * `GET /views/{view}?index=…&value=…` for those that an index finds. `Tailfold-After: cart/c1@7` names a commit that the
 * answer must include. An entity type cannot be named `views` beside them. Throws `TypeError` as `readViews` does.
 */
export function viewRoutes<const Views extends readonly ReadableView[]>(
  options: ReadViewsOptions<Views>,
): ReadonlyArray<ViewRoute<Views[number]>> {
  const readers = readersFor('viewRoutes', options) as Readonly<Record<string, ViewReader | ProjectionReader>>
  // Of several versions the newest describes the routes.
  const newest = new Map<string, Views[number]>()
  for (const view of options.views.toSorted((one, other) => one.version - other.version))
    newest.set(view.name, view)
  return [...newest.values()].flatMap((view) => {
    const reader = readers[view.name] as ViewReader & ProjectionReader
    const one = isView(view) ? rowRoute(view, reader) : projectedRowRoute(view, reader)
    const list = view.indexes.length === 0 ? noRowsRoute(view) : rowsRoute(view, reader)
    return [one, list].map((route) => ({ ...route, view }))
  })
}

/** A route about a view, by which the type of an app knows the view. */
export interface ViewRoute<Served extends ReadableView> extends ServerRoute {
  readonly view: Served
}

function projectedRowRoute({ name }: ReadableView, reader: ProjectionReader): ServerRoute {
  return {
    of: 'server',
    path: `/views/${name}/{id}`,
    method: 'GET',
    action: 'row',
    query: () => ({}),
    problems: ['row-not-found', 'handler-failed', 'view-behind', 'answer-too-large'],
    handle: async (call) => rowResponse(name, await reader.get(call.id, readOptions(call))),
    describe: () => ({ ...rowDescription(name), summary: 'Reads the row of one key' }),
  }
}

function rowResponse(
  view: string,
  found: ({ readonly revision: number; readonly row: RowValue } & ViewLag) | undefined,
): HttpResponse {
  if (found === undefined) throw new HttpProblem('row-not-found', `View ${view} has no such row.`)
  const tag = etag(found.revision, fingerprint(JSON.stringify(found.row)))
  return jsonResponse(200, found.row, { etag: tag, ...lagHeader(found) })
}

/** A header of its own: `Age` is about caches, and tells seconds. */
function lagHeader({ lagMs }: ViewLag): HttpResponse['headers'] {
  return lagMs === undefined ? {} : { 'x-view-lag-ms': String(lagMs) }
}

function rowDescription(view: string): RouteDescription {
  return {
    tag: 'views',
    name: `${view}:row`,
    summary: 'Reads the row of one entity',
    headers: ['Tailfold-After'],
    answers: { 200: { description: 'The row.', headers: ['ETag', 'X-View-Lag-Ms'], schema: rowSchema } },
  }
}

function rowRoute(view: View, reader: ViewReader): ServerRoute {
  const types = [...view.sources.keys()]
  const several: QueryParameters =
    types.length < 2
      ? {}
      : { type: { type: 'string', enum: types, required: true, description: 'The entity type.' } }
  return {
    of: 'server',
    path: `/views/${view.name}/{id}`,
    method: 'GET',
    action: 'row',
    query: () => several,
    problems: ['row-not-found', 'handler-failed', 'answer-too-large'],
    async handle(call) {
      const entityType = call.query.text('type') ?? types[0] ?? ''
      if (types.length > 1 && call.query.text('type') === undefined)
        throw new HttpProblem('invalid-query', `"type" is required here: ${types.join(' or ')}.`, {
          fields: { parameter: 'type' },
        })
      return rowResponse(view.name, await reader.get({ entityType, entityId: call.id }, readOptions(call)))
    },
    describe: () => rowDescription(view.name),
  }
}

function rowsRoute(view: ReadableView, reader: Pick<ViewReader, 'query'>): ServerRoute {
  const names = view.indexes.map(({ name }) => name)
  const text = { type: 'string' }
  const named = isView(view) ? { entityType: text, entityId: text } : { key: text }
  return {
    of: 'server',
    path: `/views/${view.name}`,
    method: 'GET',
    action: 'rows',
    query: () => rowsParameters(names),
    problems: ['handler-failed', ...(isView(view) ? [] : ['view-behind' as const]), 'answer-too-large'],
    async handle(call) {
      const { query } = call
      const index = query.text('index') ?? (names.length === 1 ? names[0] : undefined)
      const value = valueOf(query, 'value')
      if (index === undefined || value === undefined) {
        const parameter = index === undefined ? 'index' : 'value'
        const detail = `"${parameter}" is required here; the indexes are ${names.join(', ')}.`
        throw new HttpProblem('invalid-query', detail, { fields: { parameter } })
      }
      const order = query.text('order')
      const page = await reader.query(index, value, {
        ...readOptions(call),
        from: valueOf(query, 'from'),
        to: valueOf(query, 'to'),
        limit: query.whole('limit'),
        cursor: query.text('after'),
        ...(order !== undefined && { order: order as 'ascending' }),
      })
      return jsonResponse(200, pageOf(page), lagHeader(page))
    },
    describe: () => ({
      tag: 'views',
      name: `${view.name}:rows`,
      summary: 'Lists the rows that an index finds',
      headers: ['Tailfold-After'],
      answers: {
        200: {
          description: 'Rows, in the order of the index.',
          headers: ['X-View-Lag-Ms'],
          schema: pageSchema(named),
        },
      },
    }),
  }
}

/** Says of a view without indexes that it has no list; in no description. */
function noRowsRoute({ name }: ReadableView): ServerRoute {
  return {
    of: 'server',
    path: `/views/${name}`,
    method: 'GET',
    action: 'rows',
    problems: ['invalid-query'],
    handle() {
      const detail = `View ${name} has no index, so its rows are not listed. GET /views/${name}/{id} reads one.`
      throw new HttpProblem('invalid-query', detail)
    },
  }
}

/** What a page of rows looks like over HTTP. */
function pageOf({ rows, cursor }: ViewPage): { readonly rows: readonly ViewRow[]; readonly next?: string } {
  return { rows, ...(cursor !== undefined && { next: cursor }) }
}

function readOptions({ request, grant, deadline }: Call): ViewReadOptions {
  const after = request.headers['tailfold-after']
  return {
    deadline,
    ...(grant.tenant !== undefined && { tenant: grant.tenant }),
    // A tenant in it is not looked at: the grant says whose rows are read.
    ...(after !== undefined && { after: after.split(',').map((text) => parsePosition(text.trim())) }),
  }
}

/** A value as it stands in a query: what JSON reads as a number, a boolean or a string; any other text as it is. */
function valueOf(query: Query, name: string): IndexValue | undefined {
  const text = query.text(name)
  if (text === undefined) return undefined
  const value = parsed(text)
  if (typeof value === 'number' && numberProblem(text.trim()) !== undefined) {
    const problem = 'is a number that JavaScript cannot hold exactly; to find it as text, quote it.'
    throw invalidQuery(name, problem)
  }
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : text
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function rowsParameters(names: readonly string[]): QueryParameters {
  return {
    index: { type: 'string', enum: names, required: names.length > 1, description: 'An index of the view.' },
    value: {
      type: 'string',
      required: true,
      description:
        'What the index finds: a number, `true`, `false` or text. Quote a text that reads as one of the others.',
    },
    from: { type: 'string', description: 'Only rows whose sort value is this or greater.' },
    to: { type: 'string', description: 'Only rows whose sort value is this or smaller.' },
    order: { type: 'string', enum: ['ascending', 'descending'], description: 'Default: ascending.' },
    limit: {
      type: 'integer',
      minimum: 1,
      maximum: 1_000,
      default: rowsInPage,
      description: 'Rows in a page.',
    },
    after: { type: 'string', description: 'Where to go on: `next` of the page before.' },
  }
}

const rowSchema: JsonSchema = { type: 'object' }

function pageSchema(named: JsonSchema): JsonSchema {
  const properties = { ...named, revision: { type: 'integer' }, row: rowSchema }
  return {
    type: 'object',
    properties: {
      rows: { type: 'array', items: { type: 'object', properties, required: Object.keys(properties) } },
      next: { type: 'string', description: 'The `after` of the next page; absent on the last.' },
    },
    required: ['rows'],
  }
}
