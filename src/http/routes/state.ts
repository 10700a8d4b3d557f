import type { EntityKey } from '../../core/base/entity-key.ts'
import { isTailfoldError } from '../../core/base/errors.ts'
import { handlerFailed } from '../../core/base/failures.ts'
import { fingerprint } from '../../core/base/fingerprint.ts'
import { jsonText } from '../../core/base/json.ts'
import { isThenable } from '../../core/base/thenable.ts'
import type { StateAt } from '../../core/engine/view.ts'
import { type PastPoint, readPast } from '../../core/history/past-state.ts'
import { pastParameters, readPastPoint } from '../parse/past-point.ts'
import { HttpProblem, publicName } from '../problem/problem.ts'
import { etag, textResponse } from '../response.ts'
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
    const { definition, engine, entity, deadline } = call
    const point = readPastPoint(call.query)
    const { revision, state } =
      point === undefined
        ? await engine.read(entity.entityId, { deadline, tenant: entity.tenant })
        : await stateAt(call, point)
    if (revision === 0) throw entityNotFound(entity)
    const text = shown(call, state)
    // Then code decides what is shown of a revision, and the tag has to change with it.
    const isMade = definition.view !== undefined || (definition.schemaVersion ?? 1) > 1
    return textResponse(200, text, { etag: etag(revision, isMade ? fingerprint(text) : undefined) })
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

async function stateAt({ engine, entity, deadline }: EntityCall, point: PastPoint): Promise<StateAt> {
  const options = { deadline, tenant: entity.tenant }
  const found = await readPast(engine.reader(options), entity.entityId, point)
  if (found !== undefined && found.revision > 0) return found
  if (found !== undefined) throw entityNotFound(entity, true)
  const { revision, sequenceNr } = await engine.read(entity.entityId, options)
  if (revision === 0) throw entityNotFound(entity)
  const name = publicName(entity)
  const detail = `${name} is only at revision ${revision}, sequence number ${sequenceNr}.`
  throw new HttpProblem('entity-not-found', detail, { fields: { entity: name, revision, sequenceNr } })
}

/** What GET shows of a state, as JSON. Throws `handler-failed` where `view` throws or returns what is not JSON. */
function shown({ definition, entity, grant, api }: EntityCall, state: unknown): string {
  if (definition.view === undefined) return JSON.stringify(state) ?? 'null'
  let what = 'threw'
  try {
    const view: unknown = definition.view(state as never, {
      now: api.platform.now(),
      principal: grant.principal,
    })
    if (isThenable(view)) view.then(undefined, () => {})
    what = 'returned something other than JSON'
    return jsonText(view, 'view')
  } catch (cause) {
    if (isTailfoldError(cause, 'not-json')) what += `: ${cause.data.path || 'it'} is ${cause.data.found}`
    throw handlerFailed(entity, 'view', what, cause)
  }
}

/** The problem of an entity without commits: at all, or up to the point asked for. */
export function entityNotFound(entity: EntityKey, byThen = false): HttpProblem {
  const name = publicName(entity)
  const detail = byThen ? `${name} did not exist yet at that point.` : `${name} does not exist.`
  return new HttpProblem('entity-not-found', detail, { fields: { entity: name } })
}
