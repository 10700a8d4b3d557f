import type { Commit } from '../../core/journal/commit.ts'
import { createEngine } from '../../core/engine/engine.ts'
import type { Engine } from '../../core/engine/contract.ts'
import type { AnyEntity } from '../../core/entity/entity.ts'
import { isTailfoldError, type TailfoldError } from '../../core/base/errors.ts'
import type { Outcome } from '../../core/engine/outcome.ts'
import { sleep } from '../../core/base/platform.ts'
import { snapshotEvery } from '../../core/entity/snapshot-policy.ts'
import { keyValueJournal } from '../../journal/key-value-journal.ts'
import { storeKey } from '../../journal/key.ts'
import type { Store, StoredCommit, StoredSnapshot } from '../../journal/store.ts'
import { memoryStore } from '../../stores/memory/store.ts'
import { virtualPlatform } from '../virtual-platform.ts'
import { instrument, mark } from './instrument.ts'
import type { FaultClass, Plan, PlannedOperation, PlannedProcessFault } from './plan.ts'
import { type SimulatedProcess, simulatedProcess } from './simulated-process.ts'
import { simulatedNetwork } from './simulated-store.ts'

/** One command as its caller saw it. Steps number everything callers saw happen, in order. */
export interface Invocation {
  readonly operation: PlannedOperation
  readonly invokedAt: number
  /** Undefined when the process crashed before it answered. */
  readonly returnedAt: number | undefined
  readonly result: InvocationResult | undefined
  /** True when the process crashed before it answered, or may have. */
  readonly orphaned: () => boolean
}

export type InvocationResult = Outcome | { readonly kind: 'error'; readonly error: TailfoldError }

/** What an entity's journal held in the end, and how a reader that started then saw it. */
export interface EntityRecord {
  readonly entityId: string
  readonly commits: readonly Commit[]
  readonly stored: readonly StoredCommit[]
  readonly snapshot: StoredSnapshot | undefined
  readonly finalState: unknown
  readonly finalRevision: number
  /** Set instead of the above when the journal could not even be read. */
  readonly unreadable: TailfoldError | undefined
}

/** All that a run of a plan left behind. */
export interface History {
  readonly plan: Plan
  readonly invocations: readonly Invocation[]
  readonly entities: readonly EntityRecord[]
  readonly fired: ReadonlyMap<FaultClass, number>
  /** Snapshots that replaced a newer one, or one of newer code. */
  readonly snapshotRegressions: readonly string[]
  /** Waits of the process that `crashAtWait` names; used to enumerate crashes. */
  readonly crashed: boolean
}

/** The largest record in a simulation: small, so that an oversized command is cheap to make. */
export const simulatedRecordBytes = 4_000

/** Runs a plan. Deterministic: equal plans and entities give equal histories. */
export async function runHistory(definition: AnyEntity, plan: Plan): Promise<History> {
  const world = virtualPlatform(plan.seed)
  const base = memoryStore({ maxRecordBytes: simulatedRecordBytes })
  const network = simulatedNetwork(base, plan, world)
  const snapshotPolicy = snapshotEvery({ nEvents: plan.snapshotEvery })
  const fired = new Map(network.fired)
  const fire = (fault: FaultClass) => void fired.set(fault, (fired.get(fault) ?? 0) + 1)
  const invocations: Invocation[] = []
  let step = 0
  let crashed = false

  const running = Array.from({ length: plan.processes }, (_, index) => start(index, 1, plan.crashAtWait))

  function start(index: number, schemaVersion: number, crashAt?: Plan['crashAtWait']) {
    const process = simulatedProcess(
      world,
      network.store,
      crashAt?.process === index ? crashAt.wait : undefined,
    )
    const journal = keyValueJournal(process.store, { inlineState: plan.inlineState })
    const code = { ...instrument(definition, schemaVersion), snapshotPolicy, dedupe: plan.dedupe }
    const engine = createEngine(code, { journal, platform: process.platform })
    return { process, engine, schemaVersion }
  }

  function strike({ process: index, fault, forMs }: PlannedProcessFault): void {
    const current = running[index] as { process: SimulatedProcess; engine: Engine; schemaVersion: number }
    if (fault === 'crash' || fault === 'code-change') {
      fire(fault)
      current.process.crash()
      const nextVersion = fault === 'crash' ? current.schemaVersion : 3 - current.schemaVersion
      running[index] = start(index, nextVersion)
    } else if (fault === 'freeze') {
      fire(fault)
      current.process.freeze()
      world.schedule(forMs, () => current.process.thaw())
    } else {
      fire(fault)
      current.process.jumpClock(forMs)
    }
  }

  function invoke(operation: PlannedOperation): void {
    if (operation.caller !== undefined) fire(operation.caller)
    const { process, engine } = running[operation.process] as { process: SimulatedProcess; engine: Engine }
    const { commandId, expectedRevision, expect, patienceMs, marker, entityId } = operation
    const pending = {
      operation,
      invokedAt: step++,
      returnedAt: undefined,
      result: undefined,
      orphaned: process.crashed,
    }
    const slot = invocations.push(pending) - 1
    const settle = (result: InvocationResult) => {
      invocations[slot] = { ...pending, returnedAt: step++, result }
    }
    const deadline = process.platform.now() + patienceMs
    const command = mark(operation.command, marker)
    engine
      .execute(entityId, command, { commandId, expectedRevision, expect, deadline })
      .then(settle, (error: unknown) => {
        if (!isTailfoldError(error)) throw error
        settle({ kind: 'error', error })
      })
  }

  for (const operation of plan.operations) world.schedule(operation.atMs, () => invoke(operation))
  for (const fault of plan.processFaults) world.schedule(fault.atMs, () => strike(fault))
  await sleep(world, 60_000)
  while (world.pending() > 0) await sleep(world, 60_000)

  crashed = plan.crashAtWait !== undefined && (running[plan.crashAtWait.process]?.process.crashed() ?? false)
  for (const [fault, count] of network.fired) fired.set(fault, count)
  const ids = [...new Set(plan.operations.map(({ entityId }) => entityId))].toSorted()
  const entities = await Promise.all(ids.map((entityId) => readEntity(definition, base, entityId)))
  const { snapshotRegressions } = network
  return { plan, invocations, entities, fired, snapshotRegressions, crashed }
}

async function readEntity(definition: AnyEntity, base: Store, entityId: string): Promise<EntityRecord> {
  const key = { entityType: definition.entityType, entityId }
  const name = storeKey(key)
  const journal = keyValueJournal(base)
  const engine = createEngine(instrument(definition), { journal, platform: virtualPlatform() })
  const { snapshot } = await base.recover(name, 1)
  const { commits: stored } = await base.range(name, 1, 100_000)
  const record = { entityId, stored, snapshot }
  try {
    const pages = await Array.fromAsync(journal.commits(key, { fromRevision: 1 }))
    const { state, revision } = await engine.read(entityId)
    return {
      ...record,
      commits: pages.flat(),
      finalState: state,
      finalRevision: revision,
      unreadable: undefined,
    }
  } catch (error) {
    if (!isTailfoldError(error)) throw error
    return { ...record, commits: [], finalState: undefined, finalRevision: 0, unreadable: error }
  }
}
