import { checkOptions } from '../../core/base/check-options.ts'
import type { App } from '../../http/app.ts'
import type { DurableObjectStorage } from '../../stores/cloudflare/durable-object.ts'
import { basePathOf, pathBelow, pathCheck } from '../common/base-path.ts'
import { type FetchContext, type FetchHandlerOptions, fetchHandler } from '../fetch/handler.ts'

/** The part of a Durable Object's state that is used. */
export interface DurableObjectState extends FetchContext {
  readonly storage: DurableObjectStorage
}

/** A class for the binding of a Durable Object. */
export type EntityObjectClass<Env> = new (
  state: DurableObjectState,
  env: Env,
) => {
  fetch(request: Request): Promise<Response>
}

/** The part of a Durable Object binding that is used. */
export interface DurableObjectNamespace<Id = unknown> {
  idFromName(name: string): Id
  get(id: Id): { fetch(request: Request): Promise<Response> }
}

/**
 * A class of Durable Objects that each hold one entity. Shape:
 *
 *     export class Entities extends entityObject((storage, env) =>
 *       createApp({ journal: durableObjectJournal({ storage }), … })) {}
 *
 * @param open Makes the app of an object from its storage. Called once in the life of an object in memory.
 */
export function entityObject<Env>(
  open: (storage: DurableObjectStorage, env: Env) => App,
  options: FetchHandlerOptions = {},
): EntityObjectClass<Env> {
  checkObjectArguments('entityObject', open, options)
  return class {
    readonly #handle: ReturnType<typeof fetchHandler>
    readonly #state: DurableObjectState

    constructor(state: DurableObjectState, env: Env) {
      this.#state = state
      this.#handle = fetchHandler(open(state.storage, env), options)
    }

    fetch(request: Request): Promise<Response> {
      return this.#handle(request, this.#state)
    }
  }
}

/**
 * The Worker in front of {@link entityObject}: sends each request to the object of its entity, by the first two segments
 * of the path. Shape: `export default entityObjects((env) => env.ENTITIES)`.
 */
export function entityObjects<Env>(
  namespaceOf: (env: Env) => DurableObjectNamespace,
  options: FetchHandlerOptions = {},
): { fetch(request: Request, env: Env): Promise<Response> } {
  checkObjectArguments('entityObjects', namespaceOf, options)
  const basePath = basePathOf(options.basePath)
  return {
    async fetch(request, env) {
      const path = pathBelow(new URL(request.url).pathname, basePath) ?? ''
      const namespace = namespaceOf(env)
      return namespace.get(namespace.idFromName(objectName(path))).fetch(request)
    },
  }
}

function checkObjectArguments(of: string, open: unknown, options: FetchHandlerOptions): void {
  if (typeof open !== 'function') throw new TypeError(`${of} needs a function as its first argument.`)
  checkOptions(of, options, { basePath: pathCheck })
}

/** The same for all spellings of a path: an entity has one object. */
function objectName(path: string): string {
  const [, entityType = '', entityId = ''] = path.split('/')
  try {
    return JSON.stringify([decodeURIComponent(entityType), decodeURIComponent(entityId)])
  } catch {
    // Any object refuses what cannot be decoded.
    return ''
  }
}
