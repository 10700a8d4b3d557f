import { aFunction, anything, type Checks, checkOptions, trueOrFalse } from '../core/base/check-options.ts'
import type { Platform } from '../core/base/platform.ts'
import { createEngine } from '../core/engine/engine.ts'
import type { Engine } from '../core/engine/contract.ts'
import type { CommandObserver } from '../core/engine/observer.ts'
import type { RetryOptions } from '../core/engine/run.ts'
import type { CacheOptions } from '../core/engine/view-cache.ts'
import { Behaviors } from '../core/entity/behaviors.ts'
import { type AnyEntity, checkDefinition } from '../core/entity/entity.ts'
import type { Journal } from '../core/journal/journal.ts'
import { systemPlatform } from '../platform.ts'
import { answer, type ServedType, type Serving, type Trail } from './answer.ts'
import { type Authorize, checkGrantRules } from './authorize.ts'
import { type CorsOptions, checkCors, corsHeaders, preflight } from './cors.ts'
import { type HttpLimits, resolveLimits } from './limits.ts'
import type { HttpRequest, HttpResponse } from './message.ts'
import { readOnce } from './parse/read-once.ts'
import { requestIdOf } from './parse/request-id.ts'
import { problemOf } from './problem/problem.ts'
import { logFailure, logWarning, type RequestFailure } from './problem/report.ts'
import type { Route, ServedView } from './route.ts'
import { reservedSegments, router } from './router.ts'
import type { ServedEntity } from './served-entity.ts'

/** What an app is made of, its routes apart. */
export interface BaseAppOptions<Entities extends readonly ServedEntity[]> {
  /** Where commits and snapshots live. `createApp` also takes one of four methods, `baseApp` its `toJournal(journal)`. */
  readonly journal: Journal
  /** The entity types to serve, each under `/{entityType}`. */
  readonly entities: Entities
  /**
   * Authorizes each request and identifies its principal. `'everybody'` allows every request, anonymously; the app says so
   * once, through `onWarning`, when it is created.
   */
  readonly authorize: Authorize | 'everybody'
  /** Makes a grant without a tenant an error of `authorize`, so that no request reaches entities without one. Default false. */
  readonly requireTenant?: boolean
  readonly limits?: HttpLimits
  /** Allows pages of other origins to call the app. Default: none; their commands are refused and their reads hidden. */
  readonly cors?: CorsOptions
  readonly retry?: RetryOptions
  readonly cache?: CacheOptions
  /** Clock and randomness. Default: the real ones. */
  readonly platform?: Platform
  /** Called for each command when it begins and when it ends, in this order: `tailfold/observe` has some. Default none. */
  readonly observers?: readonly CommandObserver[]
  /** Report to observers what each command cost in requests and capacity units. Default false. */
  readonly costs?: boolean
  /** Called once for each request answered with a status from 500 on. Default: one JSON line on `console.error`. */
  readonly onError?: (failure: RequestFailure) => void
  /** Called for problems that did not fail a request, such as a snapshot that was not written. Default: one JSON line on `console.warn`. */
  readonly onWarning?: (message: string, error?: unknown) => void
}

/** Entities behind HTTP, without a transport: a runtime translates for it. */
export interface App<
  Entities extends readonly ServedEntity[] = readonly ServedEntity[],
  View extends ServedView = ServedView,
> {
  /** Answers one request; never rejects. Any number may run at once. */
  handle(request: HttpRequest): Promise<HttpResponse>
  /** Passes a failure of the runtime to `onError`: an answer that was too large to send. Never throws. */
  report(failure: RequestFailure): void
  /** Resolves when no command and no snapshot write is in progress. */
  idle(): Promise<void>
  /** What is served, types included: a client derives its own from `typeof app`. */
  readonly entities: Entities
  /** The views that its routes are about, each once, types included. */
  readonly views: readonly View[]
  readonly limits: Required<HttpLimits>
}

/** What an app is made of, its routes as well. */
export type RoutedAppOptions = BaseAppOptions<readonly ServedEntity[]> & { readonly routes: readonly Route[] }

/** Engine and journal check the values of those that they take. */
export const appChecks: Checks<RoutedAppOptions> = {
  journal: anything,
  entities: ['a list of entities', Array.isArray],
  routes: anything,
  authorize: anything,
  requireTenant: trueOrFalse,
  limits: anything,
  cors: anything,
  retry: anything,
  cache: anything,
  platform: anything,
  observers: anything,
  costs: anything,
  onError: aFunction,
  onWarning: aFunction,
}

const open = "Every request is allowed, anonymously: authorize is 'everybody'."

/**
 * Makes an app of the routes it is given: `baseApp({ routes: [commandRoute], … })` answers commands and nothing else, and
 * a bundle of it holds nothing else. Throws as `createApp` does.
 */
