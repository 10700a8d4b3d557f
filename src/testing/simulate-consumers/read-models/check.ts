import type { ConsumersHistory } from '../history.ts'
import { isLarge } from '../entities.ts'
import { isCalm } from '../plan.ts'
import type { ConsumersViolation } from '../violation.ts'
import { countedRows, parts } from './definitions.ts'
import { isOfView } from './row-keys.ts'

/** Checks the rows of a history against what views and projections promise. */
export function checkReadModels(history: ConsumersHistory): readonly ConsumersViolation[] {
  const { written, read, rebuilt } = history.readModels
  const broken = (rule: string, details: readonly string[]) => details.map((detail) => ({ rule, detail }))
  return [
    ...broken('rows are what states and events make', written),
    ...broken('a read shows what it must', read),
    ...broken('a rebuild makes what is there', rebuilt),
    ...checkReached(history),
    ...checkHeld(history),
    ...checkCosts(history),
  ]
}

/** Rows follow a feed without losses as it is read; after a catch-up, and when the code is mended, all are there. */
function checkReached(history: ConsumersHistory): readonly ConsumersViolation[] {
  const { changes, plan, shard, readModels, lastOf } = history
  const { afterShard, atEnd, isRebuilt } = readModels
  const heads = new Map<string, number>()
  for (const { key, revision } of changes) heads.set(key, Math.max(heads.get(key) ?? 0, revision))
  const ids = new Set([...atEnd.keys()].map((place) => place.slice(0, place.indexOf(' '))))
  ids.delete('stepping@1')
  const found: ConsumersViolation[] = []
  const compare = (rule: string, all: typeof atEnd, id: string, mayBeParked: boolean) => {
    for (const [key, head] of heads) {
      const { revision = 0, parked = false } = all.get(`${id} ${key}`) ?? {}
      // A commit without events leads to no other state, so a view may leave its row as it is.
      const isThere = isOfView(id) ? lastOf(key, revision) === lastOf(key, head) : revision === head
      if ((!parked && !isThere) || (parked && !mayBeParked))
        found.push({ rule, detail: `${id} of ${key}: ${revision} of ${head}${parked ? ', parked' : ''}` })
    }
  }
  for (const id of ids) {
    compare('every row is there in the end', atEnd, id, false)
    const wasLive = id.endsWith('@1') || (isRebuilt && shard.isNextLive && id === `${plan.rebuild?.of}@2`)
    if (!shard.lossy && plan.crashAtWait === undefined && wasLive)
      compare('rows follow a feed without losses', afterShard, id, true)
  }
  return found
}

/** An event that no fold takes parks its entity for the projection. */
function checkHeld({
  plan,
  keys,
  changes,
  lastOf,
  readModels,
}: ConsumersHistory): readonly ConsumersViolation[] {
  const held = readModels.held.get('counts@1') ?? []
  return plan.handlerFaults.flatMap(({ entity, sequenceNr, fault }) => {
    const key = keys[entity] ?? ''
    const first = plan.handlerFaults.find(
      (other) => other.entity === entity && other.sequenceNr === sequenceNr,
    )
    const isThere = changes.some((change) => change.key === key && lastOf(key, change.revision) >= sequenceNr)
    if (fault !== 'poison-always' || first?.fault !== fault || !isThere || held.includes(key)) return []
    return [{ rule: 'an event that no fold takes parks its entity', detail: key }]
  })
}

/**
 * Without a fault a view costs one write for each entity of a batch, a read of the state where it does not ride, and one of
 * the row where the newest commit has no events; a projection
 * one transaction for each batch, of the rows and positions that change, each read once.
 */
function checkCosts({ plan, changes, lastOf, readModels }: ConsumersHistory): readonly ConsumersViolation[] {
  if (!isCalm(plan)) return []
  const most = { entities: 0, large: 0, rows: 0, batches: 0, unchanged: 0 }
  for (let from = 0; from < changes.length; from += plan.batchSize) {
    const batch = changes.slice(from, from + plan.batchSize)
    const keys = [...new Set(batch.map(({ key }) => key))]
    const rows = batch.flatMap(({ key, revision }) => {
      const [tenant = ''] = /^~[^/]+\//.exec(key) ?? []
      const first = lastOf(key, revision - 1) + 1
      const numbers = Array.from({ length: lastOf(key, revision) - first + 1 }, (_, index) => first + index)
      return numbers.flatMap((n) => countedRows(n).map((row) => tenant + row))
    })
    most.batches += 1
    most.entities += keys.length
    most.large += keys.filter(isLarge).length
    most.unchanged += keys.filter((key) => lastIsEmpty(batch, key, lastOf)).length
    most.rows += new Set(rows).size
  }
  const { costs, recovered } = readModels
  const [view, projected] = [costs.get('steps@1'), costs.get('counts@1')]
  const details = [
    ...atMost('rows of the view written', view?.written, most.entities),
    ...atMost('rows of the view read', view?.read, most.unchanged),
    ...atMost('states read', recovered.length, most.large),
    ...atMost('transactions', projected?.writes, most.batches),
    ...atMost('rows and positions written', projected?.written, most.entities + most.rows),
    ...atMost(
      'rows and positions read',
      projected?.read,
      most.entities + most.rows + (plan.spread ? parts : 0),
    ),
  ]
  return details.map((detail) => ({ rule: 'in calm rows cost what they must', detail }))
}

/** Whether the last commit of an entity in a batch has no events. */
function lastIsEmpty(
  batch: ConsumersHistory['changes'],
  key: string,
  lastOf: ConsumersHistory['lastOf'],
): boolean {
  const { revision = 0 } = batch.findLast((change) => change.key === key) ?? {}
  return lastOf(key, revision) === lastOf(key, revision - 1)
}

function atMost(what: string, times = 0, most: number): readonly string[] {
  return times > most ? [`${times} ${what}, not ${most}`] : []
}
