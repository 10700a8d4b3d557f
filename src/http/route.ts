import { checkEntityId } from '../core/base/entity-key.ts'
import { TailfoldError } from '../core/base/errors.ts'
import type { Target } from './authorize.ts'
import { Refusal } from './problem/problem.ts'

/** What a path names. */
export type Resource =
  /** `*`: the server as a whole, in `OPTIONS *`. */
  | { readonly kind: 'server' }
  /** `/health` */
  | { readonly kind: 'health' }
  /** `/openapi.json` */
  | { readonly kind: 'description' }
  | EntityResource

/** What is about entities. */
export type EntityResource =
  /** `/{type}` */
  | { readonly kind: 'type'; readonly target: Target }
  /** `/{type}/{id}` */
  | { readonly kind: 'entity'; readonly target: Target }
  /** `/{type}/{id}/{name}`: the audit trail when read, where the name is `events`; else a command to be sent. */
  | { readonly kind: 'part'; readonly target: Target; readonly name: string }

/**
 * Finds what a raw path names. It is split first and each segment decoded once, so `%2F` is a slash of the id.
 * Throws `not-found`, `unknown-entity-type` or `invalid-id`.
 */
export function findResource(
  path: string,
  isServed: (entityType: string) => boolean,
  maxIdBytes: number,
): Resource {
  if (path === '*') return { kind: 'server' }
  if (path === '/health') return { kind: 'health' }
  if (path === '/openapi.json') return { kind: 'description' }
  const [start, type = '', id, name, ...more] = path.split('/')
  if (start !== '' || type === '' || id === '' || name === '' || more.length > 0) {
    throw new Refusal(
      'not-found',
      'Paths here have the form /{type}, /{type}/{id} or /{type}/{id}/{Command}.',
    )
  }
  const entityType = decode(type)
  if (entityType === undefined || !isServed(entityType)) {
    throw new Refusal(
      'unknown-entity-type',
      'The first segment of the path names no entity type served here.',
    )
  }
  if (id === undefined) return { kind: 'type', target: { entityType, entityId: undefined } }
  const target = { entityType, entityId: decodeId(id, maxIdBytes) }
  if (name === undefined) return { kind: 'entity', target }
  const decoded = decode(name)
  if (decoded === undefined) throw invalidCommand('its name in the path is not well percent-encoded')
  return { kind: 'part', target, name: decoded }
}

/** The methods a resource knows, as the `Allow` header lists them. */
export function allowedMethods(resource: Resource): readonly string[] {
  const isTrail = resource.kind === 'part' && resource.name === 'events'
  if (isTrail || resource.kind === 'server') return ['GET', 'HEAD', 'POST', 'OPTIONS']
  return resource.kind === 'part' ? ['POST', 'OPTIONS'] : ['GET', 'HEAD', 'OPTIONS']
}

/** The error for a command that is wrong before any handler sees it. */
export function invalidCommand(problem: string): TailfoldError<'invalid-command'> {
  return new TailfoldError('invalid-command', `The command is not valid: ${problem}.`, { problem })
}

function decodeId(segment: string, maxIdBytes: number): string {
  const entityId = decode(segment)
  if (entityId === undefined) {
    const problem = 'it is not well percent-encoded UTF-8'
    throw new TailfoldError('invalid-id', `The entity id is not valid: ${problem}.`, { problem })
  }
  checkEntityId(entityId, maxIdBytes)
  return entityId
}

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment)
  } catch {
    return undefined
  }
}
