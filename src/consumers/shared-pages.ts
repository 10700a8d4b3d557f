import type { ChangeFeed, ChangePage } from '../core/journal/journal.ts'

/** How long a page is handed out again: consumers that follow side by side ask for it within that time. */
const sharedForMs = 50

/**
 * A feed that reads the newest page once for all who ask for it: consumers of one process that are at the same place. A page
 * without changes is read each time, and so is one that failed.
 */
export function sharedPages(feed: ChangeFeed, now: () => number): ChangeFeed {
  let shared:
    | {
        readonly cursor: string
        readonly limit: number
        readonly until: number
        readonly page: Promise<ChangePage>
      }
    | undefined

  async function changes(
    ...[cursor, limit, request]: Parameters<ChangeFeed['changes']>
  ): Promise<ChangePage> {
    if (cursor === undefined) return feed.changes(cursor, limit, request)
    if (shared?.cursor === cursor && shared.limit === limit && now() < shared.until) return shared.page
    const page = feed.changes(cursor, limit, request)
    const own = { cursor, limit, until: now() + sharedForMs, page }
    shared = own
    const forget = () => {
      if (shared === own) shared = undefined
    }
    page.then(({ changes: found }) => found.length === 0 && forget(), forget)
    return page
  }

  if (feed.waitForChanges === undefined) return { changes }
  return { changes, waitForChanges: feed.waitForChanges.bind(feed) }
}
