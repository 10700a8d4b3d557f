import { sleep } from '../../core/base/platform.ts'
import { Behaviors } from '../../core/entity/behaviors.ts'
import { entity } from '../../core/entity/entity.ts'
import { createEngine } from '../../core/engine/engine.ts'
import type { Change } from '../../core/journal/journal.ts'
import { keyValueJournal } from '../../journal/key-value-journal.ts'
import type { Store } from '../../journal/store.ts'
import { consumer, createConsumers, type ParkedEntity } from '../../consumers/index.ts'
import { memoryRows } from '../../stores/memory/rows.ts'
import { memoryStore } from '../../stores/memory/store.ts'
import type { Tally } from '../simulate/classes.ts'
import { simulatedNetwork } from '../simulate/simulated-network.ts'
import { simulatedProcess } from '../simulate/simulated-process.ts'
import { remoteStore, storeOf } from '../simulate/simulated-store.ts'
import { startWorld } from '../simulate/world.ts'
import type { ConsumerFault } from './classes.ts'
import type { Deliverer } from './deliverer.ts'
import { drain } from './drain.ts'
import type { ConsumersHistory } from './history.ts'
import type { ConsumersPlan } from './plan.ts'
import { rowsOf } from './remote-rows.ts'
import { runShard } from './run-shard.ts'
import { startTarget } from './target.ts'
import { watchPositions } from './watch-positions.ts'

type Stepped = { readonly type: 'Stepped'; readonly n: number }

const stepper = entity({
  entityType: 'stepper',
  initialState: { n: 0 },
  onEvent: (_state: { n: number }, { n }: Stepped) => ({ n }),
  onCommand: (_ctx, { n }: { n: number }, command: { type: 'Step'; events: number }) =>
    Behaviors.persisted<Stepped, { n: number }>({
      events: Array.from({ length: command.events }, (_, index) => ({ type: 'Stepped', n: n + index + 1 })),
    }),
})

const tenants = [undefined, undefined, undefined, 'acme']

/** Runs a plan. Deterministic. */
export async function runConsumersHistory(plan: ConsumersPlan): Promise<ConsumersHistory> {
  const counts = new Map<ConsumerFault, number>()
  const add = (fault: ConsumerFault) => void counts.set(fault, (counts.get(fault) ?? 0) + 1)
  const { platform, elapsedMs } = startWorld(plan.seed)
  const network = simulatedNetwork(plan, { platform, elapsedMs, tally: { add, counts } as unknown as Tally })
  const { store, changes, keys, lastOf } = await writeCommits(plan, platform)
  const target = startTarget(plan, keys, add)
  const watched = watchPositions(memoryRows(), target.effects, lastOf, () => platform.now())
  const parked: ParkedEntity[] = []
  const unfounded: string[] = []
  let reads = 0
  const counted: Store = {
    ...store,
    range: (...args) => {
      reads += 1
      return store.range(...args)
    },
  }
  let begun = 0

  function start(healthy = false): Deliverer {
    const crashAtWait = begun++ === 0 ? plan.crashAtWait : undefined
    const process = simulatedProcess(platform, { clockOffsetMs: 0, crashAtWait })
    const remote = healthy ? store : storeOf(process, remoteStore(counted, network))
    const rows = healthy ? watched.rows : rowsOf(watched.rows, network, process)
    const stepping = consumer({
      name: 'stepping',
      from: stepper,
      handle: (_event, meta) => process.through(() => target.handle(process.platform, meta)),
    })
    const consumers = createConsumers({
      journal: keyValueJournal({
        ...remote,
        ...(healthy && { changes: store.changes?.bind(store) }),
      } as Store),
      rows,
      consumers: [stepping],
      platform: process.platform,
      onParked: (entity) => {
        parked.push(entity)
        if (!watched.wasParked(entity.key, entity.revision)) unfounded.push(`${entity.key} is not parked`)
      },
    })
    return { process, consumers }
  }

  const shard = await runShard({ plan, changes, start, platform, target, add })
  const afterShard = [...target.effects]
  const writes = watched.writes()
  const positionsAfterShard = watched.positions()
  // What froze or hangs may still wake up and must do no harm.
  do await sleep(platform, 10_000)
  while (platform.pending() > 0)
  const drained = await drain({ start, rows: watched.rows, target, changes })
  return {
    plan,
    counts,
    keys,
    changes,
    lastOf,
    effects: target.effects,
    afterShard,
    positionsAfterShard,
    shard,
    parked,
    held: drained.held,
    problems: [...watched.problems, ...drained.problems, ...unfounded],
    reads,
    writes,
    calls: target.calls,
    crashed: shard.crashed,
  }
}

async function writeCommits(plan: ConsumersPlan, platform: ReturnType<typeof startWorld>['platform']) {
  const store = memoryStore()
  const engine = createEngine(stepper, { journal: keyValueJournal(store), platform })
  for (const [index, number] of plan.commits.entries()) {
    const tenant = tenants[number]
    await engine.execute(`s${number}`, { type: 'Step', events: 1 + (index % 3 === 0 ? 1 : 0) }, { tenant })
  }
  await engine.idle()
  const page = await store.changes?.(undefined, 1_000)
  const changes: readonly Change[] = page?.changes ?? []
  const keys = tenants.map(
    (tenant, number) => `${tenant === undefined ? '' : `~${tenant}/`}stepper/s${number}`,
  )
  const lasts = new Map(
    changes.map(({ key, revision, record }) => [`${key} ${revision}`, Number(record?.['n'])]),
  )
  const lastOf = (key: string, revision: number) => lasts.get(`${key} ${revision}`) ?? 0
  return { store, changes, keys, lastOf }
}