export function baseApp<const Entities extends readonly ServedEntity[]>(
  options: BaseAppOptions<Entities> & { readonly routes: readonly Route[] },
): App<Entities> {
  checkOptions('baseApp', options, appChecks)
  checkGrantRules(options)
  checkRoutes(options.routes)
  const { entities, cors, retry: { timeoutMs = 10_000 } = {}, platform = systemPlatform } = options
  const { onError = logFailure, onWarning = logWarning } = options
  const limits = resolveLimits(options.limits)
  if (cors !== undefined) checkCors(cors)
  const serving = servingOf({ ...options, platform, onWarning }, limits)
  if (options.authorize === 'everybody') onWarning(open)
  let inFlight = 0

  function problem(error: unknown, { method, requestId }: HttpRequest, { entity }: Trail): HttpResponse {
    const { code, response } = problemOf(error, entity)
    const { status } = response
    if (status >= 500) report(onError, { requestId, method, code, status, error })
    return response
  }

  return {
    entities,
    views: [...new Set(options.routes.flatMap(({ view }) => view ?? []))],
    limits,
    async handle(request) {
      const { method, deadline = platform.now() + timeoutMs } = request
      const requestId = requestIdOf(request, platform)
      const named = { ...request, requestId, body: readOnce(request.body, deadline, limits, platform) }
      inFlight += 1
      const trail: Trail = { inFlight }
      let answered: HttpResponse
      try {
        answered = preflight(cors, named) ?? (await answer(serving, named, deadline, trail))
      } catch (error) {
        answered = problem(error, named, trail)
      } finally {
        inFlight -= 1
      }
      const { status, headers, body } = answered
      // Set by name: a property that follows a spread in a literal is several times as slow.
      const all: Record<string, string> = { ...headers }
      if (cors !== undefined) Object.assign(all, corsHeaders(cors, request.headers))
      all['x-request-id'] = requestId
      return { status, headers: all, body: method === 'HEAD' ? undefined : body }
    },
    report: (failure) => report(onError, failure),
    async idle() {
      await Promise.all([...serving.types.values()].map(({ engine }) => engine.idle()))
    },
  }
}

/** Throws `TypeError` on a list within the list too, as one that `viewRoutes` makes. */
export function checkRoutes(routes: unknown): void {
  const isRoute = (route: Partial<Route> | null) => typeof route?.path === 'string'
  if (Array.isArray(routes) && routes.every(isRoute)) return
  throw new TypeError('routes must be a list of routes; spread those of views: [...viewRoutes({ … })].')
}

/** A handler that throws, now or later, must not change the answer. */
function report(onError: (failure: RequestFailure) => unknown, failure: RequestFailure): void {
  const run = async () => onError(failure)
  run().catch((error: unknown) => logFailure({ ...failure, error }))
}

function servingOf(
  options: RoutedAppOptions & { readonly platform: Platform },
  limits: Required<HttpLimits>,
): Serving {
  const {
    journal,
    entities,
    routes,
    authorize,
    requireTenant = false,
    platform,
    retry,
    cache,
    cors,
  } = options
  const { observers = [], costs = false, onWarning } = options
  const { maxEvents, maxQueue, maxQueueBytes, maxIdBytes } = limits
  const engineOptions = {
    journal,
    platform,
    maxEvents,
    maxQueue,
    maxQueueBytes,
    observers,
    costs,
    ...(retry && { retry }),
    ...(cache && { cache }),
    ...(onWarning && { onWarning }),
  }
  const types = servedTypes(entities, reservedSegments(routes), (definition) =>
    createEngine(definition, engineOptions),
  )
  return {
    api: { entities, routes, limits, platform },
    types,
    find: router(routes, [...types.keys()], maxIdBytes),
    rules: { authorize, requireTenant },
    cors,
  }
}

/** To the engine that serves callers internal commands are unknown ones, so that callers cannot tell them apart. */
function withoutInternal(definition: AnyEntity): AnyEntity {
  const { internal, commands, onCommand } = definition
  if (internal === undefined || internal.length === 0) return definition
  const isServed = (name: string) => !internal.includes(name)
  return {
    ...definition,
    ...(commands && {
      commands: Object.fromEntries(Object.entries(commands).filter(([name]) => isServed(name))),
    }),
    onCommand: (ctx, state, command) =>
      isServed(command.type) ? onCommand(ctx, state, command) : Behaviors.unhandled(),
  }
}

function servedTypes(
  entities: readonly ServedEntity[],
  reserved: readonly string[],
  create: (definition: AnyEntity) => Engine,
): ReadonlyMap<string, ServedType> {
  if (!(entities?.length > 0)) throw new TypeError('An app needs at least one entity.')
  const types = new Map<string, ServedType>()
  for (const definition of entities) {
    checkDefinition(definition)
    const { entityType } = definition
    if (reserved.includes(entityType)) {
      throw new TypeError(
        `An entity type cannot be named "${entityType}": the path /${entityType} is in use.`,
      )
    }
    if (types.has(entityType)) throw new TypeError(`Two entities are named ${JSON.stringify(entityType)}.`)
    types.set(entityType, { definition, engine: create(withoutInternal(definition as AnyEntity)) })
  }
  return types
}
