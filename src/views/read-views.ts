import { checkNames, type OptionNames } from '../core/base/check-options.ts'
import type { Platform } from '../core/base/platform.ts'
import type { Journal } from '../core/journal/journal.ts'
import type { RowStore } from '../journal/row-store.ts'
import { checkRetry } from '../core/engine/options.ts'
import type { RetryOptions } from '../core/engine/run.ts'
import { systemPlatform } from '../platform.ts'
import { chosenReader, type VersionReader } from './chosen-version.ts'
import { retriedReads } from './retried-reads.ts'
import type { Projection } from './projection/projection.ts'
import type { ProjectionReader } from './projection/projection-read.ts'
import { projectionReader } from './projection/projection-reader.ts'
import type { View } from './view.ts'
import type { ViewReader } from './view-read.ts'
import { viewReader } from './view-reader.ts'
import { viewSource } from './view-source.ts'

/** What can be read: a view, or a projection. */
export type ReadableView = View | Projection

/** Readers of some views and projections, by their names. */
export type ViewReaders<Views extends readonly ReadableView[]> = {
  readonly [Each in Views[number] as Each['name']]: Each extends View<string, infer Row, infer IndexName>
    ? ViewReader<Row, IndexName>
    : Each extends Projection<string, infer Row, infer IndexName>
      ? ProjectionReader<Row, IndexName>
      : never
}

/** Options of {@link readViews}. */
export interface ReadViewsOptions<Views extends readonly ReadableView[]> {
  /** Answers what the rows do not know yet. */
  readonly journal: Journal
  /** Where the rows are. */
  readonly rows: RowStore
  /** Several versions of one view are read as one: the version that `switchView` chose, the oldest where none was. */
  readonly views: Views
  /** How long and how often reads of rows and of the journal are tried. Default: as commands are. */
  readonly retry?: RetryOptions | undefined
  /** Clock and timers. Default: those of the system. */
  readonly platform?: Platform | undefined
}

const optionNames: OptionNames<ReadViewsOptions<[]>> = {
  journal: true,
  rows: true,
  views: true,
  retry: true,
  platform: true,
}

/** Makes the readers of some views and projections. Throws `TypeError` for options that cannot work. */
export function readViews<const Views extends readonly ReadableView[]>(
  options: ReadViewsOptions<Views>,
): ViewReaders<Views> {
  return readersFor('readViews', options)
}

/** @param of What was called, for messages. */
export function readersFor<const Views extends readonly ReadableView[]>(
  of: string,
  options: ReadViewsOptions<Views>,
): ViewReaders<Views> {
  checkNames(of, options, optionNames)
  const { journal, rows, views, retry, platform = systemPlatform } = options
  if (!Array.isArray(views)) throw new TypeError(`${of} needs views: a list of what view(...) makes.`)
  if (typeof rows?.query !== 'function')
    throw new TypeError(`${of} needs a row store, such as sqliteRows or memoryRows make.`)
  checkRetry(retry)
  const startReads = retriedReads(rows, platform, retry)
  const source = viewSource({ journal, platform, retry }, views.filter(isView))
  const readers = new Map<string, ReadonlyArray<VersionReader<ViewReader | ProjectionReader>>>()
  const ids = new Set<string>()
  for (const view of views) {
    if (ids.has(view.id)) {
      const { name, version } = view
      const todo = 'rename one, or raise its version'
      throw new TypeError(`Two views are named ${name}, version ${version}: ${todo}.`)
    }
    ids.add(view.id)
    if (view.indexes.length > rows.limits.indexes) {
      const limit = `this row store has ${rows.limits.indexes}`
      throw new TypeError(`View ${view.id} has ${view.indexes.length} indexes; ${limit}.`)
    }
    const reader = isView(view)
      ? viewReader({ view, startReads, source, platform })
      : projectionReader({ projection: view, startReads, journal, platform })
    readers.set(view.name, [...(readers.get(view.name) ?? []), { version: view.version, reader }])
  }
  const chosen = [...readers].map(([name, versions]) => {
    const [only] = versions
    const isOne = versions.length === 1 && only !== undefined
    return [name, isOne ? only.reader : chosenReader(name, versions, { platform, startReads })] as const
  })
  return Object.fromEntries(chosen) as unknown as ViewReaders<Views>
}

/** Whether it is a view, and no projection. */
export function isView(readable: ReadableView): readable is View {
  return 'row' in readable
}
