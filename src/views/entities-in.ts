import type { RequestOptions } from '../core/base/cost.ts'
import type { EntityKey } from '../core/base/entity-key.ts'
import type { ChangeFeed } from '../core/journal/journal.ts'
import { entityOf } from '../journal/key.ts'
import type { Store } from '../journal/store.ts'
import { keysFeed } from './keys-feed.ts'

const pageSize = 500

/** Pages of the entities of some types, each entity once. */
export type ListEntities = (request: RequestOptions) => AsyncIterable<readonly EntityKey[]>

/** What lists the entities of some types: a feed, or the keys or the feed of a store; `undefined` without any. */
export function entitiesIn(
  entityTypes: ReadonlySet<string>,
  {
    feed,
    store,
  }: { readonly feed?: ChangeFeed | undefined; readonly store?: Pick<Store, 'keys' | 'changes'> | undefined },
): ListEntities | undefined {
  if (feed !== undefined) return firstCommits(feed, entityTypes)
  const { keys, changes } = store ?? {}
  if (store !== undefined && keys !== undefined)
    return pagesOf(keysFeed({ keys: keys.bind(store) }, entityTypes), entityTypes, () => true)
  return store !== undefined && changes !== undefined
    ? firstCommits({ changes: changes.bind(store) }, entityTypes)
    : undefined
}

/** Every entity has exactly one commit with revision 1. */
function firstCommits(feed: ChangeFeed, entityTypes: ReadonlySet<string>): ListEntities {
  return pagesOf(feed, entityTypes, (revision) => revision === 1)
}

function pagesOf(
  feed: ChangeFeed,
  entityTypes: ReadonlySet<string>,
  isOne: (revision: number) => boolean,
): ListEntities {
  return async function* pages(request) {
    for (let cursor: string | undefined; ; ) {
      const page = await feed.changes(cursor, pageSize, request)
      const entities = page.changes
        .filter(({ revision }) => isOne(revision))
        .flatMap(({ key }) => entityOf(key) ?? [])
      yield entities.filter(({ entityType }) => entityTypes.has(entityType))
      if (!page.more) return
      ;({ cursor } = page)
    }
  }
}
