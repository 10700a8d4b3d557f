import type { ChangeFeed } from '../core/journal/journal.ts'
import { entityOf } from '../journal/key.ts'
import type { Store } from '../journal/store.ts'

/** Hints of an unknown revision: what is there is read. */
const unknownRevision = Infinity

/**
 * The entities of a store as a feed that ends: one change for each, without its record, so that a consumer of states reads
 * the newest state. The cursor is the last key. What begins while it is read may be missed: that is for the live feed.
 */
export function keysFeed(
  { keys }: Pick<Required<Store>, 'keys'>,
  entityTypes: ReadonlySet<string>,
): ChangeFeed {
  return {
    async changes(cursor = '', limit, request) {
      const page = await keys('', cursor, limit, request)
      const changes = page.keys
        .filter((key) => entityTypes.has(entityOf(key)?.entityType ?? ''))
        .map((key) => ({ key, revision: unknownRevision }))
      return { changes, cursor: page.keys.at(-1) ?? cursor, more: page.more }
    },
  }
}
