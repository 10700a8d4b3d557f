import { catchUp } from '../consumers/catch-up.ts'
import { createConsumers } from '../consumers/consumers.ts'
import { type Cost, type RequestOptions, startMeter } from '../core/base/cost.ts'
import { checkNames, type OptionNames, requestNames } from '../core/base/check-options.ts'
import type { Platform } from '../core/base/platform.ts'
import type { ChangeFeed } from '../core/journal/journal.ts'
import { keyValueJournal } from '../journal/key-value-journal.ts'
import type { RowStore } from '../journal/row-store.ts'
import type { Store } from '../journal/store.ts'
import { systemPlatform } from '../platform.ts'
import { keysFeed } from './keys-feed.ts'
import { isView, type ReadableView } from './read-views.ts'
import { noteRebuilt, rebuildName } from './rebuild-place.ts'
import { isRowOf } from './view-row.ts'

/** Options of {@link rebuildView}. */
export interface RebuildViewOptions extends RequestOptions {
  /** Where the entities are. */
  readonly store: Store
  readonly rows: RowStore
  /**
   * Reaches back to the first commit, such as `dynamoDbScan`, which tables need. Default: of a view, the keys of the store
   * where it lists them all; else the feed of the store.
   */
  readonly feed?: ChangeFeed | undefined
  /** Most entities, or changes of a feed, in a second. Default: no limit. */
  readonly changesPerSecond?: number | undefined
  /** Called after each page, with what this run has done. */
  readonly onProgress?: ((report: RebuildReport) => void) | undefined
  /** Clock and timers. Default: those of the system. */
  readonly platform?: Platform | undefined
}

const optionNames: OptionNames<RebuildViewOptions> = {
  ...requestNames,
  store: true,
  rows: true,
  feed: true,
  changesPerSecond: true,
  onProgress: true,
  platform: true,
}

/** What a run of {@link rebuildView} has done. */
export interface RebuildReport extends Cost {
  /** `<name>@<version>`. */
  readonly view: string
  /** What was read: the state of each entity, or the changes of a feed. */
  readonly source: 'entities' | 'changes'
  /** How many of them, in this run. */
  readonly read: number
  /** Rows written. */
  readonly written: number
  /** Rows that were not written because a newer one came meanwhile. */
  readonly refused: number
  /** Rows that were there already, as new. Absent where changes are read: these have no row each. */
  readonly unchanged?: number | undefined
  /** Entities whose row cannot be made; they are parked for this view. */
  readonly parked: readonly string[]
  /** Entities that could not be read or written. The place is kept before them: repeat the rebuild. */
  readonly failed: number
  /** True when all has been read. */
  readonly complete: boolean
}

/**
 * Makes the rows of a view or projection from the whole journal, while its consumer goes on: each row is written only where
 * no newer one is. Keeps its place after each page: killed and started again, it goes on there. Start the consumer first, so
 * that nothing that begins during the rebuild is missed. Rows of the same revision are not replaced: raise the version, or
 * drop the view, where `row` has changed. Throws `TypeError` where neither keys nor a feed reach all entities.
 */
export async function rebuildView(view: ReadableView, options: RebuildViewOptions): Promise<RebuildReport> {
  checkNames('rebuildView', options, optionNames)
  const { store, rows, changesPerSecond, onProgress, platform = systemPlatform, meter, signal } = options
  const total = startMeter()
  const counted = countedRows(rows, view.id)
  const parked: string[] = []
  const consumers = createConsumers({
    journal: keyValueJournal(store),
    rows: counted.rows,
    consumers: [{ ...view, isRebuild: true }],
    onParked: ({ key }) => parked.push(key),
    platform,
  })
  const { source, feed } = sourceOf(view, options)
  const reportOf = (done: { changes: number; failed: number; complete: boolean }): RebuildReport => {
    const { written, refused } = counted
    const unchanged = done.changes - written - refused - parked.length - done.failed
    return {
      view: view.id,
      source,
      read: done.changes,
      written,
      refused,
      ...(source === 'entities' && { unchanged }),
      parked,
      failed: done.failed,
      complete: done.complete && done.failed === 0,
      ...total.total(),
    }
  }
  const done = await catchUp(consumers, {
    only: view.id,
    name: rebuildName(view.id),
    feed,
    changesPerSecond,
    signal,
    meter(cost) {
      total.meter(cost)
      meter?.(cost)
    },
    onProgress: (progress) => onProgress?.(reportOf(progress)),
  })
  const report = reportOf(done)
  if (report.complete) await noteRebuilt(rows, view.id, platform.now())
  return report
}

function sourceOf(
  view: ReadableView,
  { store, feed }: RebuildViewOptions,
): Pick<RebuildReport, 'source'> & { readonly feed: ChangeFeed } {
  if (feed !== undefined) return { source: 'changes', feed }
  const { keys, changes } = store
  if (isView(view) && keys !== undefined)
    return { source: 'entities', feed: keysFeed({ keys: keys.bind(store) }, view.entityTypes) }
  if (changes !== undefined) return { source: 'changes', feed: { changes: changes.bind(store) } }
  throw new TypeError(
    'rebuildView needs a feed: this store lists neither its entities nor its changes. Pass one that reaches back to the first commit, such as dynamoDbScan.',
  )
}

/** Rows that count what is written to those of a view. */
function countedRows(rows: RowStore, id: string) {
  let written = 0
  let refused = 0
  return {
    // Each method is called on the rows: an object of a class has none of its own.
    rows: {
      limits: rows.limits,
      get: async (...args) => rows.get(...args),
      query: async (...args) => rows.query(...args),
      scan: async (...args) => rows.scan(...args),
      remove: async (...args) => rows.remove(...args),
      async write(...[writes, request]: Parameters<RowStore['write']>) {
        const count = writes.filter(({ row }) => isRowOf(id, row.key)).length
        const done = await rows.write(writes, request)
        if (done) written += count
        else refused += count
        return done
      },
    } satisfies RowStore,
    get written() {
      return written
    },
    get refused() {
      return refused
    },
  }
}
