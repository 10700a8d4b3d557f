import { describeEntity, type EntityKey } from '../../core/base/entity-key.ts'
import { fingerprint } from '../../core/base/fingerprint.ts'
import type { StateAt } from '../../core/engine/view.ts'
import { readPast } from '../../core/history/past-state.ts'
import { HookFailure } from '../authorize.ts'
import { pastParameters, readPastPoint } from '../parse/past-point.ts'
import { HttpProblem, publicName } from '../problem/problem.ts'
import { etag, jsonResponse } from '../response.ts'
import type { EntityCall, EntityRoute } from '../route.ts'

/** `GET /{type}/{id}`: the state, now or at a past point. */
export const stateRoute: EntityRoute = {
  of: 'entity',
  path: '/{type}/{id}',
  method: 'GET',
  action: 'state',
  query: () => pastParameters,
  problems: ['entity-not-found', 'handler-failed', 'answer-too-large'],
  async handle(call) {
    const { definition } = call
    const { revision, state } = await readState(call)
    const response = jsonResponse(200, definition.view === undefined ? state : viewOf(call, state))
    // Then code decides what is shown of a revision, and the tag has to change with it.
    const isMade = definition.view !== undefined || (definition.schemaVersion ?? 1) > 1
    const tag = etag(revision, isMade ? fingerprint(response.body ?? '') : undefined)
    return { ...response, headers: { ...response.headers, etag: tag } }
  },
  describe: ({ initialState, view }) => ({
    name: 'state',
    summary: 'Reads the state, now or at a past point',
    answers: {
      200: {
        description: 'The state.',
        headers: ['ETag'],
        schema: view === undefined ? { examples: [initialState] } : {},
      },
    },
  }),
}

async function readState(call: EntityCall): Promise<StateAt> {
  const { engine, entity, deadline, query } = call
  const options = { deadline, tenant: entity.tenant }
  const point = readPastPoint(query)
  const found = point && (await readPast(engine.reader(options), entity.entityId, point))
  const current = found ?? (await engine.read(entity.entityId, options))
  if (current.revision === 0) throw entityNotFound(entity, found !== undefined)
  if (point === undefined || found !== undefined) return current
  const { revision, sequenceNr } = current
  const name = publicName(entity)
  const detail = `${name} is only at revision ${revision}, sequence number ${sequenceNr}.`
  throw new HttpProblem('entity-not-found', detail, { fields: { entity: name, revision, sequenceNr } })
}

function viewOf({ definition, entity, grant, api }: EntityCall, state: unknown): unknown {
  try {
    return definition.view?.(state as never, { now: api.platform.now(), principal: grant.principal })
  } catch (cause) {
    throw new HookFailure(`view of ${describeEntity(entity)} threw.`, { cause })
  }
}

/** The problem of an entity without commits: at all, or up to the point asked for. */
export function entityNotFound(entity: EntityKey, byThen = false): HttpProblem {
  const name = publicName(entity)
  const detail = byThen ? `${name} did not exist yet at that point.` : `${name} does not exist.`
  return new HttpProblem('entity-not-found', detail, { fields: { entity: name } })
}
