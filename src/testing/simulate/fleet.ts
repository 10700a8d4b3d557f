import { describeEntity, type EntityKey } from '../../core/base/entity-key.ts'
import { sleep } from '../../core/base/platform.ts'
import { createEngine } from '../../core/engine/engine.ts'
import type { Engine } from '../../core/engine/contract.ts'
import type { AnyEntity, CommandContext } from '../../core/entity/entity.ts'
import type { TypedMessage } from '../../core/entity/message.ts'
import { type CommandScope, commandScope } from '../../core/engine/command-scope.ts'
import type { CommandObserver } from '../../core/engine/observer.ts'
import { snapshotEvery } from '../../core/entity/snapshot-policy.ts'
import { seededRandom } from '../virtual-platform.ts'
import { instrument } from './instrument.ts'
import type { Configuration, Plan, PlannedTimedFault } from './plan.ts'
import { type SimulatedProcess, simulatedProcess } from './simulated-process.ts'
import type { Storage } from './storage.ts'
import type { World } from './world.ts'

/** A process and its engine. */
export interface Running {
  readonly process: SimulatedProcess
  readonly engine: Engine
  /** Whether it runs code of the next schema version. */
  readonly newCode: boolean
  /** The actor that commands of an entity go through now; `undefined` in a fleet without actors. */
  actorOf(entity: EntityKey): CommandScope | undefined
}

/** The processes of a history. They share nothing but the storage. */
export interface Fleet {
  at(index: number): Running
  strike(fault: PlannedTimedFault): void
}

/** Called for each decision of any process. */
export type OnDecide = (process: number, ctx: CommandContext, command: TypedMessage) => void

/** Starts all processes of a plan. */
export function startFleet(
  definition: AnyEntity,
  plan: Plan,
  world: World,
  storage: Storage,
  onDecide: OnDecide,
): Fleet {
  const start = starter(definition, plan, world, storage, onDecide)
  const { crashAtWait } = plan
  const running = Array.from({ length: plan.processes }, (_, index) =>
    start(index, 0, crashAtWait?.process === index ? crashAtWait.wait : undefined),
  )
  const at = (index: number) => running[index] as (typeof running)[number]

  return {
    at,
    strike({ process: index, fault, forMs }) {
      const { process, generation } = at(index)
      switch (fault) {
        case 'crash':
        case 'code-change':
          process.crash()
          running[index] = start(index, fault === 'crash' ? generation : generation + 1)
          return
        case 'freeze':
          process.freeze()
          world.platform.schedule(forMs, () => process.thaw())
          return
        case 'clock-jump':
          process.jumpClock(forMs)
          return
        case 'restore': // concerns the storage
      }
    },
  }
}

/** How the processes of a plan start. `generation` counts the changes of code. */
function starter(definition: AnyEntity, plan: Plan, world: World, storage: Storage, onDecide: OnDecide) {
  /** How long handlers take: mostly short. */
  const random = seededRandom(plan.seed ^ 0x510)
  const snapshotPolicy = snapshotEvery({ nEvents: plan.snapshotEvery })

  const observer: CommandObserver =
    () =>
    ({ periodReads }) =>
      world.tally.add('period-read', periodReads)

  return (index: number, generation: number, crashAtWait?: number) => {
    const count = plan.configurations.length
    const configuration = plan.configurations[(index + generation) % count] as Configuration
    const { dedupeWindow, dedupeForSeconds, cachedEntities, maxBatch, actors } = configuration
    const newCode = configuration.newCode !== (generation % 2 === 1)
    const clockOffsetMs = plan.clockOffsetsMs[index] ?? 0
    const process = simulatedProcess(world.platform, { clockOffsetMs, crashAtWait })
    const code = instrument(definition, {
      newCode,
      mutating: plan.mutatingHandlers,
      onDecide(ctx, command) {
        onDecide(index, ctx, command)
        return plan.handlerMs === 0 ? undefined : sleep(process.platform, plan.handlerMs * random() ** 3)
      },
    })
    const engine = createEngine(
      { ...code, snapshotPolicy, dedupe: plan.dedupe, dedupeWindow, dedupeForSeconds },
      {
        journal: storage.journalOf(process),
        platform: process.platform,
        cache: { maxEntries: cachedEntities },
        maxBatch,
        observers: [observer],
      },
    )
    return { process, engine, newCode, generation, actorOf: actors ? startActors() : () => undefined }
  }
}

/** One actor an entity; a new one after the last has ended. */
function startActors(): Running['actorOf'] {
  const actors = new Map<string, CommandScope>()
  return (entity) => {
    const name = describeEntity(entity)
    const known = actors.get(name)
    const actor = known === undefined || known.ended !== undefined ? commandScope() : known
    actors.set(name, actor)
    return actor
  }
}
