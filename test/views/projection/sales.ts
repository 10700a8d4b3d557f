import {
  Behaviors,
  type Change,
  createEngine,
  entity,
  type EntityDefinition,
  type ExecuteOptions,
  type Journal,
  memoryRows,
  memoryStore,
  type Platform,
  type RowStore,
  systemPlatform,
} from 'tailfold'
import { keyValueJournal } from 'tailfold/store'
import { type Consumers, createConsumers, type DeliveryReport, type ParkedEntity } from 'tailfold/consumers'
import { type Projection, projection } from 'tailfold/views'
import { counter } from '../../helpers/counter.ts'

export type Sold = { readonly type: 'Sold' | 'Returned'; readonly day: string; readonly amount: number }
export type Sale = Sold | { readonly type: 'Noted'; readonly text: string }

/** A shop that writes down whatever events it is sent. */
export const shop: EntityDefinition<'shop', { n: number }, Sale, { type: 'Write'; events: readonly Sale[] }> =
  entity({
    entityType: 'shop',
    initialState: { n: 0 },
    onEvent: ({ n }: { n: number }, _event: Sale) => ({ n: n + 1 }),
    onCommand: (_ctx, _state, { events }: { type: 'Write'; events: readonly Sale[] }) =>
      Behaviors.persisted<Sale, { n: number }>({ events }),
  })

/** Sales of each day, over all shops, and counters by the way. */
export const days = projection({
  name: 'days',
  from: [shop, counter],
  initialRow: { sales: 0, amount: 0 },
  key: (event, { timestamp }) =>
    event.type === 'Noted' ? 'notes' : event.type === 'Counted' ? `t${timestamp - timestamp}` : event.day,
  on: {
    Sold: ({ sales, amount }, event) => ({ sales: sales + 1, amount: amount + event.amount }),
    Returned: ({ sales, amount }, event) => ({ sales, amount: amount - event.amount }),
    Counted: (row, { by }) => ({ ...row, amount: row.amount + by }),
  },
  indexes: { bySize: { by: ({ sales }) => (sales > 1 ? 'large' : 'small'), sort: ({ amount }) => amount } },
})

export const sold = (day: string, amount: number): Sold => ({ type: 'Sold', day, amount })

/** Shops with their journal, rows and requests. */
export interface Shops {
  readonly journal: Journal
  readonly rows: RowStore
  readonly parked: ParkedEntity[]
  /** Requests to the rows since the last call: keys that were read, rows that were written, refused writes. */
  requests(): { gets: number; keys: number; writes: number; rows: number; refused: number }
  write(id: string, events: readonly Sale[], options?: ExecuteOptions): Promise<number>
  changes(withRecords?: boolean): Promise<readonly Change[]>
  /** A process of its own. */
  open(of?: Projection, platform?: Platform): Consumers
  deliver(
    consumers?: Consumers,
    arrange?: <Item>(items: readonly Item[]) => readonly Item[],
  ): Promise<DeliveryReport>
  /** The rows as they are stored, without what the version and kind add to their keys. */
  stored(of?: Projection): Promise<Readonly<Record<string, unknown>>>
}

/** Sets up shops, in memory unless rows are given. */
export function shops({ rows: base = memoryRows() }: { readonly rows?: RowStore } = {}): Shops {
  const store = memoryStore()
  const journal = keyValueJournal(store)
  const engine = createEngine(shop, { journal: keyValueJournal(store), platform: systemPlatform })
  const zero = { gets: 0, keys: 0, writes: 0, rows: 0, refused: 0 }
  let count = { ...zero }
  const rows: RowStore = {
    ...base,
    get: (keys, request) => ((count.gets += 1), (count.keys += keys.length), base.get(keys, request)),
    async write(writes, request) {
      count.writes += 1
      const written = await base.write(writes, request)
      if (written) count.rows += writes.length
      else count.refused += 1
      return written
    },
  }
  const parked: ParkedEntity[] = []
  const changes = async (withRecords = true) => {
    const page = await store.changes?.(undefined, 10_000)
    return (page?.changes ?? []).map(({ key, revision, record }) =>
      withRecords && record !== undefined ? { key, revision, record } : { key, revision },
    )
  }
  const open = (of: Projection = days, platform: Platform = systemPlatform) =>
    createConsumers({ journal, rows, consumers: [of], platform, onParked: (each) => void parked.push(each) })
  return {
    journal,
    rows,
    parked,
    requests() {
      const counted = count
      count = { ...zero }
      return counted
    },
    async write(id, events, options) {
      const { revision } = await engine.execute(id, { type: 'Write', events }, options)
      return revision
    },
    changes,
    open,
    async deliver(consumers = open(), arrange = (all) => all) {
      const [report] = await consumers.deliver(arrange(await changes()))
      return report as DeliveryReport
    },
    async stored(of = days) {
      const page = await base.scan('', undefined, 1_000)
      const found = page.rows.filter(({ key }) => key.includes(`w/${of.id}/`))
      return Object.fromEntries(found.map(({ key, value }) => [key.replace(`w/${of.id}/`, ''), value]))
    },
  }
}
