import type { HistoryReader } from '../engine/contract.ts'
import { checkOptions, checkWhole, kindOf } from './arguments.ts'

/** A page of the ids of one entity type, in the order of their percent-encoded form. */
export interface EntityPage {
  readonly entityIds: readonly string[]
  /** The `after` of the next page; absent on the last. */
  readonly next?: string
}

/** Which entities to list. */
export interface ListEntitiesOptions {
  /** Only ids after this one. Default: from the first. */
  readonly after?: string | undefined
  /** At most this many, 1 or more. */
  readonly limit: number
}

/**
 * Lists the entities of the reader's type and tenant that have commits; may miss those written in the last second.
 * `undefined` where the journal cannot list. Throws `TypeError` on options of another kind, and what the reader throws.
 */
export async function listEntities(
  reader: HistoryReader,
  options: ListEntitiesOptions,
): Promise<EntityPage | undefined> {
  checkOptions(options, '{ limit: 100 }')
  const { limit } = options
  let { after } = options
  if (after !== undefined && typeof after !== 'string') {
    throw new TypeError(`after must be a string, not ${kindOf(after)}.`)
  }
  checkWhole('limit', limit, 1)
  if (reader.entityIds === undefined) return undefined
  const found: string[] = []
  // One more than asked for tells whether the page is the last. A journal may return fewer and have more.
  for (let more = true; more && found.length <= limit; ) {
    const page = await reader.entityIds({ after, limit: limit + 1 - found.length })
    found.push(...page.entityIds)
    after = found.at(-1) ?? after
    more = page.more && page.entityIds.length > 0
  }
  const entityIds = found.slice(0, limit)
  const next = found.length > limit ? entityIds.at(-1) : undefined
  return { entityIds, ...(next !== undefined && { next }) }
}
