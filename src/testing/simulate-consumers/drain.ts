import type { Change } from '../../core/journal/journal.ts'
import type { RowStore } from '../../journal/row-store.ts'
import { catchUp, heldEntities, retryParked } from '../../consumers/index.ts'
import type { Deliverer } from './deliverer.ts'
import type { Target } from './target.ts'

/** What ending a history needs. */
export interface DrainOptions {
  /** Starts a process that nothing keeps from its work. */
  readonly start: () => Deliverer
  readonly rows: RowStore
  readonly target: Target
  /** Every commit there is. */
  readonly changes: readonly Change[]
  readonly consumerIds: readonly string[]
}

/** At most four handlers of an entity fail by what passes by itself, each twice. */
const rounds = 9

/**
 * Ends a history as an operator does: catches up what was lost, mends the code, and retries what is parked. A parked entity
 * must wait for that, and nothing else may.
 */
export async function drain({ start, rows, target, changes, consumerIds }: DrainOptions): Promise<{
  readonly problems: readonly string[]
  /** Entities that were parked until then, by consumer id. */
  readonly held: ReadonlyMap<string, readonly string[]>
}> {
  const problems: string[] = []
  const { consumers } = start()
  // What passes by itself may take several.
  for (let round = 0; round < rounds; round++) if ((await catchUp(consumers)).failed === 0) break
  const held = new Map<string, readonly string[]>()
  for (const id of consumerIds) {
    const { entities } = await heldEntities(rows, id, 'parked')
    held.set(
      id,
      entities.map(({ key }) => key),
    )
  }
  target.mend()
  if ([...held.values()].some((keys) => keys.length > 0))
    problems.push(...(await release({ start, rows, target, changes, held, consumers })))
  const { ok } = await consumers.health()
  if (!ok) problems.push('consumers are not well after everything was mended')
  return { problems, held }
}

/** Retries what is parked: until then it must wait. */
async function release({
  start,
  rows,
  target,
  changes,
  held,
  consumers,
}: Omit<DrainOptions, 'consumerIds'> & {
  readonly held: ReadonlyMap<string, readonly string[]>
  readonly consumers: Deliverer['consumers']
}): Promise<readonly string[]> {
  const problems: string[] = []
  const ofHeld = () => target.effects.filter(({ key }) => held.get('stepping@1')?.includes(key)).length
  const before = ofHeld()
  await catchUp(consumers)
  if (ofHeld() > before) problems.push('a parked entity was delivered without a retry')
  for (const [id, keys] of held) for (const key of keys) await retryParked(rows, id, key)
  // An error that passes by itself may come in between.
  const other = start().consumers
  for (let round = 0; round < rounds; round++) {
    const reports = await other.deliverHeld()
    if (reports.every(({ failed }) => failed.length === 0)) break
  }
  const reports = await consumers.deliver(changes)
  if (reports.some((report) => report.held > 0))
    problems.push('an entity is held after it was released and delivered')
  return problems
}
