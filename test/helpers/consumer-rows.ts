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
import { view } from 'tailfold/views'
import { feedCursor, feedCursorKey } from '../../src/consumers/feed-cursor.ts'
import { counter } from './counter.ts'

/** The time of every row that {@link writtenRows} writes: the year 2100, for a store drops rows that have expired. */
export const writtenAt = 4_102_444_800_000
const platform = { ...systemPlatform, now: () => writtenAt, random: () => 0 }

/** One feed page, and that there is more. */
export const endlessFeed: ChangeFeed = {
  changes: async () => ({ changes: [], cursor: '{"scan":["start"]}', more: true }),
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
  await writePlaces(rows, consumers)
  await consumers.deliver([{ key: 'counter/behind', revision: 2_000 }], { only: 'mail@1' })
  await retryParked(rows, 'mail@1', 'counter/released')
  return (await rows.scan('', undefined, 100)).rows
}

/** How far feeds were read, and what a person asked for. */
async function writePlaces(rows: RowStore, consumers: ReturnType<typeof createConsumers>): Promise<void> {
  await feedCursor(rows, feedCursorKey('mail@1'), 'follower-1', platform.now).hold('{"position":7}')
  await requestCatchUp(rows, 'sums@2')
  const stop = new AbortController()
  const options = { feed: endlessFeed, signal: stop.signal, onProgress: () => stop.abort() }
  await catchUp(consumers, { ...options, only: 'mail@1', run: '3' })
}
