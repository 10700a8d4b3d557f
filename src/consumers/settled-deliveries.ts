import type { Change } from '../core/journal/journal.ts'
import type { DeliveringLease } from './delivering-lease.ts'
import type { FollowedConsumer } from './followed-consumer.ts'
import type { DeliveryReport } from './tally.ts'

/** Deliveries of a follower, which knows what of them must be delivered again. */
export interface SettledDeliveries {
  /** Delivers part of a feed, and with it what failed before of the same entities. */
  deliver(changes: readonly Change[], replay: boolean): Promise<void>
  /** Delivers what failed before, and what is held. */
  deliverAgain(): Promise<void>
  /** Leaves what failed to the follower that goes on at the place before it. */
  forget(): void
  /** Entities to be delivered again. */
  unsettled(): number
  /** Whether there are any, held ones included. */
  isFailing(): boolean
}

/** How long held entities keep a follower from its feed; then it goes on with them in its next round. */
const heldMs = 1_000

/** Starts with nothing to be delivered again. Each failure of an entity is reported. */
export function settledDeliveries(
  { consumers, consumer }: FollowedConsumer,
  mayBegin: DeliveringLease['mayBegin'],
  report: (error: unknown) => void,
): SettledDeliveries {
  const unsettled = new Map<string, Change & { readonly replay: boolean }>()
  /** A walk past all held entities may take several rounds. */
  const heldFail = { inThisWalk: false, inLastWalk: false }
  // Without the signal: what a handler did is written down even after the end was asked for.
  const options = { only: consumer, mayBegin }

  /** Takes what became of some changes: those that failed are delivered again. */
  function settle(reports: readonly DeliveryReport[], changes: readonly Change[], replay = true): void {
    const size = unsettled.size
    for (const { key } of changes) unsettled.delete(key)
    // What failed until now, and is held from now on, fails until the next walk tells.
    if (unsettled.size < size && reports.some(({ held }) => held > 0)) heldFail.inLastWalk = true
    for (const { failed } of reports)
      for (const { key, error } of failed) {
        const head = Math.max(
          0,
          ...changes.filter((change) => change.key === key).map(({ revision }) => revision),
        )
        if (head > 0) unsettled.set(key, { key, revision: head, replay })
        report(error)
      }
  }

  /** Delivers changes; those of entities that failed in a replay as part of it. */
  async function deliverParts(changes: readonly Change[], replay: boolean): Promise<void> {
    const old = new Set([...unsettled.values()].filter((one) => one.replay).map(({ key }) => key))
    for (const isReplay of [true, false]) {
      const part = changes.filter(({ key }) => (replay || old.has(key)) === isReplay)
      if (part.length > 0)
        settle(await consumers.deliver(part, { ...options, replay: isReplay }), part, isReplay)
    }
  }

  return {
    async deliver(changes, replay) {
      const again = [...unsettled.values()].filter(({ key }) => changes.some((change) => change.key === key))
      await deliverParts([...again, ...changes], replay)
    },
    async deliverAgain() {
      const again = [...unsettled.values()]
      await deliverParts(again, false)
      // What fails here stays held.
      const held = await consumers.deliverHeld({ ...options, forMs: heldMs })
      settle(held, [])
      heldFail.inThisWalk ||= held.some(({ failed }) => failed.length > 0)
      if (held.some(({ more }) => more)) return
      heldFail.inLastWalk = heldFail.inThisWalk
      heldFail.inThisWalk = false
    },
    forget() {
      unsettled.clear()
      heldFail.inThisWalk = false
      heldFail.inLastWalk = false
    },
    unsettled: () => unsettled.size,
    isFailing: () => unsettled.size > 0 || heldFail.inThisWalk || heldFail.inLastWalk,
  }
}
