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
  const patterns = routes.map(patternOf)
  const ofServer = patterns.filter(({ route }) => route.of === 'server')
  const ofEntities = patterns.filter(({ route }) => route.of === 'entity')
  const reserved = new Set(reservedSegments(routes))
  const isAnyOfServer = ofServer.some(({ segments: [root] }) => root?.startsWith('{'))
  const types = new Set(entityTypes)
  const nothing = { routes: [], entityType: '', entityId: '', command: '' }

  return (path) => {
    if (path === '*') return nothing
    const segments = segmentsOf(path)
    const [first = '', id = '', name = ''] = segments
    if (isAnyOfServer || reserved.has(first)) {
      const found = ofServer.filter((pattern) => matches(pattern, segments))
      const [own] = found
      if (own !== undefined) {
        const entityId = own.idAt < 0 ? '' : decodeId(segments[own.idAt] ?? '', maxIdBytes)
        return { ...nothing, routes: found.map(({ route }) => route), entityId }
      }
      if (reserved.has(first)) throw notFound(ofServer.filter(({ segments: [root] }) => root === first))
    }
    const found = ofEntities.filter((pattern) => matches(pattern, segments))
    if (found.length === 0) throw notFound(patterns)
    if (!types.has(first))
      throw new HttpProblem('unknown-entity-type', `The entity types here are ${entityTypes.join(', ')}.`)
    return {
      routes: found.map(({ route }) => route),
      entityType: first,
      entityId: segments.length > 1 ? decodeId(id, maxIdBytes) : '',
      command: found.some(({ isCommand }) => isCommand) ? decodeCommand(name) : '',
    }
  }
}

/** As `split('/')` of what follows the first slash, in half the time. */
function segmentsOf(path: string): readonly string[] {
  const segments: string[] = []
  for (let at = path.startsWith('/') ? 1 : 0; at > 0; ) {
    const end = path.indexOf('/', at)
    segments.push(path.slice(at, end < 0 ? path.length : end))
    at = end + 1
  }
  return segments
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

interface Pattern {
  readonly route: Route
  readonly segments: readonly string[]
  /** Index of `{id}`; -1 without one. */
  readonly idAt: number
  /** Whether its third segment is the name of a command. */
  readonly isCommand: boolean
}

function patternOf(route: Route): Pattern {
  const segments = route.path.slice(1).split('/')
  return { route, segments, idAt: segments.indexOf('{id}'), isCommand: segments[2] === '{Command}' }
}

/** Runs for every route of every request, so it is a plain loop. */
function matches({ segments: pattern }: Pattern, segments: readonly string[]): boolean {
  if (pattern.length !== segments.length) return false
  for (let at = 0; at < pattern.length; at++) {
    const part = pattern[at] as string
    if (part.startsWith('{') ? segments[at] === '' : part !== segments[at]) return false
  }
  return true
}

function notFound(patterns: readonly Pattern[]): HttpProblem {
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
  if (!segment.includes('%')) return segment
  try {
    return decodeURIComponent(segment)
  } catch {
    return undefined
  }
}
