import type { HttpRequest, HttpResponse } from '../message.ts'
import { HttpProblem, invalidCommand } from '../problem/problem.ts'
import { emptyResponse } from '../response.ts'

/** An entity tag as a condition names it. */
interface Tag {
  readonly isWeak: boolean
  /** What stands between the quotes. */
  readonly opaque: string
  /** The revision it names; `undefined` where it is not one of ours. */
  readonly revision: number | undefined
}

type Condition = '*' | readonly Tag[] | 'malformed' | undefined

/** What a command demands of the revision it is decided on. */
export interface Preconditions {
  /** The one revision that is allowed; `undefined` where none or several are. */
  readonly only: number | undefined
  /** Whether any existing entity will do: no write can then break the condition. */
  readonly isLasting: boolean
  holds(revision: number): boolean
}

/**
 * The preconditions of a command; `undefined` without any. Tags are compared by their revision: strongly in `If-Match`,
 * weakly in `If-None-Match`. Throws `invalid-command` on a header that is not a list of entity tags.
 * Source: https://www.rfc-editor.org/rfc/rfc9110#section-13.1
 */
export function readPreconditions(headers: HttpRequest['headers']): Preconditions | undefined {
  const ifMatch = readCondition(headers['if-match'])
  const ifNoneMatch = readCondition(headers['if-none-match'])
  if (ifMatch === 'malformed' || ifNoneMatch === 'malformed') {
    throw invalidCommand('If-Match and If-None-Match take entity tags in double quotes, such as "7", or *')
  }
  if (ifMatch === undefined && ifNoneMatch === undefined) return undefined
  const [tag, ...others] = ifMatch === '*' || ifMatch === undefined ? [] : ifMatch
  const isSingle = ifNoneMatch === undefined && others.length === 0 && tag?.isWeak === false
  return {
    only: isSingle ? tag.revision : ifNoneMatch === '*' ? 0 : undefined,
    isLasting: ifMatch === '*' && ifNoneMatch === undefined,
    holds: (revision) =>
      (ifMatch === undefined || matches(ifMatch, revision)) &&
      (ifNoneMatch === undefined ||
        (ifNoneMatch === '*' ? revision === 0 : !ifNoneMatch.some((listed) => listed.revision === revision))),
  }
}

function matches(ifMatch: '*' | readonly Tag[], revision: number): boolean {
  return ifMatch === '*' ? revision > 0 : ifMatch.some((tag) => !tag.isWeak && tag.revision === revision)
}

/**
 * The answer to a read under the preconditions of its request: itself, 304, or a problem with 412. A header that is not a
 * list of entity tags matches nothing.
 */
export function conditional({ headers }: HttpRequest, response: HttpResponse): HttpResponse {
  const { etag } = response.headers
  if (headers['if-match'] === undefined && headers['if-none-match'] === undefined) return response
  const [own] = etag === undefined ? [] : (tagsOf(etag) ?? [])
  if (response.status !== 200 || etag === undefined || own?.revision === undefined) return response
  const ifMatch = readCondition(headers['if-match'])
  if (ifMatch !== undefined && (ifMatch === 'malformed' || !matches(ifMatch, own.revision))) {
    const detail = `The entity is at revision ${own.revision}, which If-Match does not allow.`
    throw new HttpProblem('revision-mismatch', detail, {
      fields: { actual: own.revision },
      headers: { etag },
    })
  }
  const ifNoneMatch = readCondition(headers['if-none-match'])
  if (ifNoneMatch === undefined || ifNoneMatch === 'malformed') return response
  const isKnown = ifNoneMatch === '*' || ifNoneMatch.some(({ opaque }) => opaque === own.opaque)
  const { 'content-type': _, ...kept } = response.headers
  return isKnown ? emptyResponse(304, kept) : response
}

function readCondition(header: string | undefined): Condition {
  if (header === undefined) return undefined
  return header.trim() === '*' ? '*' : (tagsOf(header) ?? 'malformed')
}

/** Source: https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3; empty elements are allowed in a list. */
const tagOrNothing = /[ \t]*(?:(W\/)?"([!#-~\x80-\u{10ffff}]*)"[ \t]*)?(?:,|$)/uy

function tagsOf(header: string): readonly Tag[] | undefined {
  const tags: Tag[] = []
  tagOrNothing.lastIndex = 0
  while (tagOrNothing.lastIndex < header.length) {
    const [found, weak, opaque] = tagOrNothing.exec(header) ?? []
    if (found === undefined) return undefined
    if (opaque === undefined) continue
    const digits = /^(0|[1-9]\d{0,14})(?:~|$)/.exec(opaque)?.[1]
    tags.push({
      isWeak: weak !== undefined,
      opaque,
      revision: digits === undefined ? undefined : Number(digits),
    })
  }
  return tags.length === 0 ? undefined : tags
}
