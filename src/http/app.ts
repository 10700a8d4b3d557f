import { createEngine } from '../core/engine.ts'
import type { Engine } from '../core/engine-contract.ts'
import { type AnyEntity, type CommandContext, checkDefinition } from '../core/entity.ts'
import { describeEntity, type EntityKey } from '../core/entity-key.ts'
import { outcomeUnknown, storeFailure } from '../core/failures.ts'
import type { EventJournal } from '../core/journal.ts'
import type { CommandObserver } from '../core/observer.ts'
import { type Platform, withTimeout } from '../core/platform.ts'
import type { RetryOptions } from '../core/retry-budget.ts'
import type { DeclaredSchemas } from '../core/schema.ts'
import type { SnapshotPolicy } from '../core/snapshot-policy.ts'
import type { CacheOptions } from '../core/view-cache.ts'
import { systemPlatform } from '../platform.ts'
import { type Action, type Authorize, authorized } from './authorize.ts'
import { postCommand } from './command.ts'
import { getEvents } from './events.ts'
import { type HttpLimits, resolveLimits } from './limits.ts'
import type { HttpRequest, HttpResponse } from './message.ts'
import { problemOf, Refusal } from './problem.ts'
import { logFailure, logWarning, type RequestFailure } from './report.ts'
import { emptyResponse, jsonResponse } from './response.ts'
import { allowedMethods, findResource, type Resource } from './route.ts'
import { getState } from './state.ts'

/** Any entity definition, whatever its types: what `entity()` makes. */
export interface ServedEntity extends DeclaredSchemas {
  readonly entityType: string
  readonly initialState: unknown
  onEvent(state: never, event: never): unknown
  onCommand(ctx: CommandContext, state: never, command: never): unknown
  readonly snapshotPolicy?: SnapshotPolicy
  readonly schemaVersion?: number
}

/** What an app is made of. */
export interface AppOptions<Entities extends readonly ServedEntity[]> {
  readonly journal: EventJournal
  /** The entity types to serve, each under `/{entityType}`. */
  readonly entities: Entities
  readonly limits?: HttpLimits
  /** Lets requests in, and says as whom. Default: everybody, as nobody. With it, nobody whom it does not let in. */
  readonly authorize?: Authorize
  readonly retry?: RetryOptions
  readonly cache?: CacheOptions
  /** Clock and randomness. Default: the real ones. */
  readonly platform?: Platform
  /** Told of each command how it begins and ends, in this order: `tailfold/observe` has some. Default none. */
  readonly observers?: readonly CommandObserver[]
  /** Tell observers what each command cost in requests and capacity units. Default false. */
  readonly costs?: boolean
  /** Told, once each, of requests answered with a status from 500 on. Default: one JSON line on `console.error`. */
  readonly onError?: (failure: RequestFailure) => void
  /** Told what failed no request, such as a snapshot that was not written. Default: one JSON line on `console.warn`. */
  readonly onWarning?: (message: string, error?: unknown) => void
}

/** Entities behind HTTP, without a transport: a runtime translates for it. */
export interface App<Entities extends readonly ServedEntity[] = readonly ServedEntity[]> {
  /** Answers one request; never rejects. Any number may run at once. */
  handle(request: HttpRequest): Promise<HttpResponse>
  /** Resolves when no command and no snapshot write is under way. */
  idle(): Promise<void>
  /** What is served, types included: a client derives its own from `typeof app`. */
  readonly entities: Entities
  readonly limits: Required<HttpLimits>
}

/** What a request gets beyond its deadline for an answer that is just being made. */
const graceMs = 50

/**
 * Makes an app. Throws `TypeError` without entities, on two of the same type, on one named `health`, and on
 * definitions and limits that cannot work.
 */
