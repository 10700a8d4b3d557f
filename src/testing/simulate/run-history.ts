import { describeEntity } from '../../core/base/entity-key.ts'
import { frozenCopy, plainCopy } from '../../core/base/json.ts'
import { sleep } from '../../core/base/platform.ts'
import { type AnyEntity, resolveEntity } from '../../core/entity/entity.ts'
import type { TypedMessage } from '../../core/entity/message.ts'
import { parseCommand } from '../../core/entity/schema-checks.ts'
import type { Store } from '../../journal/store.ts'
import { startCallers, targetOf } from './callers.ts'
import { startFleet } from './fleet.ts'
import type { EntityRecord, History, Invocation } from './history.ts'
import type { Plan, PlannedTimedFault } from './plan.ts'
import { readEntity } from './read-entity.ts'
import { startStorage } from './storage.ts'
import { startWorld, type World } from './world.ts'

/** Runs a plan. Deterministic: equal plans and entities give equal histories. */
export async function runHistory(
  definition: AnyEntity,
  plan: Plan,
  openStore: () => Store,
): Promise<History> {
  const world = startWorld(plan.seed)
  const storage = startStorage(plan, world, openStore)
  const { entityType } = definition
  const callers = startCallers(entityType, world, await parseCommands(definition, plan, world))
  const fleet = startFleet(definition, plan, world, storage, callers.decided)

  function strike(fault: PlannedTimedFault): void {
    world.tally.add(fault.fault)
    if (fault.fault === 'restore') void storage.restore(world.elapsedMs() - fault.forMs)
    else fleet.strike(fault)
  }

  const { platform } = world
  for (const operation of plan.operations)
    platform.schedule(operation.atMs, () => callers.invoke(fleet.at(operation.process), operation))
  for (const fault of plan.timedFaults) platform.schedule(fault.atMs, () => strike(fault))
  do await sleep(platform, 60_000)
  while (platform.pending() > 0)

  const crashed = plan.crashAtWait !== undefined && fleet.at(plan.crashAtWait.process).process.crashed()
  const keys = new Map(
    plan.operations.map((operation) => {
      const key = targetOf(entityType, operation)
      return [describeEntity(key), key]
    }),
  )
  const entities = await Promise.all([...keys.values()].map((key) => readEntity(definition, storage, key)))
  const invocations = callers.invocations()
  tallyCircumstances(plan, world, invocations, entities)
  return { plan, invocations, entities, counts: world.tally.counts, crashed }
}

/** What handlers shall be given, by the number of the sending; commands that do not fit their schema have nothing. */
async function parseCommands(
  definition: AnyEntity,
  { operations }: Plan,
  { platform }: World,
): Promise<ReadonlyMap<number, TypedMessage>> {
  const parsed = new Map<number, TypedMessage>()
  const resolved = resolveEntity(definition)
  for (const operation of operations) {
    if (operation.kind !== 'command') continue
    const key = targetOf(definition.entityType, operation)
    const time = { platform, deadline: Infinity }
    try {
      const command = await parseCommand(resolved, key, plainCopy(operation.command), time)
      parsed.set(operation.number, frozenCopy(command))
    } catch {
      // The engine refuses it likewise.
    }
  }
  return parsed
}

function tallyCircumstances(
  plan: Plan,
  { tally }: World,
  invocations: readonly Invocation[],
  entities: readonly EntityRecord[],
): void {
  const { configurations, clockOffsetsMs } = plan
  if (configurations.length > 1) tally.add('mixed-configuration')
  if (clockOffsetsMs.some((offsetMs) => offsetMs !== 0)) tally.add('skewed-clocks')
  if (plan.journal === 'four-methods') tally.add('four-method-journal')
  if (plan.mutatingHandlers) tally.add('mutating-handler')
  if (plan.handlerMs > 0) tally.add('slow-handler')
  for (const { result } of invocations) if (result?.kind === 'replied' && result.stopped) tally.add('stopped')
  const window = Math.min(...configurations.map(({ dedupeWindow }) => dedupeWindow))
  for (const { epochs } of entities) {
    const receipts = epochs.at(-1)?.commits.flatMap((commit) => commit.receipts) ?? []
    tally.add('dropped-id', Math.max(0, receipts.length - window))
    const isNoOp = ({ eventCount, outcome }: (typeof receipts)[number]) =>
      eventCount === 0 && outcome.kind === 'replied'
    tally.add('recorded-no-op', receipts.filter(isNoOp).length)
  }
}
