/** How many records to ask for when recovering, learned from what recoveries of a type needed. */
export interface PageSize {
  of(entityType: string): number
  /** A recovery needed `tail` commits after the state that was found, and `ofState` records for the state itself. */
  learn(entityType: string, tail: number, ofState: number): void
}

/** Where nothing is known yet: four records of up to 1 KB each make one read unit. */
const first = 4
/** A state that rides in the newest commit, and the commit before, from which its hash follows. */
const smallest = 2
/** A bound for the worst; the snapshot policy keeps tails far shorter. */
const largest = 1_000
/** Half of a surplus is forgotten in 460 recoveries: a snapshot interval passes without a second request. */
const forgetting = 0.0015

/**
 * Follows the longest tail met lately, so that one request nearly always suffices; what that reads too much is bounded,
 * for the snapshot policy bounds the tail. Grows at once and shrinks slowly. After the longest tail so far it asks for
 * one more: the tail of an entity in use is a commit longer at the next load.
 */
export function learnPageSize(): PageSize {
  const longest = new Map<string, { readonly size: number; readonly growing: boolean }>()
  return {
    of(entityType) {
      const { size, growing } = longest.get(entityType) ?? { size: first, growing: false }
      return Math.round(size) + (growing ? 1 : 0)
    },
    learn(entityType, tail, ofState) {
      const needed = Math.min(largest, Math.max(smallest, tail + ofState))
      const { size } = longest.get(entityType) ?? { size: needed }
      const growing = tail > 0 && needed >= Math.round(size) && needed < largest
      longest.set(entityType, { size: Math.max(needed, size - (size - needed) * forgetting), growing })
    },
  }
}
