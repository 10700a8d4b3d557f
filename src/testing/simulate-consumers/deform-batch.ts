import type { Change } from '../../core/journal/journal.ts'
import type { ConsumerFault } from './classes.ts'
import { type ConsumersPlan, strikes } from './plan.ts'

/** One or more batches as a feed may deliver one; those of one list at the same time. */
export type Deformed = readonly (readonly Change[])[]

/** What a feed makes of a batch. `all` is what it has delivered so far. Sets `lossy` where a change is in no batch. */
export function deformBatch(
  plan: ConsumersPlan,
  number: number,
  batch: readonly Change[],
  all: readonly Change[],
  add: (fault: ConsumerFault) => void,
): { readonly batches: Deformed; readonly lossy: boolean } {
  let changes = batch
  let lossy = false
  const on = (fault: ConsumerFault) => {
    const struck = strikes(plan, number, fault)
    if (struck) add(fault)
    return struck
  }
  if (on('duplicate')) changes = changes.flatMap((change) => [change, change])
  if (on('reorder-in-entity')) changes = changes.toReversed()
  if (on('reorder-across')) changes = changes.toSorted((a, b) => (a.key < b.key ? 1 : -1))
  if (on('lost-record')) changes = changes.map(({ key, revision }) => ({ key, revision }))
  if (on('stale-after-newer')) changes = [...changes, ...all.slice(0, 3)]
  if (on('replay-from-horizon')) changes = [...all, ...changes]
  if (on('lost-change')) {
    changes = changes.slice(1)
    lossy = true
  }
  if (on('shard-split')) {
    const keys = [...new Set(changes.map(({ key }) => key))]
    const first = new Set(keys.slice(0, Math.ceil(keys.length / 2)))
    const [left, right] = [true, false].map((side) => changes.filter(({ key }) => first.has(key) === side))
    return { batches: [left ?? [], right ?? []], lossy }
  }
  return { batches: [changes], lossy }
}
