/** What keeps bytes in memory for a client; cutting it off frees them. */
export type CutOff = () => void

/**
 * Bounds what all clients together make a server keep: requests that arrive slowly or wait for their turn, answers that are
 * read slowly.
 */
export interface MemoryBudget {
  /** Adds bytes to what is kept for a client. Beyond the bound, those who began first are cut off until it is met. */
  keep(cutOff: CutOff, bytes: number): void
  /** Counts nothing any more for a client. */
  release(cutOff: CutOff): void
}

/** Clients that are done quickly are never among those who began first. */
export function memoryBudget(maxBytes: number): MemoryBudget {
  const kept = new Map<CutOff, number>()
  let total = 0

  function release(cutOff: CutOff): void {
    total -= kept.get(cutOff) ?? 0
    kept.delete(cutOff)
  }

  return {
    keep(cutOff, bytes) {
      kept.set(cutOff, (kept.get(cutOff) ?? 0) + bytes)
      total += bytes
      for (const [oldest] of kept) {
        if (total <= maxBytes) return
        release(oldest)
        oldest()
      }
    },
    release,
  }
}
