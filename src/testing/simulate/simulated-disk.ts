import type {
  Store,
  StoredCommandId,
  StoredRecord,
  StoredSnapshot,
  StoreLimits,
} from '../../journal/store.ts'
import type { World } from './world.ts'

/** When a commit became durable, in steps of the history and in its true time. */
export interface Durable {
  readonly step: number
  readonly atMs: number
}

type Write = Durable & { readonly key: string } & (
    | {
        readonly kind: 'commit'
        readonly revision: number
        readonly record: StoredRecord
        readonly ids: readonly StoredCommandId[]
      }
    | { readonly kind: 'snapshot'; readonly snapshot: StoredSnapshot }
  )

/** What a store held until it was restored to an earlier time, or holds now. */
export interface DiskEpoch {
  readonly store: Store
  /** The step of the restore that ended it; `Infinity` for the last. */
  readonly endedAt: number
  /** Key and revision to the moment at which the commit became durable. */
  readonly durable: ReadonlyMap<string, Durable>
}

/** A store that can go back in time, as a restored table does. */
export interface SimulatedDisk {
  readonly store: Store
  /** Everything written after `atMs`, true time, is gone. */
  restore(atMs: number): Promise<void>
  epochs(): readonly DiskEpoch[]
}

/** The name of a commit in {@link DiskEpoch.durable}. */
export function commitName(key: string, revision: number): string {
  return `${key}@${revision}`
}

/** Keeps what is written, so that an earlier time can be made again in a store that is new. */
export function simulatedDisk(
  openStore: () => Store,
  world: World,
  limits: Partial<StoreLimits>,
): SimulatedDisk {
  const former: DiskEpoch[] = []
  let current = openStore()
  let writes: Write[] = []
  const now = () => ({ step: world.step(), atMs: world.elapsedMs() })

  return {
    store: {
      limits: { ...current.limits, ...limits },
      recordBytes: (...args) => current.recordBytes(...args),
      recover: (...args) => current.recover(...args),
      range: (...args) => current.range(...args),
      ...(current.findCommandId && {
        findCommandId: async (...args) => current.findCommandId?.(...args),
      }),
      async append(key, revision, record, request) {
        const result = await current.append(key, revision, record, request)
        if (result.kind === 'appended')
          writes.push({ kind: 'commit', key, revision, record, ids: request?.ids ?? [], ...now() })
        return result
      },
      async saveSnapshot(key, snapshot, request) {
        await current.saveSnapshot(key, snapshot, request)
        writes.push({ kind: 'snapshot', key, snapshot, ...now() })
      },
    },
    async restore(atMs) {
      former.push({ store: current, endedAt: world.step(), durable: durableOf(writes) })
      writes = writes.filter((write) => write.atMs <= atMs)
      current = openStore()
      for (const write of writes) await repeat(current, write)
    },
    epochs: () => [...former, { store: current, endedAt: Infinity, durable: durableOf(writes) }],
  }
}

async function repeat(store: Store, write: Write): Promise<void> {
  if (write.kind === 'snapshot') await store.saveSnapshot(write.key, write.snapshot)
  else await store.append(write.key, write.revision, write.record, { ids: write.ids })
}

function durableOf(writes: readonly Write[]): ReadonlyMap<string, Durable> {
  const commits = writes.filter((write) => write.kind === 'commit')
  return new Map(commits.map(({ key, revision, step, atMs }) => [commitName(key, revision), { step, atMs }]))
}
