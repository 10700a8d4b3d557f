import { oneRequest } from '../../core/base/cost.ts'
import type { Change, ChangeFeed } from '../../core/journal/journal.ts'
import { feedLost } from '../../core/base/failures.ts'
import type { StoredRecord } from '../../journal/store.ts'

/** The order of the appends to a store in memory. */
export interface MemoryFeed extends Required<ChangeFeed> {
  /** To be called in the same turn as the append. */
  add(key: string, revision: number): void
}

/**
 * Starts the feed of a store in memory. A cursor is `<life>.<number of changes read>`.
 *
 * @param recordAt The commit record at a place, `undefined` when it was removed.
 */
export function memoryFeed(
  recordAt: (key: string, revision: number) => StoredRecord | undefined,
): MemoryFeed {
  const life = globalThis.crypto.randomUUID()
  const appended: (readonly [key: string, revision: number])[] = []
  const waiting = new Set<() => void>()

  function positionOf(cursor: string | undefined): number {
    if (cursor === undefined) return 0
    const [of, position = ''] = cursor.split('.')
    if (of === life && /^\d+$/.test(position)) return Number(position)
    throw feedLost('the cursor is not of this store in memory, which began empty')
  }

  return {
    add(key, revision) {
      appended.push([key, revision])
      for (const wake of waiting) wake()
      waiting.clear()
    },

    async changes(cursor, limit, { meter } = {}) {
      meter?.(oneRequest)
      const from = positionOf(cursor)
      const to = Math.min(from + limit, appended.length)
      const changes = appended.slice(from, to).flatMap(([key, revision]): Change[] => {
        const record = recordAt(key, revision)
        return record === undefined ? [] : [{ key, revision, record }]
      })
      return { changes, cursor: `${life}.${to}`, more: to < appended.length }
    },

    async waitForChanges(cursor, { signal } = {}) {
      if (positionOf(cursor) < appended.length || signal?.aborted === true) return
      await new Promise<void>((resolve) => {
        const wake = () => {
          waiting.delete(wake)
          signal?.removeEventListener('abort', wake)
          resolve()
        }
        waiting.add(wake)
        signal?.addEventListener('abort', wake, { once: true })
      })
    },
  }
}
