import { sleep } from '../../core/base/platform.ts'
import { drain } from './drain.ts'
import { storeKeys } from './entities.ts'
import type { ConsumersHistory } from './history.ts'
import type { ConsumersPlan } from './plan.ts'
import type { Reached } from './read-models/checked-rows.ts'
import { readAll } from './read-models/read-all.ts'
import type { WatchedReadModels } from './read-models/watch.ts'
import { runShard } from './run-shard.ts'
import { setStage, type Stage } from './stage.ts'
import { staleForMs } from './stale-reads.ts'
import { consumerIds } from './start-deliverers.ts'

/** Runs a plan. Deterministic. */
export async function runConsumersHistory(plan: ConsumersPlan): Promise<ConsumersHistory> {
  const stage = await setStage(plan)
  const { platform, commits, target, positions, readModels, requests, start, reader } = stage
  const { changes, lastOf } = commits
  const ids = consumerIds(plan, 2)

  const shard = await runShard({ ...stage, plan, changes, look: reader.look })
  const rebuild = await stage.rebuilding.ended()
  const then = readOff(stage, ids)
  // What froze or hangs may still wake up and must do no harm.
  do await sleep(platform, 10_000)
  while (platform.pending() > 0)
  const { rows } = readModels
  const drained = await drain({ start: () => start('healthy'), rows, target, changes, consumerIds: ids })
  await sleep(platform, staleForMs)
  const shown = await readAll({ plan, platform, commits, watched: readModels })
  return {
    plan,
    counts: stage.counts,
    keys: storeKeys,
    changes,
    lastOf,
    effects: target.effects,
    afterShard: then.effects,
    positionsAfterShard: then.positions,
    shard,
    parked: stage.parked,
    held: drained.held.get('stepping@1') ?? [],
    problems: [...positions.problems, ...drained.problems, ...stage.unfounded],
    reads: requests.ranges(),
    writes: then.writes,
    calls: target.calls,
    crashed: shard.crashed,
    readModels: {
      afterShard: then.reached,
      atEnd: reachedBy(ids, readModels),
      held: drained.held,
      written: readModels.problems,
      read: [...reader.problems, ...shown],
      rebuilt: rebuild?.problems ?? [],
      isRebuilt: rebuild?.complete === true,
      answered: reader.count.answered,
      costs: then.costs,
      recovered: then.recovered,
    },
  }
}

/** What came of a history so far, as it is now. */
function readOff({ target, positions, readModels, requests }: Stage, ids: readonly string[]) {
  return {
    effects: [...target.effects],
    positions: positions.positions(),
    writes: positions.writes(),
    reached: reachedBy(ids, readModels),
    costs: new Map(ids.map((id) => [id, readModels.costs(id)])),
    recovered: [...requests.recovered],
  }
}

/** How far each entity is for each consumer, by both. */
function reachedBy(ids: readonly string[], { reached }: WatchedReadModels): ReadonlyMap<string, Reached> {
  return new Map(ids.flatMap((id) => storeKeys.map((key) => [`${id} ${key}`, reached(id, key)])))
}
