import type { Meter } from '../core/base/cost.ts'
import type { EntityKey } from '../core/base/entity-key.ts'
import type { DurableState } from '../core/journal/journal.ts'
import { decodeRidingState, decodeState } from './codec.ts'
import { storeKey } from './key.ts'
import type { Store } from './store.ts'

/** Commits looked at first; where states ride along nearly always, the very first one carries one. */
const firstLook = 1
/** How many times as many commits the next look takes in, up to the largest. */
const widening = 16
const largestLook = 1_000

/** What a past state may be taken from. */
export interface StateUpToOptions {
  /** States of another schema version are passed over; `undefined`: any will do. */
  readonly schemaVersion: number | undefined
  readonly meter: Meter | undefined
}

/**
 * The newest durable state at or before a revision: one that rides with a commit, or the snapshot; `undefined` when the
 * entity has to be folded from its beginning, `'ahead'` when it has not come to the revision. One request where the commit
 * at `upTo` carries its state, and for a revision ahead, however far.
 */
export async function stateUpTo(
  store: Store,
  entity: EntityKey,
  upTo: number,
  { schemaVersion, meter }: StateUpToOptions,
): Promise<DurableState | 'ahead' | undefined> {
  const key = storeKey(entity)
  let snapshot: DurableState | undefined
  for (
    let last = upTo, look = firstLook;
    last > (snapshot?.revision ?? 0);
    look = Math.min(look * widening, largestLook)
  ) {
    const first = Math.max(1, last - look + 1)
    const { commits } = await store.range(key, first, last - first + 1, { meter })
    if (last === upTo && commits.length === 0) return 'ahead'
    for (const commit of commits.toReversed()) {
      if (commit.revision > upTo) continue
      const riding = decodeRidingState(entity, commit, schemaVersion)
      if (riding !== undefined) return riding
    }
    if (last === upTo && first > 1) snapshot = await snapshotUpTo()
    last = first - 1
  }
  return snapshot

  async function snapshotUpTo(): Promise<DurableState | undefined> {
    const { snapshot: stored } = await store.recover(key, 2, { meter })
    const fits = schemaVersion === undefined || stored?.schemaVersion === schemaVersion
    if (stored === undefined || !fits || stored.revision > upTo) return undefined
    return decodeState(entity, stored.revision, stored.record)
  }
}
