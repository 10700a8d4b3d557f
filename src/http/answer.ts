import type { EntityKey } from '../core/base/entity-key.ts'
import { outcomeUnknown, storeFailure } from '../core/base/failures.ts'
import { withTimeout } from '../core/base/platform.ts'
import { authorized, type Grant, type GrantRules } from './authorize.ts'
import type { CorsOptions } from './cors.ts'
import { checkSite } from './cross-site.ts'
import type { HttpRequest, HttpResponse } from './message.ts'
import { checkAccept } from './parse/accept.ts'
import { conditional } from './parse/preconditions.ts'
import { readQuery } from './parse/query.ts'
import { HttpProblem } from './problem/problem.ts'
import { emptyResponse } from './response.ts'
import type { Api, Call, EntityCall, Route } from './route.ts'
import { allowedMethods, type Resource, type Router } from './router.ts'

/** What an app answers from. */
export interface Serving {
  readonly api: Api
  /** By entity type. */
  readonly types: ReadonlyMap<string, ServedType>
  readonly find: Router
  readonly rules: GrantRules
  readonly cors: CorsOptions | undefined
}

/** An entity type with the engine that runs it. */
export type ServedType = Pick<EntityCall, 'definition' | 'engine'>

/** What becomes known of a request while it is answered, for the problem that may end it. */
export interface Trail {
  /** Requests in progress in this process, this one included. */
  readonly inFlight: number
  entity?: EntityKey
}

/** What a request gets beyond its deadline for an answer that is just being made. */
const graceMs = 50

/** Answers a request. Throws an `HttpProblem`, or what failed. */
export async function answer(
  serving: Serving,
  request: HttpRequest,
  deadline: number,
  trail: Trail,
): Promise<HttpResponse> {
  const { api, cors, find } = serving
  const { limits, platform } = api
  checkTarget(request)
  checkSite(cors, request)
  const resource = find(request.path)
  const route = routeOf(resource, request.method)
  if (route === undefined) return emptyResponse(204, { allow: allowedMethods(resource).join(', ') })
  checkAccept(request.headers)
  const query = readQuery(request.query, route.query?.(limits))
  if (route.action !== undefined && trail.inFlight > limits.maxInFlight) {
    throw new HttpProblem('overloaded', 'Too many requests are in progress. Send the request again.')
  }
  // A hook that waits for the body learns at the deadline that it did not arrive.
  const grant = await grantFor(serving, route, resource, request, deadline + graceMs)
  const ms = Math.max(0, deadline - platform.now()) + graceMs
  const call = { request, query, grant, id: resource.entityId, deadline, api }
  const handled = Promise.resolve(handle(serving, route, resource, call, trail))
  const response = await withTimeout(platform, ms, handled, () => late(route, trail))
  checkSize(route, response, limits.maxAnswerBytes)
  return route.method === 'GET' ? conditional(request, response) : response
}

/** The route for a method; `undefined` for `OPTIONS`. Throws `method-not-allowed`. */
function routeOf(resource: Resource, method: string): Route | undefined {
  if (method === 'OPTIONS') return undefined
  const wanted = method === 'HEAD' ? 'GET' : method
  const route = resource.routes.find((each) => each.method === wanted)
  if (route !== undefined) return route
  const allow = allowedMethods(resource).join(', ')
  throw new HttpProblem('method-not-allowed', `Allowed methods: ${allow}.`, { headers: { allow } })
}

function grantFor(
  { rules: { authorize, requireTenant }, api: { platform } }: Serving,
  { action: kind, view: served }: Route,
  { entityType, entityId, command }: Resource,
  request: HttpRequest,
  deadline: number,
): Grant | Promise<Grant> {
  if (kind === undefined || authorize === 'everybody') return {}
  const target = { entityType, entityId: entityId === '' ? undefined : entityId }
  const view = served?.name ?? ''
  const action =
    kind === 'command' ? { kind, command } : kind === 'row' || kind === 'rows' ? { kind, view } : { kind }
  return authorized(authorize, requireTenant, platform, deadline, request, target, action)
}

function handle(
  { types }: Serving,
  route: Route,
  { entityType, entityId, command }: Resource,
  call: Call,
  trail: Trail,
): HttpResponse | Promise<HttpResponse> {
  if (route.of === 'server') return route.handle(call)
  const entity = { tenant: call.grant.tenant, entityType, entityId }
  trail.entity = entity
  const { definition, engine } = types.get(entityType) as ServedType
  return route.handle({ ...call, definition, engine, entity, command })
}

/** Engines keep the deadline themselves; this is for what does not. */
function late({ method }: Route, { entity }: Trail): Error {
  const why = 'there was no answer by the deadline'
  return method === 'POST' && entity !== undefined
    ? outcomeUnknown(entity, new Error(why))
    : storeFailure('read', why, { applied: 'unknown' })
}

/** Longest path and query together, in characters: more than the longest ids and cursors take, in the worst encoding. */
const maxTargetChars = 32_768

function checkTarget({ path, query }: HttpRequest): void {
  if (path.length + query.length <= maxTargetChars) return
  throw new HttpProblem('uri-too-long', `Path and query can have up to ${maxTargetChars} characters.`)
}

const utf8 = new TextEncoder()

/** Rejections are checked too: their details are the entity's own, and as long as it likes. */
function checkSize(
  { method }: Route,
  { status, headers, body = '' }: HttpResponse,
  maxAnswerBytes: number,
): void {
  const { length } = body
  if (length * 3 <= maxAnswerBytes) return
  if (length <= maxAnswerBytes && utf8.encode(body).length <= maxAnswerBytes) return
  const done = status === 422 ? 'rejected; the answer' : 'carried out; its reply'
  const what = method === 'POST' ? `The command was ${done}` : 'The answer'
  const { etag } = headers
  throw new HttpProblem('answer-too-large', `${what} has more than ${maxAnswerBytes} bytes.`, {
    fields: { maxAnswerBytes },
    ...(etag !== undefined && { headers: { etag } }),
  })
}
