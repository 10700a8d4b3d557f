import { describeEntity, type EntityKey } from '../base/entity-key.ts'
import type { Platform } from '../base/platform.ts'
import type { Decided } from './decided.ts'

/**
 * How many rejections with a command id this process recorded for each entity lately: without a limit one caller could
 * fill the period in which ids are remembered, and every other caller would pay for reading it.
 */
export interface RejectionCounts {
  /** Recorded in the current period, for this entity. */
  count(entity: EntityKey): number
  add(entity: EntityKey, rejections: number): void
}

/** Entities counted at a time; the longest ago is forgotten first. */
const mostEntities = 10_000

/** Counts in periods of that length, one after the other. */
export function startRejectionCounts(platform: Platform, periodMs: number): RejectionCounts {
  const counts = new Map<string, { readonly since: number; readonly recorded: number }>()
  const current = (name: string) => {
    const known = counts.get(name)
    return known !== undefined && platform.now() - known.since < periodMs ? known : undefined
  }
  return {
    count: (entity) => (counts.size === 0 ? 0 : (current(describeEntity(entity))?.recorded ?? 0)),
    add(entity, rejections) {
      if (rejections === 0) return
      const name = describeEntity(entity)
      const { since, recorded } = current(name) ?? { since: platform.now(), recorded: 0 }
      counts.delete(name)
      counts.set(name, { since, recorded: recorded + rejections })
      for (const oldest of counts.keys()) {
        if (counts.size <= mostEntities) break
        counts.delete(oldest)
      }
    },
  }
}

/** How many rejections of those are recorded. */
export function rejectionsIn(decided: readonly Decided[]): number {
  return decided.filter(({ receipt }) => receipt?.outcome.kind === 'rejected').length
}
