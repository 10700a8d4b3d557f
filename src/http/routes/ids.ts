import { checkEntityId } from '../../core/base/entity-key.ts'
import { isTailfoldError } from '../../core/base/errors.ts'
import { storeFailure } from '../../core/base/failures.ts'
import type { EntityIdPage, EntityList, Journal } from '../../core/journal/journal.ts'
import { type HttpLimits, usualPage } from '../limits.ts'
import type { HttpRequest, HttpResponse } from '../message.ts'
import { Refusal } from '../problem/problem.ts'
import { invalidQuery, readText, readWhole } from '../parse/query.ts'
import { jsonResponse } from '../response.ts'

/** A page of the ids of one entity type, in the order of their percent-encoded form. */
export interface IdPage {
  readonly ids: readonly string[]
  /** The `after` of the next page; absent on the last. */
  readonly next?: string | undefined
}

/** `GET /{type}` */
export async function getIds(
  journal: Journal,
  { entityType, tenant }: Pick<EntityList, 'entityType' | 'tenant'>,
  { query }: HttpRequest,
  { maxIdPage, maxIdBytes }: Required<HttpLimits>,
): Promise<HttpResponse> {
  const parameters = new URLSearchParams(query)
  const limit = readWhole(parameters, 'limit', 1, maxIdPage) ?? Math.min(usualPage, maxIdPage)
  const after = readAfter(parameters, maxIdBytes)
  if (journal.entityIds === undefined) {
    const why = 'The journal of this app cannot list entities. One on DynamoDB can with `listEntities: true`.'
    throw new Refusal('not-found', why)
  }
  const { entityIds: ids, more } = await listed(journal.entityIds({ entityType, tenant, after, limit }))
  const page: IdPage = { ids, next: more ? ids.at(-1) : undefined }
  return jsonResponse(200, page)
}

function readAfter(parameters: URLSearchParams, maxIdBytes: number): string | undefined {
  const after = readText(parameters, 'after')
  try {
    if (after !== undefined) checkEntityId(after, maxIdBytes)
    return after
  } catch {
    throw invalidQuery('after', 'must be an entity id')
  }
}

async function listed(page: ReturnType<NonNullable<Journal['entityIds']>>): Promise<EntityIdPage> {
  try {
    return await page
  } catch (error) {
    if (isTailfoldError(error)) throw error
    throw storeFailure('list entities', 'it failed', { applied: 'unknown', cause: error })
  }
}
