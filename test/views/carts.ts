import {
  createEngine,
  type ExecuteOptions,
  type Journal,
  memoryRows,
  memoryStore,
  type Platform,
  type RowStore,
  type Store,
  systemPlatform,
} from 'tailfold'
import { keyValueJournal } from 'tailfold/store'
import { type Consumers, createConsumers, type ParkedEntity, type StateConsumer } from 'tailfold/consumers'
import { readViews, view, type ViewReaders } from 'tailfold/views'
import { cart, type CartCommand } from '../../functions/cart/cart.ts'

/** Carts by their status, the fullest last. */
export const carts = view({
  name: 'carts',
  from: cart,
  row: (state) =>
    state.status === 'empty'
      ? null
      : {
          status: state.status,
          items: state.status === 'active' ? state.items.length : state.receipt.items.length,
        },
  indexes: {
    byStatus: { by: (row) => row.status, sort: (row) => row.items },
    large: { by: (row) => (row.items > 2 ? true : undefined) },
  },
})

/** Carts with a view of them. */
export interface Shop {
  readonly journal: Journal
  readonly rows: RowStore
  readonly views: ViewReaders<readonly [typeof carts]>
  readonly parked: ParkedEntity[]
  /** Requests since the last call: to the rows and to the journal. */
  requests(): {
    readonly gets: number
    readonly writes: number
    readonly queries: number
    readonly journal: number
  }
  /** Sends a command; resolves with the revision of its answer. */
  send(id: string, command: CartCommand, options?: ExecuteOptions): Promise<number>
  /** Consumers in a process of their own. */
  open(view?: StateConsumer): Consumers
  /** Delivers every change of the store, arranged in some way. */
  deliver(consumers?: Consumers, arrange?: <Item>(items: readonly Item[]) => readonly Item[]): Promise<void>
}

/** A cart with so many different items. */
export const items = (count: number): readonly CartCommand[] =>
  Array.from({ length: count }, (_, n) => ({ type: 'AddItem', sku: `s${n}`, quantity: 1, unitPrice: 5 }))

/** Sets up carts, in memory unless a store or rows are given. */
export function shop(
  given: { readonly store?: Store; readonly rows?: RowStore; readonly platform?: Platform } = {},
): Shop {
  const base = given.store ?? memoryStore()
  const baseRows = given.rows ?? memoryRows()
  let count = { gets: 0, writes: 0, queries: 0, journal: 0 }
  const store: Store = {
    ...base,
    recover: (...args) => ((count.journal += 1), base.recover(...args)),
    range: (...args) => ((count.journal += 1), base.range(...args)),
  }
  const isRow = (key: string) => key.includes('w/')
  const rows: RowStore = {
    ...baseRows,
    get: (keys, request) => ((count.gets += keys.some(isRow) ? 1 : 0), baseRows.get(keys, request)),
    write: (writes, request) => (
      (count.writes += writes.some(({ row }) => isRow(row.key)) ? 1 : 0), baseRows.write(writes, request)
    ),
    query: (query, request) => (
      (count.queries += query.value.includes('w/') ? 1 : 0), baseRows.query(query, request)
    ),
  }
  const journal = keyValueJournal(store)
  const engine = createEngine(cart, {
    journal: keyValueJournal(base),
    platform: given.platform ?? systemPlatform,
  })
  const parked: ParkedEntity[] = []
  const open = (of: StateConsumer = carts) =>
    createConsumers({ journal, rows, consumers: [of], onParked: (each) => parked.push(each) })
  return {
    journal,
    rows,
    views: readViews({ journal, rows, views: [carts] }),
    parked,
    requests() {
      const counted = count
      count = { gets: 0, writes: 0, queries: 0, journal: 0 }
      return counted
    },
    async send(id, command, options) {
      const { revision } = await engine.execute(id, command as never, options)
      return revision
    },
    open,
    async deliver(consumers = open(), arrange = (all) => all) {
      const page = await journal.changes?.(undefined, 10_000)
      await consumers.deliver(arrange(page?.changes ?? []))
    },
  }
}