export function createApp<const Entities extends readonly ServedEntity[]>(
  options: AppOptions<Entities>,
): App<Entities> {
  const { journal, entities, platform = systemPlatform, retry = {}, cache } = options
  const { onError = logFailure, onWarning = logWarning, observers = [], costs = false } = options
  const { timeoutMs = 10_000 } = retry
  const limits = resolveLimits(options.limits)
  const engines = createEngines(entities, (definition) =>
    createEngine(definition, {
      journal,
      platform,
      retry,
      onWarning,
      observers,
      costs,
      ...(cache !== undefined && { cache }),
    }),
  )

  async function route(request: HttpRequest, deadline: number): Promise<HttpResponse> {
    const { path } = request
    const method = request.method === 'HEAD' ? 'GET' : request.method
    const resource = findResource(path, (entityType) => engines.has(entityType))
    const allow = allowedMethods(resource)
    if (method === 'OPTIONS') return emptyResponse(204, { allow: allow.join(', ') })
    if (!allow.includes(method) || resource.kind === 'server') {
      throw new Refusal('method-not-allowed', `Allowed here: ${allow.join(', ')}.`, {
        headers: { allow: allow.join(', ') },
      })
    }
    if (resource.kind === 'health') return jsonResponse(200, { status: 'ok' })
    const { entity } = resource
    const answer = answerFor(resource, actionOf(method, resource), request, deadline)
    const noAnswer = () => unanswered(method, entity)
    return withTimeout(platform, Math.max(0, deadline - platform.now()) + graceMs, answer, noAnswer)
  }

  async function answerFor(
    { entity }: Extract<Resource, { kind: 'entity' | 'part' }>,
    action: ReturnType<typeof actionOf>,
    request: HttpRequest,
    deadline: number,
  ): Promise<HttpResponse> {
    const grant = await authorized(options.authorize, request, entity, action)
    const engine = engines.get(entity.entityType) as Engine
    const granted = grant.tenant === undefined ? entity : { ...entity, tenant: grant.tenant }
    switch (action.kind) {
      case 'state':
        return getState(engine, granted, request, deadline)
      case 'events':
        return getEvents(journal, granted, request)
      default:
        return postCommand(engine, granted, action.command, request, { deadline, limits, grant })
    }
  }

  function report(failure: RequestFailure): void {
    try {
      onError(failure)
    } catch (error) {
      logFailure({ ...failure, error })
    }
  }

  return {
    entities,
    limits,
    async handle(request) {
      const { method, requestId, deadline = platform.now() + timeoutMs } = request
      try {
        return withoutBody(method, await route(request, deadline))
      } catch (error) {
        const { code, response } = problemOf(error)
        const { status } = response
        if (status >= 500) report({ requestId, method, code, status, error })
        return withoutBody(method, response)
      }
    },
    async idle() {
      await Promise.all([...engines.values()].map((engine) => engine.idle()))
    },
  }
}

function createEngines(
  entities: readonly ServedEntity[],
  create: (definition: AnyEntity) => Engine,
): ReadonlyMap<string, Engine> {
  if (entities.length === 0) throw new TypeError('An app needs at least one entity.')
  const engines = new Map<string, Engine>()
  for (const definition of entities) {
    const { entityType } = definition
    checkDefinition(definition)
    if (entityType === 'health')
      throw new TypeError('An entity type cannot be named "health": /health is taken.')
    if (engines.has(entityType)) throw new TypeError(`Two entities are named ${JSON.stringify(entityType)}.`)
    engines.set(entityType, create(definition as AnyEntity))
  }
  return engines
}

function actionOf(
  method: string,
  resource: Extract<Resource, { kind: 'entity' | 'part' }>,
): Extract<Action, { kind: 'state' | 'events' | 'command' }> {
  if (resource.kind === 'entity') return { kind: 'state' }
  return method === 'GET' ? { kind: 'events' } : { kind: 'command', command: resource.name }
}

/** Engines keep to the deadline by themselves; reading an audit trail does not. */
function unanswered(method: string, entity: EntityKey): Error {
  const why = 'there was no answer by the deadline'
  return method === 'POST'
    ? outcomeUnknown(entity, new Error(`${describeEntity(entity)}: ${why}`))
    : storeFailure('read', why, { applied: 'unknown' })
}

function withoutBody(method: string, response: HttpResponse): HttpResponse {
  return method === 'HEAD' ? { ...response, body: undefined } : response
}
