import { readPast as readPastState } from '../../core/history/past-state.ts'
import type { Engine, ReadOptions } from '../../core/engine/contract.ts'
import type { StateAt } from '../../core/engine/view.ts'
import { describeEntity, type EntityKey } from '../../core/base/entity-key.ts'
import type { PastPoint } from '../../core/history/past-state.ts'
import type { HttpRequest, HttpResponse } from '../message.ts'
import { readPastPoint } from '../parse/past-point.ts'
import { matchesNone } from '../parse/preconditions.ts'
import { Refusal } from '../problem/problem.ts'
import { emptyResponse, etag, jsonResponse } from '../response.ts'

/** `GET /{type}/{id}`, now or at a past point. */
export async function getState(
  engine: Engine,
  entity: EntityKey,
  { headers, query }: HttpRequest,
  deadline: number,
): Promise<HttpResponse> {
  const point = readPastPoint(new URLSearchParams(query))
  const options = { deadline, tenant: entity.tenant }
  const { revision, state } =
    point === undefined
      ? await engine.read(entity.entityId, options)
      : await readPast(engine, entity, point, options)
  if (revision === 0) throw entityNotFound(entity, point !== undefined)
  const tag = etag(revision)
  return matchesNone(headers, tag)
    ? emptyResponse(304, { etag: tag })
    : jsonResponse(200, state, { etag: tag })
}

/** One more read where the point lies ahead, to say how far the entity is. */
async function readPast(
  engine: Engine,
  entity: EntityKey,
  point: PastPoint,
  options: ReadOptions,
): Promise<StateAt> {
  const past = await readPastState(engine.reader(options), entity.entityId, point)
  if (past !== undefined) return past
  const { revision, sequenceNr } = await engine.read(entity.entityId, options)
  if (revision === 0) throw entityNotFound(entity)
  const name = describeEntity(entity)
  const detail = `${name} has not come that far: it stands at revision ${revision}, sequence number ${sequenceNr}.`
  throw new Refusal('entity-not-found', detail, { fields: { entity: name, revision, sequenceNr } })
}

/** The refusal to read an entity that nothing was written to: ever, or by the point asked for. */
export function entityNotFound(entity: EntityKey, byThen = false): Refusal {
  const name = describeEntity(entity)
  const detail = byThen
    ? `Nothing had been written to ${name} by then.`
    : `Nothing was ever written to ${name}.`
  return new Refusal('entity-not-found', detail, { fields: { entity: name } })
}
