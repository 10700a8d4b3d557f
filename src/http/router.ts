import { checkEntityId } from '../core/base/entity-key.ts'
import { TailfoldError } from '../core/base/errors.ts'
import { HttpProblem, invalidCommand } from './problem/problem.ts'
import type { Route } from './route.ts'

/** What a path names. */
export interface Resource {
  /** Its routes, one a method; none for `*`, the server as a whole. */
  readonly routes: readonly Route[]
  /** The decoded parameters; empty where the path has none. */
  readonly entityType: string
  readonly entityId: string
  readonly command: string
}

/** Finds what a raw path names. Throws `not-found`, `unknown-entity-type`, `invalid-id` or `invalid-command`. */
export type Router = (path: string) => Resource

/**
 * Makes the router of an app. A path is split first and each segment decoded once, so `%2F` is a slash of the id. Entity
 * types and literal segments have one spelling, so that a rule by path in front of the app cannot be bypassed.
 */
export function router(routes: readonly Route[], entityTypes: readonly string[], maxIdBytes: number): Router {
  const patterns = routes.map((route) => ({ route, segments: route.path.slice(1).split('/') }))

  return (path) => {
    const nothing = { routes: [], entityType: '', entityId: '', command: '' }
    if (path === '*') return nothing
    const segments = path.slice(1).split('/')
    const [first = '', id = '', name = ''] = segments
    const found = patterns.filter(
      ({ segments: pattern }) =>
        pattern.length === segments.length &&
        pattern.every((part, at) => (isParameter(part) ? segments[at] !== '' : part === segments[at])),
    )
    if (!path.startsWith('/') || found.length === 0) throw notFound(patterns)
    const own = found.map(({ route }) => route).filter(({ of }) => of === 'server')
    if (own.length > 0) {
      const at = own[0]?.path.slice(1).split('/').indexOf('{id}') ?? -1
      return { ...nothing, routes: own, entityId: at < 0 ? '' : decodeId(segments[at] ?? '', maxIdBytes) }
    }
    const below = patterns.filter(({ segments: [root] }) => root === first)
    if (below.length > 0) throw notFound(below)
    if (!entityTypes.includes(first))
      throw new HttpProblem('unknown-entity-type', `The entity types here are ${entityTypes.join(', ')}.`)
    const isCommand = found.some(({ segments: pattern }) => pattern[2] === '{Command}')
    return {
      routes: found.map(({ route }) => route),
      entityType: first,
      entityId: segments.length > 1 ? decodeId(id, maxIdBytes) : '',
      command: isCommand ? decodeCommand(name) : '',
    }
  }
}

/** First segments that no entity type may be named after: `health`. */
export function reservedSegments(routes: readonly Route[]): readonly string[] {
  return routes.filter(({ of }) => of === 'server').map(({ path }) => path.split('/')[1] ?? '')
}

/** The methods of a resource, as the `Allow` header lists them. */
export function allowedMethods({ routes }: Resource): readonly string[] {
  const methods = routes.map(({ method }) => method)
  return [
    ...(methods.includes('GET') ? ['GET', 'HEAD'] : []),
    ...(methods.includes('POST') ? ['POST'] : []),
    'OPTIONS',
  ]
}

const isParameter = (segment: string) => segment.startsWith('{')

function notFound(patterns: ReadonlyArray<{ readonly route: Route }>): HttpProblem {
  const paths = new Set(patterns.map(({ route }) => route.path))
  return new HttpProblem('not-found', `The paths here are ${[...paths].join(', ')}.`)
}

function decodeId(segment: string, maxIdBytes: number): string {
  const entityId = decode(segment)
  if (entityId === undefined) {
    const problem = 'it is not percent-encoded UTF-8'
    throw new TailfoldError('invalid-id', `The entity id is not valid: ${problem}.`, { problem })
  }
  checkEntityId(entityId, maxIdBytes)
  return entityId
}

/** Letters, digits, `-`, `.`, `_` and `~`, which no encoder encodes. Source: https://www.rfc-editor.org/rfc/rfc3986#section-2.3 */
const encodedNeedlessly = /%(?:2[de]|3\d|4[1-9a-f]|5[\daf]|6[1-9a-f]|7[\dae])/i

function decodeCommand(segment: string): string {
  const command = decode(segment)
  if (command === undefined) throw invalidCommand('its name in the path is not percent-encoded UTF-8')
  if (encodedNeedlessly.test(segment)) {
    throw invalidCommand('its name in the path encodes characters that need no encoding')
  }
  return command
}

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment)
  } catch {
    return undefined
  }
}
