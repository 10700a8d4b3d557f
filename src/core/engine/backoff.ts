/**
 * Estimates contention for each entity, and sets the pause after a lost race.
 *
 * Pauses are measured in round trips, for that is how long an attempt can be overtaken. Losers spread out, twice as far
 * each time, so that few of many writers are awake together; that, not speed, keeps requests few. A command that has
 * lost often pauses less than one that is new. The first loss of a command that began on a warm view says nothing of
 * contention: somebody else wrote since, and it retries at once. With 16 writers on one entity: 1.6 requests for each
 * success with warm caches, 2.9 without (test/system/contention prints them).
 */
export interface Backoff {
  /** The longest pause after a command's n-th conflict, in milliseconds; 0 for the first after a calm time. */
  pauseAfterConflict(entity: string, nth: number): number
  /** A commit of the entity went through at its first attempt. */
  calm(entity: string): void
}

const firstSpread = 32
const longestSpread = 256
const calming = 0.9
const longestPauseMs = 400

/** Entities whose spread is known at a time; contention on more of them is found again. */
const mostEntities = 1_000

/** Starts calm. Shared by all commands of an engine: the next one need not find out again. */
export function startBackoff(roundTripMs: () => number): Backoff {
  const spreads = new Map<string, number>()
  return {
    pauseAfterConflict(entity, nth) {
      const spread = spreads.get(entity) ?? 0
      spreads.delete(entity)
      spreads.set(entity, Math.min(longestSpread, Math.max(firstSpread, spread * 2)))
      for (const oldest of spreads.keys()) {
        if (spreads.size <= mostEntities) break
        spreads.delete(oldest)
      }
      return Math.min(longestPauseMs, (spread * roundTripMs()) / Math.max(1, nth - 1))
    },
    calm(entity) {
      const spread = spreads.get(entity)
      if (spread === undefined) return
      if (spread * calming < 1) spreads.delete(entity)
      else spreads.set(entity, spread * calming)
    },
  }
}
