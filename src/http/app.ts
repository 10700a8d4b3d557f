import { createEngine } from '../core/engine/engine.ts'
import type { Engine } from '../core/engine/contract.ts'
import { type AnyEntity, type CommandContext, checkDefinition } from '../core/entity/entity.ts'
import type { EventJournal } from '../core/journal/event-journal.ts'
import type { Journal } from '../core/journal/journal.ts'
import { toJournal } from '../core/journal/to-journal.ts'
import type { CommandObserver } from '../core/engine/observer.ts'
import type { Platform } from '../core/base/platform.ts'
import type { RetryOptions } from '../core/engine/run.ts'
import type { DeclaredSchemas } from '../core/entity/schema.ts'
import type { SnapshotPolicy } from '../core/entity/snapshot-policy.ts'
import type { CacheOptions } from '../core/engine/view-cache.ts'
import { systemPlatform } from '../platform.ts'
import { answer, type Serving } from './answer.ts'
import { type Authorize, checkGrantRules } from './authorize.ts'
import { type CorsOptions, checkCors, corsHeaders, preflight } from './cors.ts'
import { type DescribeApi, describing } from './routes/description.ts'
import { type HttpLimits, resolveLimits } from './limits.ts'
import type { HttpRequest, HttpResponse } from './message.ts'
import { problemOf } from './problem/problem.ts'
import { logFailure, logWarning, type RequestFailure } from './problem/report.ts'
import { requestIdOf } from './parse/request-id.ts'

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
  readonly journal: Journal | EventJournal
  /** The entity types to serve, each under `/{entityType}`. */
  readonly entities: Entities
  readonly limits?: HttpLimits
  /** Lets pages of other origins call the app. Default: none may. */
  readonly cors?: CorsOptions
  /**
   * Authorizes each request and identifies its principal. `'everybody'` allows every request, anonymously; the app says so
   * once, through `onWarning`, when it is created.
   */
  readonly authorize: Authorize | 'everybody'
  /** Makes a grant without a tenant an error of `authorize`, so that no request reaches entities without one. Default false. */
  readonly requireTenant?: boolean
  /** What describes the app at `/openapi.json`, to everybody: `openApi` of `tailfold/openapi`. Default: nothing does. */
  readonly openapi?: DescribeApi
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

const open = "Every request is allowed, anonymously: authorize is 'everybody'."

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

/**
 * Makes an app. Throws `TypeError` without entities, on two of the same type, on one named `health`, and on
 * definitions, limits and origins that cannot work.
 */
export function createApp<const Entities extends readonly ServedEntity[]>(
  options: AppOptions<Entities>,
): App<Entities> {
  checkGrantRules(options)
  const { entities, authorize, requireTenant = false, cors, cache, retry = {} } = options
  const { platform = systemPlatform } = options
  const { onError = logFailure, onWarning = logWarning, observers = [], costs = false } = options
  const { timeoutMs = 10_000 } = retry
  const journal = toJournal(options.journal)
  const limits = resolveLimits(options.limits)
  if (cors !== undefined) checkCors(cors)
  const { maxEvents, maxQueue } = limits
  const told = { onWarning, observers, costs }
  const shared = { journal, platform, retry, maxEvents, maxQueue, ...told, ...(cache && { cache }) }
  const engines = createEngines(entities, (definition) => createEngine(definition, shared))
  const description = describing(options.openapi, { entities, limits })
  const serving: Serving = { journal, engines, limits, authorize, requireTenant, description, platform }
  if (authorize === 'everybody') onWarning(open)

  function report(failure: RequestFailure): void {
    try {
      onError(failure)
    } catch (error) {
      logFailure({ ...failure, error })
    }
  }

  async function answerOrProblem(request: HttpRequest, deadline: number): Promise<HttpResponse> {
    try {
      return preflight(cors, request) ?? (await answer(serving, request, deadline))
    } catch (error) {
      const { method, requestId } = request
      const { code, response } = problemOf(error)
      const { status } = response
      if (status >= 500) report({ requestId, method, code, status, error })
      return response
    }
  }

  return {
    entities,
    limits,
    async handle(request) {
      const { method, deadline = platform.now() + timeoutMs } = request
      const requestId = requestIdOf(request, platform)
      const { status, headers, body } = await answerOrProblem({ ...request, requestId }, deadline)
      return {
        status,
        headers: { ...headers, ...corsHeaders(cors, request.headers), 'x-request-id': requestId },
        body: method === 'HEAD' ? undefined : body,
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
