import { sleep } from '../../core/base/platform.ts'
import type { ParkedEntity } from '../../consumers/index.ts'
import { memoryRows } from '../../stores/memory/rows.ts'
import type { Store } from '../../journal/store.ts'
import type { Tally } from '../simulate/classes.ts'
import { simulatedNetwork } from '../simulate/simulated-network.ts'
import { startWorld } from '../simulate/world.ts'
import type { ConsumerFault } from './classes.ts'
import { startCommits } from './commits.ts'
import { drain } from './drain.ts'
import { isLarge, storeKeys } from './entities.ts'
import type { ConsumersHistory } from './history.ts'
import { type ConsumersPlan, isCalm } from './plan.ts'
import { readModels as readModelsOf } from './read-models/definitions.ts'
import { readAll } from './read-models/read-all.ts'
import { startReader } from './read-models/reader.ts'
import { startRebuilding } from './read-models/rebuilding.ts'
import type { Reached } from './read-models/checked-rows.ts'
import { watchReadModels, type WatchedReadModels } from './read-models/watch.ts'
import { runShard } from './run-shard.ts'
import { consumerIds, startDeliverers } from './start-deliverers.ts'
import { startTarget } from './target.ts'
import { staleForMs, staleReads } from './stale-reads.ts'
import { watchPositions } from './watch-positions.ts'

/** Runs a plan. Deterministic. */
export async function runConsumersHistory(plan: ConsumersPlan): Promise<ConsumersHistory> {
  const counts = new Map<ConsumerFault, number>()
  const add = (fault: ConsumerFault) => void counts.set(fault, (counts.get(fault) ?? 0) + 1)
  const { platform, elapsedMs } = startWorld(plan.seed)
  const network = simulatedNetwork(plan, { platform, elapsedMs, tally: { add, counts } as unknown as Tally })
  const commits = await startCommits(plan, platform)
  const { store, changes, lastOf } = commits
  const target = startTarget(plan, storeKeys, add)
  const now = () => platform.now()
  const staleMs = isCalm(plan) ? 0 : staleForMs
  const watched = watchPositions(staleReads(memoryRows(), now, staleMs), target.effects, lastOf)
  const watchedRows = watched.rows
  const readModels = watchReadModels({ base: watchedRows, keys: storeKeys, lastOf, spread: plan.spread, now })
  const { rows } = readModels
  const models = readModelsOf({ code: 2, spread: plan.spread, guard: target.guard })
  const parked: ParkedEntity[] = []
  const unfounded: string[] = []
  const requests = countRequests()
  const start = startDeliverers({
    plan,
    platform,
    network,
    store,
    rows,
    target,
    counted: requests.counted,
    onParked(entity) {
      if (entity.consumer !== 'stepping@1') return
      parked.push(entity)
      if (!watched.wasParked(entity.key, entity.revision)) unfounded.push(`${entity.key} is not parked`)
    },
  })
  const rebuilding = startRebuilding({
    plan,
    platform,
    network,
    rows,
    commits,
    watched: readModels,
    models,
    keys: storeKeys,
    add,
  })
  const reader = startReader({ plan, platform, commits, watched: readModels })

  const shard = await runShard({ plan, changes, start, platform, add, rebuilding, look: reader.look })
  const rebuild = await rebuilding.ended()
  const ids = consumerIds(plan, 2)
  const reachedThen = reachedBy(ids, readModels)
  const costs = new Map(ids.map((id) => [id, readModels.costs(id)]))
  const recovered = [...requests.recovered]
  const effectsThen = [...target.effects]
  const writes = watched.writes()
  const positionsAfterShard = watched.positions()
  // What froze or hangs may still wake up and must do no harm.
  do await sleep(platform, 10_000)
  while (platform.pending() > 0)
  const drained = await drain({ start: () => start('healthy'), rows, target, changes, consumerIds: ids })
  await sleep(platform, staleForMs)
  const shown = await readAll({ plan, platform, commits, watched: readModels })
  return {
    plan,
    counts,
    keys: storeKeys,
    changes,
    lastOf,
    effects: target.effects,
    afterShard: effectsThen,
    positionsAfterShard,
    shard,
    parked,
    held: drained.held.get('stepping@1') ?? [],
    problems: [...watched.problems, ...drained.problems, ...unfounded],
    reads: requests.ranges(),
    writes,
    calls: target.calls,
    crashed: shard.crashed,
    readModels: {
      afterShard: reachedThen,
      atEnd: reachedBy(ids, readModels),
      held: drained.held,
      written: readModels.problems,
      read: [...reader.problems, ...shown],
      rebuilt: rebuild?.problems ?? [],
      isRebuilt: rebuild?.complete === true,
      answered: reader.count.answered,
      costs,
      recovered,
    },
  }
}

/** How far each entity is for each consumer, by both. */
function reachedBy(ids: readonly string[], { reached }: WatchedReadModels): ReadonlyMap<string, Reached> {
  return new Map(ids.flatMap((id) => storeKeys.map((key) => [`${id} ${key}`, reached(id, key)])))
}

/** Counts the requests of the processes that deliver: for commits, and for states. */
function countRequests() {
  let ranges = 0
  const recovered: string[] = []
  return {
    recovered,
    ranges: () => ranges,
    counted: (store: Store): Store => ({
      ...store,
      range(...args) {
        // A state that does not ride is recovered, which takes several.
        if (!isLarge(args[0])) ranges += 1
        return store.range(...args)
      },
      recover(...args) {
        recovered.push(args[0])
        return store.recover(...args)
      },
    }),
  }
}
