import {
  type ChangeFeed,
  createEngine,
  memoryRows,
  memoryStore,
  type RowStore,
  type StoredRow,
  systemPlatform,
} from 'tailfold'
import { catchUp, consumer, createConsumers, requestCatchUp, retryParked } from 'tailfold/consumers'
import { keyValueJournal } from 'tailfold/store'
import { projection, rebuildView, switchView, view } from 'tailfold/views'
import { feedCursor, feedCursorKey } from '../../src/consumers/feed-cursor.ts'
import { type Counted, counter } from './counter.ts'

/** The time of every row that {@link writtenRows} writes: the year 2100, for a store drops rows that have expired. */
export const writtenAt = 4_102_444_800_000
const platform = { ...systemPlatform, now: () => writtenAt, random: () => 0 }

/** One feed page, and that there is more. */
export const endlessFeed: ChangeFeed = {
  changes: async () => ({ changes: [], cursor: '{"scan":["start"]}', more: true }),
}

type Totals = { readonly count: number; readonly sum: number }
const totals = {
  from: counter,
  initialRow: { count: 0, sum: 0 },
  key: () => 'all of it',
  on: { Counted: ({ count, sum }: Totals, { by }: Counted) => ({ count: count + 1, sum: sum + by }) },
}

/** Options that end a reading after the first page of a feed. */
export function onePage(feed: ChangeFeed) {
  const stop = new AbortController()
  return { feed, signal: stop.signal, onProgress: () => stop.abort() }
}

/** The consumers whose rows the golden file holds. */
export const writers = {
  mail: consumer({
    name: 'mail',
    from: counter,
    handle({ by }) {
      if (by === 13) throw Object.assign(new Error('13 cannot be mailed'), { code: 'unlucky' })
    },
  }),
  sums: view({
    name: 'sums',
    version: 2,
    from: counter,
    row: ({ sum }) => (sum === 0 ? null : { sum, note: 'Grüße, 日本' }),
    indexes: { bySign: { by: ({ sum }) => (sum > 0 ? 'positive' : 'negative'), sort: ({ sum }) => sum } },
  }),
  totals: projection({ ...totals, name: 'totals', indexes: { bySum: { by: ({ sum }) => sum } } }),
  spread: projection({
    ...totals,
    name: 'spread',
    spread: 2,
    merge: (one, other) => ({ count: one.count + other.count, sum: one.sum + other.sum }),
  }),
}

/** Every kind of row that consumers and views write, written by them, ordered by key. */
export async function writtenRows(): Promise<readonly StoredRow[]> {
  const store = memoryStore()
  const journal = keyValueJournal(store)
  const engine = createEngine(counter, { journal, platform })
  const count = async (id: string, by: number, tenant?: string) =>
    engine.execute(id, { type: 'Count', by }, { tenant })
  const rows = memoryRows()
  const consumers = createConsumers({
    journal,
    rows,
    consumers: [writers.mail, writers.sums],
    platform,
    onParked: () => {},
  })
  for (const [id, by] of [
    ['delivered', 5],
    ['parked', 1],
    ['parked', 13],
    ['released', 13],
  ] as const)
    await count(id, by)
  for (const by of [4, -4]) await count('gone', by)
  await count('delivered', 7, 'acme')
  const { changes = [] } = (await store.changes?.(undefined, 100)) ?? {}
  await consumers.deliver(changes)
  await createConsumers({ journal, rows, consumers: [writers.spread], platform }).deliver(changes.slice(0, 1))
  await rebuildView(writers.totals, { store, rows, platform })
  await switchView('sums', 2, { rows, force: true })
  await writePlaces(rows, consumers)
  await consumers.deliver([{ key: 'counter/behind', revision: 2_000 }], { only: 'mail@1' })
  await retryParked(rows, 'mail@1', 'counter/released')
  return (await rows.scan('', undefined, 100)).rows
}

/** How far feeds were read, and what a person asked for. */
async function writePlaces(rows: RowStore, consumers: ReturnType<typeof createConsumers>): Promise<void> {
  await feedCursor(rows, feedCursorKey('mail@1'), 'follower-1', platform.now).hold({
    cursor: '{"position":7}',
  })
  const place = { cursor: '{"position":9}', replay: true }
  await feedCursor(rows, feedCursorKey('spread@1'), 'follower-1', platform.now).hold(place)
  await requestCatchUp(rows, 'sums@2')
  await catchUp(consumers, { ...onePage(endlessFeed), only: 'mail@1', run: '3' })
  await rebuildView(writers.sums, { ...onePage(endlessFeed), store: memoryStore(), rows, platform })
}
