import {
  createEngine,
  type ExecuteOptions,
  type Journal,
  type Platform,
  memoryRows,
  memoryStore,
  type Change,
  type RowStore,
  type Store,
  systemPlatform,
} from 'tailfold'
import { keyValueJournal, storeFailure } from 'tailfold/store'
import {
  type Consumer,
  type Consumers,
  createConsumers,
  consumer,
  type EventMeta,
  type ParkedEntity,
} from 'tailfold/consumers'
import { counter } from './counter.ts'

/** What a consumer was given. */
export interface Seen {
  readonly by: number
  readonly meta: EventMeta
}

/** A journal of counters, rows and one consumer that writes down what it is given. */
export interface Counted {
  readonly store: Store
  readonly journal: Journal
  readonly rows: RowStore
  readonly seen: Seen[]
  readonly parked: (ParkedEntity & { readonly consumer: string })[]
  /** Requests to the journal for commits, since the last call. */
  reads(): number
  /** Requests to the rows by name, since the last call. */
  rowRequests(): Readonly<Record<string, number>>
  count(id: string, by: number, options?: ExecuteOptions): Promise<void>
  /** The changes of the store, all of them, with their records or without. */
  changes(withRecords?: boolean): Promise<readonly Change[]>
  /** Starts another process: nothing is remembered. */
  open(handle?: (seen: Seen) => Promise<void> | void, definition?: object): Consumers
}

/** Sets up counters and a consumer of them, in memory unless a store or rows are given. */
export function counted(
  given: { readonly store?: Store; readonly rows?: RowStore; readonly platform?: Platform } = {},
): Counted {
  const sound = given.store ?? memoryStore()
  const requests = { reads: 0, rows: {} as Record<string, number> }
  const store: Store = {
    ...sound,
    range: (...args) => {
      requests.reads += 1
      return sound.range(...args)
    },
  }
  const base = given.rows ?? memoryRows()
  const told = (name: string) => (requests.rows[name] = (requests.rows[name] ?? 0) + 1)
  const rows: RowStore = {
    ...base,
    get: (keys, request) => {
      told(keys.some((key) => key.includes('p/')) ? 'get' : 'other')
      return base.get(keys, request)
    },
    write: (writes, request) => {
      told(writes.some(({ row }) => row.key.includes('p/')) ? 'write' : 'other')
      return base.write(writes, request)
    },
  }
  const journal = keyValueJournal(store)
  const engine = createEngine(counter, { journal: keyValueJournal(sound), platform: systemPlatform })
  const seen: Seen[] = []
  const parked: Counted['parked'] = []
  return {
    store,
    journal,
    rows,
    seen,
    parked,
    reads() {
      const { reads } = requests
      requests.reads = 0
      return reads
    },
    rowRequests() {
      const { other: _, ...counts } = requests.rows
      requests.rows = {}
      return counts
    },
    async count(id, by, options) {
      await engine.execute(id, { type: 'Count', by }, options)
    },
    async changes(withRecords = true) {
      const page = await store.changes?.(undefined, 10_000)
      return (page?.changes ?? []).map(({ key, revision, record }) =>
        withRecords ? { key, revision, record } : { key, revision },
      )
    },
    open(handle = () => {}, definition = {}) {
      const adding: Consumer = consumer({
        name: 'adding',
        from: counter,
        async handle({ by }, meta) {
          await handle({ by, meta })
          seen.push({ by, meta })
        },
        ...definition,
      })
      return createConsumers({
        journal,
        rows,
        consumers: [adding],
        onParked: (one) => void parked.push(one),
        platform: given.platform,
      })
    },
  }
}

/** The amounts that were seen of each counter, in order. */
export function amountsOf(seen: readonly Seen[]): Readonly<Record<string, readonly number[]>> {
  const amounts: Record<string, number[]> = {}
  for (const { by, meta } of seen) (amounts[meta.entity.entityId] ??= []).push(by)
  return amounts
}

/** Rows whose writes of positions are carried out, and never answered. */
export function repliesToPositionsLost(rows: RowStore): RowStore {
  return {
    ...rows,
    async write(...args) {
      const written = await rows.write(...args)
      if (args[0].some(({ row }) => row.key.startsWith('p/')))
        throw storeFailure('write rows', 'the reply was lost', { applied: 'unknown' })
      return written
    },
  }
}
