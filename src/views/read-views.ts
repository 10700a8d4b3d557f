import { checkOptionsObject } from '../core/base/describe-value.ts'
import type { Platform } from '../core/base/platform.ts'
import type { Journal } from '../core/journal/journal.ts'
import type { RowStore } from '../journal/row-store.ts'
import { systemPlatform } from '../platform.ts'
import type { View } from './view.ts'
import type { ViewReader } from './view-read.ts'
import { viewReader } from './view-reader.ts'
import { viewSource } from './view-source.ts'

/** Readers of some views, by their names. */
export type ViewReaders<Views extends readonly View[]> = {
  readonly [Each in Views[number] as Each['name']]: Each extends View<string, infer Row, infer IndexName>
    ? ViewReader<Row, IndexName>
    : never
}

/** Options of {@link readViews}. */
export interface ReadViewsOptions<Views extends readonly View[]> {
  /** Answers what the rows do not know yet. */
  readonly journal: Journal
  /** Where the rows are. */
  readonly rows: RowStore
  readonly views: Views
  /** Clock and timers. Default: those of the system. */
  readonly platform?: Platform | undefined
}

/** Makes the readers of some views. Throws `TypeError` for options that cannot work. */
export function readViews<const Views extends readonly View[]>(
  options: ReadViewsOptions<Views>,
): ViewReaders<Views> {
  checkOptionsObject('The options of readViews', options)
  const { journal, rows, views, platform = systemPlatform } = options
  if (!Array.isArray(views)) throw new TypeError('readViews needs views: a list of what view(...) makes.')
  if (typeof rows?.query !== 'function')
    throw new TypeError('readViews needs a row store, such as sqliteRows or memoryRows make.')
  const source = viewSource(journal, platform, views)
  const readers = new Map<string, ViewReader>()
  for (const view of views) {
    if (readers.has(view.name))
      throw new TypeError(`Two views are named ${view.name}; read one version at a time.`)
    if (view.indexes.length > rows.limits.indexes) {
      const limit = `this row store has ${rows.limits.indexes}`
      throw new TypeError(`View ${view.id} has ${view.indexes.length} indexes; ${limit}.`)
    }
    readers.set(view.name, viewReader({ view, rows, source, platform }))
  }
  return Object.fromEntries(readers) as unknown as ViewReaders<Views>
}
