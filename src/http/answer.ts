import type { Engine } from '../core/engine/contract.ts'
import { describeEntity } from '../core/base/entity-key.ts'
import { outcomeUnknown, storeFailure } from '../core/base/failures.ts'
import type { Journal } from '../core/journal/journal.ts'
import { type Platform, withTimeout } from '../core/base/platform.ts'
import { checkAccept } from './parse/accept.ts'
import { type Action, authorized, type GrantRules } from './authorize.ts'
import { postCommand } from './routes/command.ts'
import { getEvents } from './routes/events.ts'
import type { HttpLimits } from './limits.ts'
import { getIds } from './routes/ids.ts'
import type { HttpRequest, HttpResponse } from './message.ts'
import { Refusal } from './problem/problem.ts'
import { emptyResponse, jsonResponse } from './response.ts'
import { allowedMethods, type EntityResource, findResource } from './route.ts'
import { getState } from './routes/state.ts'

/** What an app answers from. */
export interface Serving extends GrantRules {
  readonly journal: Journal
  /** By entity type. */
  readonly engines: ReadonlyMap<string, Engine>
  readonly limits: Required<HttpLimits>
  /** `/openapi.json` */
  readonly description: () => HttpResponse
  readonly platform: Platform
}

/** What a request gets beyond its deadline for an answer that is just being made. */
const graceMs = 50

/** Answers what a request asks for. Rejects with a `Refusal`, or with what failed. */
export async function answer(
  serving: Serving,
  request: HttpRequest,
  deadline: number,
): Promise<HttpResponse> {
  const { engines, limits, platform } = serving
  const method = request.method === 'HEAD' ? 'GET' : request.method
  const resource = findResource(request.path, (type) => engines.has(type), limits.maxIdBytes)
  const allowed = allowedMethods(resource)
  const headers = { allow: allowed.join(', ') }
  if (method === 'OPTIONS') return emptyResponse(204, headers)
  if (!allowed.includes(method) || resource.kind === 'server') {
    throw new Refusal('method-not-allowed', `Allowed here: ${headers.allow}.`, { headers })
  }
  if (resource.kind === 'health') return jsonResponse(200, { status: 'ok' })
  checkAccept(request.headers)
  if (resource.kind === 'description') return serving.description()
  const action = actionOf(method, resource)
  const answered = answerGranted(serving, resource, action, request, deadline)
  const remainingMs = Math.max(0, deadline - platform.now())
  return withTimeout(platform, remainingMs + graceMs, answered, () => unanswered(action, resource))
}

async function answerGranted(
  serving: Serving,
  resource: EntityResource,
  action: Action,
  request: HttpRequest,
  deadline: number,
): Promise<HttpResponse> {
  const { journal, engines, limits, platform } = serving
  const { entityType, entityId } = resource.target
  const grant = await authorized(serving, platform, deadline, request, resource.target, action)
  const { tenant } = grant
  if (entityId === undefined) return getIds(journal, { entityType, tenant }, request, limits)
  const entity = { tenant, entityType, entityId }
  const engine = engines.get(entityType) as Engine
  switch (action.kind) {
    case 'command':
      return postCommand(engine, entity, action.command, request, { deadline, limits, grant })
    case 'events':
      return getEvents(journal, entity, request, limits)
    default:
      return getState(engine, entity, request, deadline)
  }
}

function actionOf(method: string, resource: EntityResource): Action {
  if (resource.kind === 'type') return { kind: 'list' }
  if (resource.kind === 'entity') return { kind: 'state' }
  return method === 'GET' ? { kind: 'events' } : { kind: 'command', command: resource.name }
}

/** Engines keep to the deadline by themselves; other reads do not, nor does `authorize`. */
function unanswered({ kind }: Action, { target }: EntityResource): Error {
  const why = 'there was no answer by the deadline'
  const { entityType, entityId = '' } = target
  const entity = { entityType, entityId }
  return kind === 'command'
    ? outcomeUnknown(entity, new Error(`${describeEntity(entity)}: ${why}`))
    : storeFailure('read', why, { applied: 'unknown' })
}
