import type { Change } from '../../core/journal/journal.ts'
import type { RowStore } from '../../journal/row-store.ts'
import { catchUp, heldEntities, retryParked } from '../../consumers/index.ts'
import type { Deliverer } from './deliverer.ts'
import type { Target } from './target.ts'

/** What ending a history needs. */
export interface DrainOptions {
  readonly start: (healthy: boolean) => Deliverer
  readonly rows: RowStore
  readonly target: Target
  /** Every commit there is. */
  readonly changes: readonly Change[]
}

const consumerId = 'stepping@1'
/** At most three handlers of an entity fail by what passes by itself, each twice. */
const rounds = 7

/**
 * Ends a history as an operator does: catches up what was lost, mends the code, and retries what is parked. A parked entity
 * must wait for that, and nothing else may.
 */
export async function drain({ start, rows, target, changes }: DrainOptions): Promise<{
  readonly problems: readonly string[]
  /** Entities that were parked until then. */
  readonly held: readonly string[]
}> {
  const problems: string[] = []
  const { consumers } = start(true)
  // What passes by itself may take several.
  for (let round = 0; round < rounds; round++) await catchUp(consumers)
  const { entities } = await heldEntities(rows, consumerId, 'parked')
  const ofHeld = () =>
    target.effects.filter(({ key }) => entities.some((entity) => entity.key === key)).length
  const before = ofHeld()
  target.deploy('mended')
  await catchUp(consumers)
  if (ofHeld() > before) problems.push('a parked entity was delivered without a retry')
  for (const { key } of entities) await retryParked(rows, consumerId, key)
  // An error that passes by itself may come in between.
  const other = start(true).consumers
  for (let round = 0; round < rounds; round++) await other.deliverHeld()
  const reports = await consumers.deliver(changes)
  if (reports.some(({ held }) => held > 0))
    problems.push('an entity is held after it was released and delivered')
  const { ok } = await consumers.health()
  if (!ok) problems.push('consumers are not well after everything was mended')
  return { problems, held: entities.map(({ key }) => key) }
}
