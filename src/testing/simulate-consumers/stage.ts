import type { ParkedEntity } from '../../consumers/index.ts'
import { memoryRows } from '../../stores/memory/rows.ts'
import type { Tally } from '../simulate/classes.ts'
import { simulatedNetwork } from '../simulate/simulated-network.ts'
import { startWorld } from '../simulate/world.ts'
import type { VirtualPlatform } from '../virtual-platform.ts'
import type { ConsumerFault } from './classes.ts'
import { type Commits, startCommits } from './commits.ts'
import { type CountedRequests, countRequests } from './count-requests.ts'
import type { Deliverer } from './deliverer.ts'
import { type Code, storeKeys } from './entities.ts'
import { type ConsumersPlan, isCalm } from './plan.ts'
import { readModels as readModelsOf } from './read-models/definitions.ts'
import { type Reader, startReader } from './read-models/reader.ts'
import { type Rebuilding, startRebuilding } from './read-models/rebuilding.ts'
import { watchReadModels, type WatchedReadModels } from './read-models/watch.ts'
import { staleForMs, staleReads } from './stale-reads.ts'
import { startDeliverers } from './start-deliverers.ts'
import { startTarget, type Target } from './target.ts'
import { watchPositions, type WatchedRows } from './watch-positions.ts'

/** All that takes part in a history. */
export interface Stage {
  readonly platform: VirtualPlatform
  readonly counts: ReadonlyMap<ConsumerFault, number>
  /** Counts a fault that struck. */
  readonly add: (fault: ConsumerFault) => void
  readonly commits: Commits
  readonly target: Target
  readonly positions: WatchedRows
  readonly readModels: WatchedReadModels
  readonly requests: CountedRequests
  /** Starts a process that delivers. */
  readonly start: (code: Code | 'healthy') => Deliverer
  /** What was reported as parked by the consumer of events. */
  readonly parked: readonly ParkedEntity[]
  /** Reports of entities that were not parked. */
  readonly unfounded: readonly string[]
  readonly rebuilding: Rebuilding
  readonly reader: Reader
}

/** Sets the stage for a plan: the early commits are written, and nothing is delivered. */
export async function setStage(plan: ConsumersPlan): Promise<Stage> {
  const counts = new Map<ConsumerFault, number>()
  const add = (fault: ConsumerFault) => void counts.set(fault, (counts.get(fault) ?? 0) + 1)
  const { platform, elapsedMs } = startWorld(plan.seed)
  const network = simulatedNetwork(plan, { platform, elapsedMs, tally: { add, counts } as unknown as Tally })
  const commits = await startCommits(plan, platform)
  const { store, lastOf } = commits
  const target = startTarget(plan, storeKeys, add)
  const now = () => platform.now()
  const positions = watchPositions(
    staleReads(memoryRows(), now, isCalm(plan) ? 0 : staleForMs),
    target.effects,
    lastOf,
  )
  const readModels = watchReadModels({
    base: positions.rows,
    keys: storeKeys,
    lastOf,
    spread: plan.spread,
    now,
  })
  const { rows } = readModels
  const models = readModelsOf({ code: 2, spread: plan.spread, guard: target.guard })
  const parked: ParkedEntity[] = []
  const unfounded: string[] = []
  const requests = countRequests()
  const { counted } = requests
  const onParked = (entity: ParkedEntity & { readonly consumer: string }) => {
    if (entity.consumer !== 'stepping@1') return
    parked.push(entity)
    if (!positions.wasParked(entity.key, entity.revision ?? 0)) unfounded.push(`${entity.key} is not parked`)
  }
  const shared = { plan, platform, network, rows }
  const start = startDeliverers({ ...shared, store, target, counted, onParked })
  const watched = readModels
  const rebuilding = startRebuilding({ ...shared, commits, watched, models, keys: storeKeys, add })
  const reader = startReader({ plan, platform, commits, watched })
  return {
    platform,
    counts,
    add,
    commits,
    target,
    positions,
    readModels,
    requests,
    start,
    parked,
    unfounded,
    rebuilding,
    reader,
  }
}
