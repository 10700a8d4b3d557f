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

/** Everything that decides a history of consumers. Equal plans give equal histories. */
export interface ConsumersPlan {
  readonly seed: number
  /** The entity of each commit, in order. */
  readonly commits: readonly number[]
  readonly batchSize: number
  readonly batchFaults: readonly PlannedBatchFault[]
  readonly handlerFaults: readonly PlannedHandlerFault[]
  readonly storeFaults: readonly PlannedStoreFault[]
  /** Crash the process that begins when it comes to wait for the n-th time. */
  readonly crashAtWait?: number
}

const entities = 4
const mostCommits = 24

/** Draws a plan. Of eight, one has no fault, one only handlers that fail, and one these and requests that do. */
export function drawConsumersPlan(seed: number): ConsumersPlan {
  const random = seededRandom(seed)
  const chance = (probability: number) => random() < probability
  const whole = (below: number) => Math.floor(random() * below)
  const pick = <Item>(items: readonly Item[]) => items[whole(items.length)] as Item
  const kind = seed % 8
  const commits = Array.from({ length: 6 + whole(mostCommits - 6) }, () => whole(entities))
  const batchSize = 1 + whole(8)
  const batches = Math.ceil(commits.length / batchSize)
  const draw = <Fault>(occurs: boolean, times: number, make: () => Fault) =>
    occurs ? Array.from({ length: times }, make) : []
  return {
    seed,
    commits,
    batchSize,
    batchFaults: draw(kind > 2, 3 + whole(7), () => ({
      batch: whole(batches),
      fault: pick([...feedFaults, ...processFaults]),
    })),
    handlerFaults: draw(kind > 0, whole(4), () => ({
      entity: whole(entities),
      sequenceNr: 1 + whole(4),
      fault: pick(handlerFaults),
    })),
    storeFaults: draw(kind > 1, chance(0.7) ? 4 + whole(10) : 0, () => ({
      request: whole(2 * commits.length),
      fault: pick(requestFaults),
      forMs: 50 + whole(6_000),
    })),
  }
}

/** The faults of one kind at a batch. */
export function strikes(plan: ConsumersPlan, batch: number, fault: ConsumerFault): boolean {
  return plan.batchFaults.some((planned) => planned.batch === batch && planned.fault === fault)
}
