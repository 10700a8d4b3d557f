import { seededRandom } from '../virtual-platform.ts'
import type { PlannedStoreFault } from '../simulate/plan.ts'
import {
  type ConsumerFault,
  type FeedFault,
  feedFaults,
  type HandlerFault,
  handlerFaults,
  type ProcessFault,
  processFaults,
  requestFaults,
} from './classes.ts'
import { earlyEntities, entityKeys } from './entities.ts'

/** A fault of one batch. */
export interface PlannedBatchFault {
  readonly batch: number
  readonly fault: FeedFault | ProcessFault
}

/** A handler that fails at one event of an entity. */
export interface PlannedHandlerFault {
  readonly entity: number
  readonly sequenceNr: number
  readonly fault: HandlerFault
}

/** A version of a view or projection that is made while commits are written. */
export interface PlannedRebuild {
  readonly of: 'steps' | 'counts'
  /** Begins before this batch. */
  readonly batch: number
  /** From the list of all entities, or from a feed beside a list that lacks some. */
  readonly source: 'listed' | 'changes'
  /** Kills the first runs after these times. */
  readonly killedAfterMs: readonly number[]
  /** How many of the last commits are written while it runs. */
  readonly lateCommits: number
}

/** Everything that decides a history of consumers. Equal plans give equal histories. */
export interface ConsumersPlan {
  readonly seed: number
  /** The entity of each commit, in order. */
  readonly commits: readonly number[]
  readonly batchSize: number
  readonly batchFaults: readonly PlannedBatchFault[]
  readonly handlerFaults: readonly PlannedHandlerFault[]
  readonly storeFaults: readonly PlannedStoreFault[]
  /** Whether the rows of the projection are kept in parts. */
  readonly spread: boolean
  readonly rebuild?: PlannedRebuild | undefined
  /** Crash the process that begins when it comes to wait for the n-th time. */
  readonly crashAtWait?: number
}

const mostCommits = 18
/** A rebuild takes seconds; its first runs live no longer than that. */
const longestRunMs = 1_600

interface Draw {
  readonly chance: (probability: number) => boolean
  readonly whole: (below: number) => number
  readonly pick: <Item>(items: readonly Item[]) => Item
}

/** Draws a plan. Of twelve, one has no fault, one only handlers that fail, and one these and requests that do. */
export function drawConsumersPlan(seed: number): ConsumersPlan {
  const random = seededRandom(seed)
  const chance = (probability: number) => random() < probability
  const whole = (below: number) => Math.floor(random() * below)
  const pick = <Item>(items: readonly Item[]) => items[whole(items.length)] as Item
  const kind = seed % 12
  const early = Array.from({ length: 6 + whole(mostCommits - 6) }, () => whole(earlyEntities))
  const batchSize = 1 + whole(8)
  const batches = Math.ceil(early.length / batchSize)
  const late = kind > 0 && chance(0.9) ? 2 + whole(4) : 0
  const commits = [
    ...early,
    ...Array.from({ length: late }, () => earlyEntities - 1 + whole(entityKeys.length - earlyEntities + 1)),
  ]
  const draw = <Fault>(occurs: boolean, times: number, make: () => Fault) =>
    occurs ? Array.from({ length: times }, make) : []
  return {
    seed,
    commits,
    batchSize,
    spread: chance(0.5),
    ...(late > 0 && { rebuild: drawRebuild({ chance, whole, pick }, batches, late) }),
    batchFaults: draw(kind > 2, 20 + whole(30), () => ({
      batch: whole(batches),
      fault: pick([...feedFaults, ...processFaults]),
    })),
    handlerFaults: draw(kind > 0, 3 + whole(8), () => ({
      entity: whole(earlyEntities),
      sequenceNr: 1 + whole(4),
      fault: pick(handlerFaults),
    })),
    storeFaults: draw(kind > 1, chance(0.8) ? 30 + whole(40) : 0, () => ({
      request: whole(6 * commits.length),
      fault: pick(requestFaults),
      forMs: 50 + whole(6_000),
    })),
  }
}

function drawRebuild(
  { chance, whole, pick }: Draw,
  batches: number,
  lateCommits: number,
): NonNullable<ConsumersPlan['rebuild']> {
  const of = pick(['steps', 'steps', 'counts'] as const)
  return {
    of,
    batch: whole(batches),
    source: of === 'counts' || chance(0.4) ? 'changes' : 'listed',
    killedAfterMs: Array.from({ length: 2 + whole(3) }, () => 20 + whole(longestRunMs)),
    lateCommits,
  }
}

/** The faults of one kind at a batch. */
export function strikes(plan: ConsumersPlan, batch: number, fault: ConsumerFault): boolean {
  return plan.batchFaults.some((planned) => planned.batch === batch && planned.fault === fault)
}

/** Whether nothing went wrong in a history and nothing was rebuilt. */
export function isCalm(plan: ConsumersPlan): boolean {
  const faults = plan.batchFaults.length + plan.handlerFaults.length + plan.storeFaults.length
  return faults === 0 && plan.crashAtWait === undefined && plan.rebuild === undefined
}
