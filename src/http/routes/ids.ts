import { checkEntityId } from '../../core/base/entity-key.ts'
import { listEntities } from '../../core/history/list-entities.ts'
import { invalidQuery, type Query } from '../parse/query.ts'
import { HttpProblem } from '../problem/problem.ts'
import { jsonResponse } from '../response.ts'
import type { EntityRoute } from '../route.ts'

/** A page of the ids of one entity type, in the order of their percent-encoded form. */
export interface IdPage {
  readonly ids: readonly string[]
  /** The `after` of the next page; absent on the last. */
  readonly next?: string | undefined
}

/** `GET /{type}`: the ids of a type. */
export const idsRoute: EntityRoute = {
  of: 'entity',
  path: '/{type}',
  method: 'GET',
  action: 'list',
  query: ({ maxIdPage }) => ({
    after: { type: 'string', description: 'The id after which to begin: `next` of the page before.' },
    limit: {
      type: 'integer',
      minimum: 1,
      maximum: maxIdPage,
      default: Math.min(100, maxIdPage),
      description: 'Ids in the page, at most.',
    },
  }),
  problems: ['not-found', 'answer-too-large'],
  async handle({ engine, entity, query, deadline, api }) {
    const reader = engine.reader({ tenant: entity.tenant, deadline })
    const after = readAfter(query, api.limits.maxIdBytes)
    const page = await listEntities(reader, { after, limit: query.whole('limit') ?? 1 })
    if (page === undefined) {
      const why =
        'The journal of this app cannot list entities. One on DynamoDB can with `listEntities: true`.'
      throw new HttpProblem('not-found', why)
    }
    const answer: IdPage = { ids: page.entityIds, next: page.next }
    return jsonResponse(200, answer)
  },
  describe: () => ({
    name: 'list',
    summary: 'Lists ids, where the journal can',
    answers: {
      200: {
        description: 'A page of ids.',
        schema: {
          type: 'object',
          properties: { ids: { type: 'array', items: { type: 'string' } }, next: { type: 'string' } },
          required: ['ids'],
        },
      },
    },
  }),
}

function readAfter(query: Query, maxIdBytes: number): string | undefined {
  const after = query.text('after')
  try {
    if (after !== undefined) checkEntityId(after, maxIdBytes)
    return after
  } catch {
    throw invalidQuery('after', 'must be an entity id.')
  }
}
