import type { StateConsumer } from './consumer.ts'
import { isTailfoldError } from '../core/base/errors.ts'
import type { Delivery } from './delivery.ts'
import { cutOff, passesByItself } from './handle-commits.ts'
import { type Hint, hintsOf } from './hints.ts'
import { entityOfKey } from './missing-commits.ts'
import { inParallel } from './parallel.ts'
import { holdAt } from './position-row.ts'
import type { Change } from '../core/journal/journal.ts'

/** Entities updated at once. */
const lanes = 16

/** Brings a consumer of states up to date with the entities of a batch. Never throws: what failed is in the tally. */
export async function updateStates(
  delivery: Delivery<StateConsumer>,
  changes: readonly Change[],
): Promise<void> {
  const hints = hintsOf(changes, delivery.consumer.entityTypes)
  await inParallel(hints, lanes, async (hint) => updateState(delivery, hint))
}

/** Brings it up to date with one entity. One that cannot be is parked, and its later states are tried all the same. */
export async function updateState(delivery: Delivery<StateConsumer>, hint: Hint): Promise<void> {
  const { consumer, journal, rows, platform, tally, request, takesHeld, mayBegin } = delivery
  try {
    if (!(await mayBegin())) return tally.failed(hint, cutOff())
    const entity = entityOfKey(journal, hint.key)
    const newest = Number.isFinite(hint.head)
      ? (hint.records.get(hint.head) ?? { key: hint.key, revision: hint.head })
      : undefined
    await consumer.update({ entity, newest, journal, rows, now: platform.now(), request })
    const commit = newest && journal.readChange(newest).commit
    tally.handled(commit === undefined ? [] : [commit], platform.now())
    if (takesHeld) await hold(delivery, hint.key, undefined)
  } catch (error) {
    // A store that refuses is not the fault of the entity.
    if (passesByItself(error) || isTailfoldError(error, 'store-unavailable')) return tally.failed(hint, error)
    await park(delivery, hint, error).catch((failure: unknown) => tally.failed(hint, failure))
  }
}

async function park(delivery: Delivery<StateConsumer>, { key, head }: Hint, error: unknown): Promise<void> {
  await hold(delivery, key, { error })
  delivery.tally.parked({ key, revision: Number.isFinite(head) ? head : undefined, error })
}

/** Holds an entity for what its state led to, or releases it. */
async function hold(
  { positions, platform, request }: Delivery<StateConsumer>,
  key: string,
  failed: { readonly error: unknown } | undefined,
): Promise<void> {
  for (;;) {
    const position = await positions.readAgain(key, request)
    if (failed === undefined && position.hold === undefined) return
    const next = failed && holdAt('parked', platform.now(), position.hold, failed.error)
    if (await positions.move(key, position, { revision: position.revision, hold: next }, request)) return
  }
}
