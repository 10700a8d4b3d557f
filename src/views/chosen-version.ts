import type { Platform } from '../core/base/platform.ts'
import type { RowStore } from '../journal/row-store.ts'
import type { ProjectionReader } from './projection/projection-read.ts'
import { chosenVersion } from './switch-view.ts'
import type { ViewReader } from './view-read.ts'

/** How long a process goes on with the version that it read last. */
const cachedMs = 5_000

/** The reader of one version of a view. */
export interface VersionReader<Reader> {
  readonly version: number
  readonly reader: Reader
}

/**
 * Reads the version of a view that was chosen with `switchView`: one more request, every 5 seconds at most. Of versions that
 * are not here the newest before it counts; where none was chosen, the oldest.
 */
export function chosenReader<Reader extends ViewReader | ProjectionReader>(
  name: string,
  versions: ReadonlyArray<VersionReader<Reader>>,
  rows: RowStore,
  platform: Platform,
): Reader {
  const [oldest, ...newer] = versions.toSorted((one, other) => one.version - other.version)
  let cached: { readonly until: number; readonly reader: Promise<Reader> } | undefined

  async function choose(): Promise<Reader> {
    const chosen = (await chosenVersion(rows, name)) ?? 0
    const found = newer.findLast(({ version }) => version <= chosen) ?? oldest
    return (found as VersionReader<Reader>).reader
  }

  async function current(): Promise<Reader> {
    const now = platform.now()
    if (cached === undefined || cached.until <= now) {
      const reader = choose()
      const mine = { until: now + cachedMs, reader }
      cached = mine
      reader.catch(() => {
        if (cached === mine) cached = undefined
      })
    }
    return cached.reader
  }

  return {
    get: async (...read: Parameters<ViewReader['get']>) => ((await current()) as ViewReader).get(...read),
    query: async (...read: Parameters<ViewReader['query']>) =>
      ((await current()) as ViewReader).query(...read),
  } as Reader
}
