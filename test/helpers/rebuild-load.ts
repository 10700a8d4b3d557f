import { type ChangeFeed, createEngine, type RowStore, type Store, systemPlatform } from 'tailfold'
import { createConsumers } from 'tailfold/consumers'
import { keyValueJournal } from 'tailfold/store'
import { checkView, rebuildView, type RebuildReport, view, type ViewCheck } from 'tailfold/views'
import { inParallel } from '../../src/consumers/parallel.ts'
import { counter } from './counter.ts'

/** The view that is rebuilt: one row for each counter, in no index. */
export const sums = view({ name: 'sums', version: 2, from: counter, row: ({ sum }) => ({ sum }) })

/** Where counters and their rows are. */
export interface RebuildStores {
  readonly store: Store
  readonly rows: RowStore
  /** Reads all commits, where the store lists neither its keys nor its changes. */
  readonly feed?: ChangeFeed | undefined
}

/** Writes so many counters, one commit each, many at once. */
export async function fillCounters({ store }: Pick<RebuildStores, 'store'>, entities: number): Promise<void> {
  const engine = createEngine(counter, { journal: keyValueJournal(store), platform: systemPlatform })
  const ids = Array.from({ length: entities }, (_, n) => `c${n}`)
  await inParallel(ids, 64, async (id) => void (await engine.execute(id, { type: 'Count', by: 1 })))
}

/** Commands that are under way at once: a database that is too slow for the rate lowers it, and is not buried. */
const senders = 8

/**
 * Sends commands at a rate until the signal: to counters that are there, and every 50th to a new one. The consumer of the view
 * gets each change behind its commit. Resolves with how many commands.
 */
export async function writeAtRate(
  { store, rows }: RebuildStores,
  { entities, perSecond, signal }: { entities: number; perSecond: number; signal: AbortSignal },
): Promise<number> {
  const journal = keyValueJournal(store)
  const engine = createEngine(counter, { journal, platform: systemPlatform })
  const live = createConsumers({ journal, rows, consumers: [sums] })
  async function send(n: number): Promise<void> {
    const id = n % 50 === 0 ? `new${n}` : `c${(n * 7_919) % entities}`
    const { revision } = await engine.execute(id, { type: 'Count', by: 1 })
    const [report] = await live.deliver([{ key: `counter/${id}`, revision }])
    const [failed] = report?.failed ?? []
    if (failed !== undefined) throw failed.error
  }
  const start = performance.now()
  let sent = 0
  await inParallel(Array.from({ length: senders }), senders, async () => {
    while (!signal.aborted) {
      const n = sent++
      const due = start + (n * 1_000) / perSecond
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())))
      await send(n)
    }
  })
  return sent
}

/** What a rebuild did and cost, and what every row says then. */
export interface RebuildRun {
  readonly report: RebuildReport
  readonly check: ViewCheck
  readonly seconds: number
}

/** Rebuilds the view while `beside` goes on, and then compares every row with the state of its counter. */
export async function rebuildBeside(stores: RebuildStores, beside: () => Promise<void>): Promise<RebuildRun> {
  const start = performance.now()
  const report = await rebuildView(sums, stores)
  const seconds = (performance.now() - start) / 1_000
  await beside()
  const journal = keyValueJournal(stores.store)
  return { report, seconds, check: await checkView(sums, { ...stores, journal }) }
}

/** Rows that are not as they must be. */
export function wrongRows({ differing, surplus, missing, behind }: ViewCheck): number {
  return differing.length + surplus.length + missing.length + behind.length
}
