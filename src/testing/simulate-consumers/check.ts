import type { ConsumersHistory } from './history.ts'
import { isCalm } from './plan.ts'
import { checkReadModels } from './read-models/check.ts'
import type { ConsumersViolation } from './violation.ts'

/** Checks a history against what consumers promise. */
export function checkConsumers(history: ConsumersHistory): readonly ConsumersViolation[] {
  return [
    ...checkOrder(history),
    ...checkComplete(history),
    ...checkParked(history),
    ...checkCalm(history),
    ...checkReadModels(history),
  ]
}

/** Events of an entity are handled in order and without a hole; what comes again was handled before. */
function checkOrder({ effects, problems }: ConsumersHistory): readonly ConsumersViolation[] {
  const found: ConsumersViolation[] = problems.map((detail) => ({
    rule: 'positions follow the effects',
    detail,
  }))
  const reached = new Map<string, number>()
  for (const { key, sequenceNr } of effects) {
    const last = reached.get(key) ?? 0
    if (sequenceNr > last + 1)
      found.push({ rule: 'events are handled in order', detail: `${key}: ${sequenceNr} after ${last}` })
    reached.set(key, Math.max(last, sequenceNr))
  }
  return found
}

/** Every event is handled: without a loss in the feed already when that has been read, else after a catch-up. */
function checkComplete(history: ConsumersHistory): readonly ConsumersViolation[] {
  const { changes, effects, afterShard, positionsAfterShard, shard, lastOf, plan } = history
  const found: ConsumersViolation[] = []
  const heads = new Map<string, number>()
  for (const { key, revision } of changes) heads.set(key, Math.max(heads.get(key) ?? 0, revision))
  const held = new Set(history.held)
  for (const [key, head] of heads) {
    const last = lastOf(key, head)
    const of = (all: typeof effects) =>
      new Set(all.filter((effect) => effect.key === key).map((one) => one.sequenceNr)).size
    if (of(effects) !== last)
      found.push({ rule: 'every event is handled', detail: `${key}: ${of(effects)} of ${last}` })
    if (shard.lossy || held.has(key) || plan.crashAtWait !== undefined) continue
    if (of(afterShard) !== last)
      found.push({
        rule: 'a feed without losses needs no catch-up',
        detail: `${key}: ${of(afterShard)} of ${last}`,
      })
    if (positionsAfterShard.get(key) !== head)
      found.push({
        rule: 'a delivered batch moves its positions',
        detail: `${key}: ${positionsAfterShard.get(key)} of ${head}`,
      })
  }
  return found
}

/** A handler that never succeeds is tried three times and parks its entity, which is reported. */
function checkParked({
  plan,
  keys,
  parked,
  held,
  calls,
  changes,
  lastOf,
}: ConsumersHistory): readonly ConsumersViolation[] {
  const found: ConsumersViolation[] = []
  const quiet =
    plan.batchFaults.length === 0 && plan.storeFaults.length === 0 && plan.crashAtWait === undefined
  const lives =
    quiet ||
    (plan.crashAtWait === undefined &&
      plan.batchFaults.length === 0 &&
      plan.storeFaults.every(({ fault }) => fault !== 'hang'))
  for (const { entity, sequenceNr, fault } of plan.handlerFaults) {
    const key = keys[entity] ?? ''
    const heads = changes.filter((change) => change.key === key).map(({ revision }) => lastOf(key, revision))
    const first = plan.handlerFaults.find(
      (other) => other.entity === entity && other.sequenceNr === sequenceNr,
    )
    if (fault !== 'poison-always' || first?.fault !== fault || !heads.some((last) => last >= sequenceNr))
      continue
    if (!held.includes(key)) found.push({ rule: 'poison parks its entity', detail: key })
    if (lives && !parked.some((one) => one.key === key))
      found.push({ rule: 'a parked entity is reported', detail: key })
    const others = plan.handlerFaults.some((other) => other.entity === entity && other !== first)
    // Three tries before it was parked, one after it was mended.
    // Another process may not know for a second that it is parked.
    const isOneProcess = quiet && plan.rebuild === undefined
    if (isOneProcess && !others && calls(key, sequenceNr) !== 4)
      found.push({
        rule: 'a parked entity is not tried again',
        detail: `${key}: ${calls(key, sequenceNr)} tries`,
      })
  }
  return found
}

/** Without a fault every event is handled once, at one write for each entity of a batch and no read of the journal. */
function checkCalm(history: ConsumersHistory): readonly ConsumersViolation[] {
  const { plan, effects, changes, keys, lastOf, shard, reads, writes } = history
  if (!isCalm(plan)) return []
  const events = keys.reduce((sum, key) => {
    const revisions = changes.filter((change) => change.key === key).map(({ revision }) => revision)
    return sum + lastOf(key, Math.max(0, ...revisions))
  }, 0)
  const found: ConsumersViolation[] = []
  if (effects.length !== events)
    found.push({ rule: 'in calm each event is handled once', detail: `${effects.length} of ${events}` })
  if (reads > 0 || writes > shard.entityBatches)
    found.push({
      rule: 'in calm costs are one write for each entity of a batch',
      detail: `${reads} reads, ${writes} writes for ${shard.entityBatches}`,
    })
  return found
}
