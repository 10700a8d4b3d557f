import { sleep } from '../../../core/base/platform.ts'
import type { ChangeFeed } from '../../../core/journal/journal.ts'
import type { RowStore } from '../../../journal/row-store.ts'
import type { Store } from '../../../journal/store.ts'
import { rebuildView, switchView } from '../../../views/index.ts'
import type { SimulatedNetwork } from '../../simulate/simulated-network.ts'
import { type SimulatedProcess, simulatedProcess } from '../../simulate/simulated-process.ts'
import { remoteStore, storeOf } from '../../simulate/simulated-store.ts'
import type { VirtualPlatform } from '../../virtual-platform.ts'
import type { ConsumerFault } from '../classes.ts'
import type { Commits } from '../commits.ts'
import type { PlannedRebuild } from '../plan.ts'
import { rowsOf } from '../remote-rows.ts'
import type { ReadModels } from './definitions.ts'
import type { WatchedReadModels } from './watch.ts'

/** What an operator does, and with what. */
export interface RebuildOptions {
  readonly planned: PlannedRebuild
  readonly platform: VirtualPlatform
  readonly network: SimulatedNetwork
  readonly rows: RowStore
  readonly commits: Commits
  readonly watched: WatchedReadModels
  readonly models: ReadModels
  readonly keys: readonly string[]
  /** Called when a page of entities or changes was read. */
  readonly onPage: () => void
  readonly add: (fault: ConsumerFault) => void
}

/** How a rebuild ended. */
export interface RebuildEnd {
  /** The id of the version that was made. */
  readonly consumerId: string
  readonly complete: boolean
  readonly problems: readonly string[]
}

/** Pages that all runs have read, and those that a kill took before the place behind them was kept. */
interface Pages {
  read: number
  lost: number
  /** Whether nothing but kills made a run begin again. */
  keptPlace: boolean
}

/** The version that is made beside version 1. */
const version = 2
/** A run that has not ended by then hangs. */
const patienceMs = 20_000
const mostRuns = 15
/** Entities, or changes, in a page, and pages in a second. */
const pageSizes = { listed: 2, changes: 6 } as const

/**
 * Makes version 2 of a read model as an operator does: switches too early, which must be refused, rebuilds, is killed,
 * begins again, and switches. What a complete rebuild has made is compared with what was there when it began.
 */
export async function rebuildUnderFaults(options: RebuildOptions): Promise<RebuildEnd> {
  const { planned, platform, commits, models, keys, add } = options
  const view = models[planned.of](version)
  const heads = new Map(keys.map((key) => [key, commits.headOf(key)]))
  const problems: string[] = []
  const missing = () => notReached(options, view.id, heads)
  const trySwitch = async () => switchView(view.name, version, { rows: options.rows, store: commits.store })
  const pages: Pages = { read: 0, lost: 0, keptPlace: true }
  let complete = false
  for (let run = 0; run < mostRuns && !complete; run++) {
    add('switch-too-early')
    const { kind } = await trySwitch()
    // The note that a rebuild is complete may be there although writing it failed.
    if (kind === 'switched' && (run === 0 || missing().length > 0))
      problems.push(`${view.id} was chosen before it was rebuilt`)
    const ended = await runOnce(options, planned.killedAfterMs[run], pages)
    complete = ended === 'complete'
    if (ended === 'failed') pages.keptPlace = false
    if (ended === 'killed') {
      add('rebuild-killed')
      pages.lost += 1
    }
    if (!complete) await sleep(platform, 50)
  }
  if (!complete) return { consumerId: view.id, complete, problems }

  problems.push(...missing())
  const all = planned.source === 'listed' ? keys.filter((key) => commits.headOf(key) > 0) : commits.changes
  const most = Math.ceil(all.length / pageSizes[planned.source]) + pages.lost
  if (pages.keptPlace && pages.read > most)
    problems.push(`a rebuild of ${view.id} took ${pages.read} pages, not ${most}: it forgot its place`)
  const { kind } = await trySwitch()
  if (kind === 'not-ready' && !keys.some((key) => options.watched.reached(view.id, key).parked))
    problems.push(`${view.id} was rebuilt, but cannot be chosen`)
  return { consumerId: view.id, complete, problems }
}

/** The entities whose rows have not come as far as the commits that were there when a rebuild began. */
function notReached(
  { watched, commits }: RebuildOptions,
  id: string,
  heads: ReadonlyMap<string, number>,
): readonly string[] {
  return [...heads].flatMap(([key, head]) => {
    const { revision, parked } = watched.reached(id, key)
    return parked || revision >= head || commits.lastOf(key, revision) === commits.lastOf(key, head)
      ? []
      : [`the rebuilt ${id} has ${key} at ${revision}, not ${head}`]
  })
}

/** One run of a rebuild, in a process of its own. */
async function runOnce(
  options: RebuildOptions,
  killAfterMs: number | undefined,
  pages: Pages,
): Promise<'complete' | 'killed' | 'failed'> {
  const { planned, platform, rows, network, models } = options
  const process = simulatedProcess(platform, { clockOffsetMs: 0, crashAtWait: undefined })
  const { store, feed } = storeToRebuildFrom(options, process, (more) => {
    pages.read += 1
    // What was killed behind its last page begins at the beginning.
    if (!more && killAfterMs !== undefined) pages.keptPlace = false
  })
  const ended = rebuildView(models[planned.of](version), {
    store,
    rows: rowsOf(rows, network, process),
    ...(feed && { feed }),
    changesPerSecond: pageSizes[planned.source],
    platform: process.platform,
    onProgress: ({ failed }) => void (pages.keptPlace &&= failed === 0),
  }).then(
    ({ complete }) => (complete ? ('complete' as const) : ('failed' as const)),
    () => 'failed' as const,
  )
  const longest = sleep(platform, killAfterMs ?? patienceMs).then(() => 'late' as const)
  const first = await Promise.race([ended, longest])
  if (first !== 'late') return first
  process.crash()
  return killAfterMs === undefined ? 'failed' : 'killed'
}

/** A store that lists its entities, or one that lists only the newest, with a feed that reaches back. */
function storeToRebuildFrom(
  { planned, network, commits, onPage: onAnyPage }: RebuildOptions,
  process: SimulatedProcess,
  onPage: (more: boolean) => void,
): { readonly store: Store; readonly feed: ChangeFeed | undefined } {
  const base = commits.store as Required<Store>
  const read = async <Page extends { readonly more: boolean }>(apply: () => Promise<Page>): Promise<Page> => {
    const answer = await process.through(async () => network.request('read', apply))
    onPage(answer.more)
    onAnyPage()
    return answer
  }
  const changes: ChangeFeed['changes'] = async (...args) => read(async () => base.changes(...args))
  const listsAll = planned.source === 'listed'
  const keys: Required<Store>['keys'] = async (...args) => {
    const page = await read(async () => base.keys(...args))
    return listsAll ? page : { ...page, keys: page.keys.slice(1) }
  }
  const store = { ...storeOf(process, remoteStore(base, network)), keys }
  return { store, feed: listsAll ? undefined : { changes } }
}
