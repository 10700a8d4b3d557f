import { TailfoldError } from '../../core/base/errors.ts'
import { sleep } from '../../core/base/platform.ts'
import type { Store, StoredSnapshot } from '../../journal/store.ts'
import { seededRandom, type VirtualPlatform } from '../virtual-platform.ts'
import type { FaultClass, Plan, PlannedStoreFault } from './plan.ts'

/** The network and the store behind it, as all processes share them. */
export interface SimulatedNetwork {
  readonly store: Store
  readonly fired: Map<FaultClass, number>
  requests(): number
  /** Snapshots that replaced a newer one, or one of newer code. */
  readonly snapshotRegressions: readonly string[]
}

const never = new Promise<never>(() => {})

/** Puts a network between a store and its users: every request takes time, and the plan says which ones go wrong. */
export function simulatedNetwork(base: Store, plan: Plan, platform: VirtualPlatform): SimulatedNetwork {
  const random = seededRandom(plan.seed ^ 0x5eed)
  const planned = new Map<number, PlannedStoreFault>(plan.storeFaults.map((fault) => [fault.request, fault]))
  const fired = new Map<FaultClass, number>()
  const formerSnapshots = new Map<string, StoredSnapshot>()
  const snapshotRegressions: string[] = []
  let requests = 0

  async function saveSnapshot(key: string, snapshot: StoredSnapshot): Promise<void> {
    const { snapshot: before } = await base.recover(key, 1)
    await base.saveSnapshot(key, snapshot)
    const { snapshot: after } = await base.recover(key, 1)
    if (before === undefined || after === undefined) return
    formerSnapshots.set(key, before)
    const newer = after.schemaVersion > before.schemaVersion
    const same = after.schemaVersion === before.schemaVersion && after.revision >= before.revision
    if (!newer && !same)
      snapshotRegressions.push(`${key}: revision ${after.revision} after ${before.revision}`)
  }

  const travel = () => sleep(platform, random() * 4)
  const fire = (fault: FaultClass) => void fired.set(fault, (fired.get(fault) ?? 0) + 1)

  async function request<Answer>(kind: 'read' | 'write', apply: () => Promise<Answer>): Promise<Answer> {
    const { fault, forMs = 0 } = planned.get(requests++) ?? {}
    await travel()
    switch (fault) {
      case 'lost-before-apply':
        fire(fault)
        throw new Error('connect ECONNRESET')
      case 'refused-with-500':
        fire(fault)
        throw new Error('500 Internal Server Error')
      case 'throttled':
        fire(fault)
        throw refused('slow down')
      case 'transaction-conflict':
        if (kind === 'read') break
        fire(fault)
        throw refused('transaction conflict')
      case 'hang':
        fire(fault)
        if (random() < 0.5) await apply()
        return never
      case 'late-apply':
        if (kind === 'read') break
        fire(fault)
        platform.schedule(forMs, () => void apply())
        await sleep(platform, random() * 20)
        throw new Error('socket hang up')
      case 'applied-reply-lost':
      case 'applied-then-500':
        if (kind === 'read') break
        fire(fault)
        await apply()
        await travel()
        throw new Error(fault === 'applied-then-500' ? '500 Internal Server Error' : 'socket hang up')
      default:
        break // what is left concerns pages and snapshots
    }
    const answer = await apply()
    await travel()
    return answer
  }

  /** The fault planned for the next request, when it is one of these. */
  function upcoming(...kinds: readonly FaultClass[]): FaultClass | undefined {
    const fault = planned.get(requests)?.fault
    if (fault === undefined || !kinds.includes(fault)) return undefined
    fire(fault)
    return fault
  }

  const store: Store = {
    limits: base.limits,
    recordBytes: (...args) => base.recordBytes(...args),
    append: (...args) => request('write', () => base.append(...args)),
    findCommandId: (...args) => request('read', async () => base.findCommandId?.(...args)),
    async recover(key, limit) {
      const fault = upcoming('page-of-one', 'snapshot-lost', 'snapshot-stale')
      const found = await request('read', () => base.recover(key, fault === 'page-of-one' ? 1 : limit))
      if (fault === 'snapshot-lost') return { ...found, snapshot: undefined }
      return fault === 'snapshot-stale' ? { ...found, snapshot: formerSnapshots.get(key) } : found
    },
    range(key, fromRevision, limit) {
      const fault = upcoming('page-of-one')
      return request('read', () => base.range(key, fromRevision, fault === undefined ? limit : 1))
    },
    async saveSnapshot(key, snapshot) {
      if (upcoming('snapshot-lost') !== undefined) return
      await request('write', () => saveSnapshot(key, snapshot))
    },
  }
  return { store, fired, requests: () => requests, snapshotRegressions }
}

function refused(why: string): TailfoldError {
  const data = { operation: 'append', applied: 'no' as const }
  return new TailfoldError('store-unavailable', `The store refused: ${why}.`, data, { retryable: true })
}
