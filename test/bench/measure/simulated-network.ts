import { setTimeout as delay } from 'node:timers/promises'
import { type Cost, memoryStore, type RecordPage, type Store } from '../../../src/index.ts'
import { readUnits, writeUnits } from '../pricing.ts'

/** Milliseconds of every request. */
export const networkMs = 5

/** A store in memory behind a simulated network. */
export interface DistantStore {
  readonly store: Store
  /** What its requests cost so far: units by AWS's prices for the sizes of the records. */
  total(): Cost
}

/** Opens an empty one. Each request takes {@link networkMs}; work within the process takes what it takes. */
export function distantStore(): DistantStore {
  const memory = memoryStore()
  const total = { requests: 0, readUnits: 0, writeUnits: 0 }

  async function send<Answer>(request: () => Promise<Answer>): Promise<Answer> {
    total.requests += 1
    await delay(networkMs)
    return request()
  }
  const bytesOf = (key: string, { commits }: Pick<RecordPage, 'commits'>) =>
    commits.reduce((sum, { revision, record }) => sum + memory.recordBytes(key, revision, record), 0)

  const store: Store = {
    limits: memory.limits,
    recordBytes: memory.recordBytes,
    async append(key, revision, record, request) {
      const result = await send(() => memory.append(key, revision, record, request))
      const there = result.kind === 'occupied' && result.record !== undefined ? result.record : record
      total.writeUnits += writeUnits(memory.recordBytes(key, revision, there))
      return result
    },
    async recover(key, limit, request) {
      const found = await send(() => memory.recover(key, limit, request))
      const { snapshot } = found
      const snapshotBytes = snapshot ? memory.recordBytes(key, snapshot.revision, snapshot.record) : 0
      total.readUnits += readUnits(bytesOf(key, found) + snapshotBytes, true)
      return found
    },
    async range(key, fromRevision, limit, request) {
      const page = await send(() => memory.range(key, fromRevision, limit, request))
      total.readUnits += readUnits(bytesOf(key, page), true)
      return page
    },
    async saveSnapshot(key, snapshot, request) {
      await send(() => memory.saveSnapshot(key, snapshot, request))
      total.writeUnits += writeUnits(memory.recordBytes(key, snapshot.revision, snapshot.record))
    },
  }
  return { store, total: () => ({ ...total }) }
}

/** What was spent between two totals, for each of so many commands. */
export function costPerCommand(before: Cost, after: Cost, commands: number): Cost {
  return {
    requests: (after.requests - before.requests) / commands,
    readUnits: (after.readUnits - before.readUnits) / commands,
    writeUnits: (after.writeUnits - before.writeUnits) / commands,
  }
}
