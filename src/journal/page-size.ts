/** How many records to ask for when recovering an entity, learned from what its last recoveries needed. */
export interface PageSizes {
  of(key: string): number
  /** A recovery needed so many records: the state and the commits after it. */
  learn(key: string, needed: number): void
}

/** A bound for the worst; the snapshot policy keeps tails far shorter. */
const largest = 1_000
/** Half of a surplus is forgotten in 460 recoveries: a snapshot interval passes without a second request. */
const forgetting = 0.0015
/** Entities remembered at most; the one that was recovered longest ago goes first. */
const mostEntities = 1_000

/**
 * Follows the longest tail that an entity had lately, so that one request nearly always suffices: 1.00 queries for a cold
 * command on a state of 10 KB, where it is 2 without (test/stores/dynamodb/large-state.test.ts). What it reads too much is
 * bounded, for the snapshot policy bounds the tail. It grows at once and shrinks slowly. After the longest tail so far it
 * asks for one more, for the tail of an entity in use is a commit longer at the next load. Entities for which `first`
 * records suffice are not remembered.
 *
 * @param first Records to ask for where nothing is known.
 */
export function learnPageSizes(first: number): PageSizes {
  const learned = new Map<string, { readonly size: number; readonly growing: boolean }>()
  return {
    of(key) {
      const { size, growing } = learned.get(key) ?? { size: first, growing: false }
      return Math.round(size) + (growing ? 1 : 0)
    },
    learn(key, records) {
      const needed = Math.min(largest, Math.max(first, records))
      const { size } = learned.get(key) ?? { size: first }
      const growing = records >= Math.round(size) && records < largest
      const next = Math.max(needed, size - (size - needed) * forgetting)
      learned.delete(key)
      if (!growing && Math.round(next) <= first) return
      learned.set(key, { size: next, growing })
      const [oldest] = learned.size > mostEntities ? learned.keys() : []
      if (oldest !== undefined) learned.delete(oldest)
    },
  }
}
