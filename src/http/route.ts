import type { EntityKey } from '../core/base/entity-key.ts'
import type { Platform } from '../core/base/platform.ts'
import type { Engine } from '../core/engine/contract.ts'
import type { StandardSchema } from '../core/entity/schema.ts'
import type { Action, Grant } from './authorize.ts'
import type { HttpLimits } from './limits.ts'
import type { HttpRequest, HttpResponse } from './message.ts'
import type { Query, QueryParameters } from './parse/query.ts'
import type { ProblemCode } from './problem/catalogue.ts'
import type { ServedEntity } from './served-entity.ts'

/** What an app answers to one method at one path. Routing, `Allow`, authorization and OpenAPI read this value. */
export type Route = ServerRoute | EntityRoute

interface RouteBase {
  /** `HEAD` works wherever `GET` does. */
  readonly method: 'GET' | 'POST'
  /** What `authorize` is asked; without one, the route is open to every caller. */
  readonly action?: Action['kind']
  /** The view that the action is about. */
  readonly view?: ServedView
  /** The query parameters it takes; any other is `invalid-query`. Default none. */
  readonly query?: (limits: Required<HttpLimits>) => QueryParameters
  /** The problems it may answer, apart from those that every route with an action may. */
  readonly problems: readonly ProblemCode[]
}

/** What the routes, and the client's types, need of a view or projection. */
export interface ServedView {
  readonly name: string
  readonly indexes: ReadonlyArray<{ readonly name: string }>
}

/** A route that belongs to no entity type. */
export interface ServerRoute extends RouteBase {
  readonly of: 'server'
  /** `'/health'`; a parameter is `{id}`. */
  readonly path: string
  handle(call: Call): HttpResponse | Promise<HttpResponse>
  describe?(): RouteDescription
}

/** A route of each entity type. */
export interface EntityRoute extends RouteBase {
  readonly of: 'entity'
  /** `'/{type}/{id}/events'`; the parameters are `{type}`, `{id}` and `{Command}`. */
  readonly path: `/{type}${string}`
  handle(call: EntityCall): HttpResponse | Promise<HttpResponse>
  /** For one entity type; `place` puts a schema into the document and refers to it. */
  describe(entity: ServedEntity, place: PlaceSchema): RouteDescription | readonly RouteDescription[]
}

/** One authorized request, as a route handles it. */
export interface Call {
  readonly request: HttpRequest
  readonly query: Query
  readonly grant: Grant
  /** The `{id}` in the path, decoded; empty without one. */
  readonly id: string
  /** Milliseconds since the Unix epoch. */
  readonly deadline: number
  readonly api: Api
}

/** A request about an entity type. */
export interface EntityCall extends Call {
  readonly definition: ServedEntity
  readonly engine: Engine
  /** Without `{id}` in the path, its id is empty. */
  readonly entity: EntityKey
  /** The name of the command; empty without `{Command}` in the path. */
  readonly command: string
}

/** What an app serves: its own parts, as routes and descriptions see them. */
export interface Api {
  readonly entities: readonly ServedEntity[]
  readonly routes: readonly Route[]
  readonly limits: Required<HttpLimits>
  readonly platform: Platform
}

/** A JSON Schema. `{}` describes any value. */
export type JsonSchema = Readonly<Record<string, unknown>>

/** Places what a schema accepts under a name made of the parts; `undefined` where its library cannot say it. */
export type PlaceSchema = (
  parts: readonly string[],
  schema: StandardSchema | undefined,
) => { readonly refusesEmpty: boolean; readonly ref: JsonSchema } | undefined

/** What an OpenAPI document says about a route beyond its path, parameters and problems. */
export interface RouteDescription {
  /** Replaces `{Command}` in the path. */
  readonly command?: string
  /** Groups the operation with others. Default: its entity type. */
  readonly tag?: string
  /** Distinguishes the operation from others of its type: `'state'`. */
  readonly name: string
  readonly summary: string
  readonly body?: { readonly required: boolean; readonly schema: JsonSchema }
  /** Names of request headers, beside those that its answers imply. */
  readonly headers?: ReadonlyArray<'Tailfold-After'>
  /** The answers below 400, by status. */
  readonly answers: Readonly<Record<number, AnswerDescription>>
}

/** One answer below 400. */
export interface AnswerDescription {
  readonly description: string
  /** Names of response headers. */
  readonly headers?: ReadonlyArray<'ETag' | 'Idempotent-Replayed' | 'X-View-Lag-Ms'>
  /** Of the JSON body; without one there is no body. */
  readonly schema?: JsonSchema
}
