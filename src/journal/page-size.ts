/** How many records to ask for when recovering, learned from what recoveries of a type needed. */
export interface PageSize {
  of(entityType: string): number
  /** `needed` records would have been enough: the snapshot and the commits after the state that was found. */
  learn(entityType: string, needed: number): void
}

/** Four records of up to 1 KB each make one read unit: asking for fewer saves nothing. */
const smallest = 4
/** A bound for the worst; the snapshot policy keeps tails far shorter. */
const largest = 1_000
/** The tail of an entity in use is a commit longer at the next load. */
const headroom = 1
/** Half of a surplus is forgotten in 460 recoveries: a snapshot interval passes without a second request. */
const forgetting = 0.0015

/**
 * Follows the longest tail met lately, so that one request nearly always suffices; what that reads too much is bounded,
 * for the snapshot policy bounds the tail. Grows at once and shrinks slowly.
 */
export function learnPageSize(): PageSize {
  const sizes = new Map<string, number>()
  return {
    of: (entityType) => Math.ceil(sizes.get(entityType) ?? smallest),
    learn(entityType, needed) {
      const size = sizes.get(entityType) ?? smallest
      const wanted = Math.min(largest, Math.max(smallest, needed + headroom))
      sizes.set(entityType, size - wanted < 1 ? wanted : size - (size - wanted) * forgetting)
    },
  }
}
