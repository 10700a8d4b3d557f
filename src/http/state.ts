import type { Engine } from '../core/engine-contract.ts'
import { describeEntity, type EntityKey } from '../core/entity-key.ts'
import type { HttpRequest, HttpResponse } from './message.ts'
import { matchesNone } from './preconditions.ts'
import { Refusal } from './problem.ts'
import { emptyResponse, etag, jsonResponse } from './response.ts'

/** Parameters that ask for a past state. To answer with the current one would be a lie, so they are refused. */
const timeTravel = ['revision', 'sequenceNr', 'at']

/** `GET /{type}/{id}` */
export async function getState(
  engine: Engine,
  entity: EntityKey,
  { headers, query }: HttpRequest,
  deadline: number,
): Promise<HttpResponse> {
  const parameters = new URLSearchParams(query)
  const unsupported = timeTravel.find((name) => parameters.has(name))
  if (unsupported !== undefined) {
    throw new Refusal('invalid-query', `Past states are not supported yet: leave "${unsupported}" out.`, {
      fields: { parameter: unsupported },
    })
  }
  const { revision, state } = await engine.read(entity.entityId, { deadline, tenant: entity.tenant })
  if (revision === 0) throw entityNotFound(entity)
  const tag = etag(revision)
  return matchesNone(headers, tag)
    ? emptyResponse(304, { etag: tag })
    : jsonResponse(200, state, { etag: tag })
}

/** The refusal to read an entity that nothing was ever written to. */
export function entityNotFound(entity: EntityKey): Refusal {
  const name = describeEntity(entity)
  return new Refusal('entity-not-found', `Nothing was ever written to ${name}.`, { fields: { entity: name } })
}
