import { type Checks, checkOptions, trueOrFalse, wholeNumber } from '../../core/base/check-options.ts'
import { checkConsumers } from './check.ts'
import { type ConsumerFault, consumerFaults } from './classes.ts'
import type { ConsumersHistory } from './history.ts'
import { type ConsumersPlan, drawConsumersPlan } from './plan.ts'
import { runConsumersHistory } from './run-history.ts'
import type { ConsumersViolation } from './violation.ts'

/** Options of {@link simulateConsumers}. */
export interface SimulateConsumersOptions {
  /** Default 1. */
  readonly seed?: number
  /** Default 1,000; of `simulateConsumerCrashes` 5, each run once for each moment of a crash. */
  readonly histories?: number
  /** Default true. */
  readonly stopAtViolation?: boolean
}

/** What came of a simulation of consumers. */
export interface ConsumersReport {
  readonly seed: number
  readonly histories: number
  readonly events: number
  /** Commits without events: commands that were refused or had nothing to write, under an id. */
  readonly emptyCommits: number
  /** Calls of handlers that ended well; more than `events` where something came again. */
  readonly effects: number
  readonly deliveries: number
  /** Deliveries that came to their end. */
  readonly ended: number
  readonly parked: number
  /** Reads of views and projections that were answered. */
  readonly reads: number
  /** Rebuilds that came to their end. */
  readonly rebuilds: number
  /** How often each fault occurred. */
  readonly faults: Readonly<Record<ConsumerFault, number>>
  readonly violations: readonly FoundConsumersViolation[]
}

/** A broken promise, and the smallest plan found that breaks it. */
export interface FoundConsumersViolation extends ConsumersViolation {
  /** Simulate with this seed and one history to see it again. */
  readonly seed: number
  readonly shrunk: ConsumersPlan
}

const checks: Checks<SimulateConsumersOptions> = {
  seed: wholeNumber(0),
  histories: wholeNumber(1),
  stopAtViolation: trueOrFalse,
}

/** At least so many of all deliveries come to their end in a run that proves something. */
const leastEnded = 0.3

/**
 * Delivers commits to a consumer, a view and a projection under faults of the feed, the process, the handler and the stores,
 * while a new version of the view or projection is rebuilt and rows are read. Each history is decided by its seed alone, and
 * each is checked: in order, complete, positions behind the effects, poison parked alone, rows what states and events make.
 */
export async function simulateConsumers(options: SimulateConsumersOptions = {}): Promise<ConsumersReport> {
  checkOptions('simulateConsumers', options, checks)
  const { seed = 1, histories = 1_000, stopAtViolation = true } = options
  const counts = Object.fromEntries(consumerFaults.map((fault) => [fault, 0])) as Record<
    ConsumerFault,
    number
  >
  const total = {
    histories: 0,
    events: 0,
    emptyCommits: 0,
    effects: 0,
    deliveries: 0,
    ended: 0,
    parked: 0,
    reads: 0,
    rebuilds: 0,
  }
  const violations: FoundConsumersViolation[] = []
  for (let index = 0; index < histories && !(stopAtViolation && violations.length > 0); index++) {
    const plan = drawConsumersPlan(seed + index)
    const history = await runConsumersHistory(plan)
    for (const [fault, times] of history.counts) counts[fault] += times
    total.histories += 1
    total.events += new Set(history.effects.map(({ key, sequenceNr }) => `${key} ${sequenceNr}`)).size
    total.emptyCommits += emptyCommits(history)
    total.effects += history.effects.length
    total.deliveries += history.shard.deliveries
    total.ended += history.shard.ended
    total.parked += history.parked.length
    total.reads += history.readModels.answered
    total.rebuilds += history.readModels.isRebuilt ? 1 : 0
    const [first] = checkConsumers(history)
    if (first !== undefined) violations.push(await shrink({ ...first, seed: plan.seed, shrunk: plan }))
  }
  if (violations.length === 0 && total.ended < leastEnded * total.deliveries) {
    const detail = `${total.ended} of ${total.deliveries}`
    const rule = 'at least 30 % of the deliveries come to their end'
    violations.push({ rule, detail, seed, shrunk: drawConsumersPlan(seed) })
  }
  return { seed, ...total, faults: counts, violations }
}

function emptyCommits({ changes, lastOf }: ConsumersHistory): number {
  return changes.filter(({ key, revision }) => lastOf(key, revision) === lastOf(key, revision - 1)).length
}

/** What enumerating crashes found. */
export interface ConsumersCrashReport {
  /** Histories run: one for each moment at which the process could crash. */
  readonly crashes: number
  readonly violations: readonly FoundConsumersViolation[]
}

/** Crashes the first process at each moment at which it waits for something, one history for each. */
export async function simulateConsumerCrashes(
  options: SimulateConsumersOptions = {},
): Promise<ConsumersCrashReport> {
  checkOptions('simulateConsumerCrashes', options, checks)
  const { seed = 1, histories = 5, stopAtViolation = true } = options
  const violations: FoundConsumersViolation[] = []
  let crashes = 0
  const isOver = () => stopAtViolation && violations.length > 0
  for (let index = 0; index < histories && !isOver(); index++) {
    const drawn = { ...drawConsumersPlan(seed + index), batchFaults: [], storeFaults: [] }
    for (let wait = 1, crashed = true; crashed && !isOver(); wait++) {
      const plan = { ...drawn, crashAtWait: wait }
      const history = await runConsumersHistory(plan)
      const [first] = checkConsumers(history)
      if (first !== undefined) violations.push({ ...first, seed: plan.seed, shrunk: plan })
      ;({ crashed } = history)
      crashes += crashed ? 1 : 0
    }
  }
  return { crashes, violations }
}

/** Leaves out of a plan what the violation does not need. */
async function shrink(found: FoundConsumersViolation): Promise<FoundConsumersViolation> {
  let smallest = found
  for (const part of ['batchFaults', 'storeFaults', 'handlerFaults', 'commits'] as const) {
    for (let place = 0; place < smallest.shrunk[part].length; ) {
      const shrunk = { ...smallest.shrunk, [part]: smallest.shrunk[part].toSpliced(place, 1) }
      const violations = checkConsumers(await runConsumersHistory(shrunk))
      const same = violations.find(({ rule }) => rule === found.rule)
      if (same === undefined) place += 1
      else smallest = { ...same, seed: found.seed, shrunk }
    }
  }
  return smallest
}
