import type { Platform } from '../core/base/platform.ts'
import type { ProjectionReader } from './projection/projection-read.ts'
import type { StartReads } from './retried-reads.ts'
import { chosenVersion } from './switch-view.ts'
import type { ViewReader, ViewReadOptions } from './view-read.ts'

/** How long a process goes on with the version that it read last. */
const cachedMs = 5_000

/** What choosing takes. */
export interface ChosenReaderOptions {
  readonly platform: Platform
  readonly startReads: StartReads
}

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
  { platform, startReads }: ChosenReaderOptions,
): Reader {
  const [oldest, ...newer] = versions.toSorted((one, other) => one.version - other.version)
  let cached: { readonly until: number; readonly reader: Promise<Reader> } | undefined

  async function choose(): Promise<Reader> {
    const { rows } = startReads(undefined)
    const chosen = (await chosenVersion(rows, name)) ?? 0
    const found = newer.findLast(({ version }) => version <= chosen) ?? oldest
    return (found as VersionReader<Reader>).reader
  }

  async function current(): Promise<Reader> {
    const now = platform.now()
    // A clock that was set back must not keep it.
    if (cached === undefined || cached.until <= now || cached.until > now + cachedMs) {
      const reader = choose()
      const mine = { until: now + cachedMs, reader }
      cached = mine
      reader.catch(() => {
        if (cached === mine) cached = undefined
      })
    }
    return cached.reader
  }

  /** The read that chooses is shared, so each caller waits for it within its own time. */
  async function chosenFor<Options extends ViewReadOptions>(given: Options) {
    const { repeat, deadline } = startReads(given.deadline)
    const { signal } = given
    const reader = await repeat('read the chosen version', { signal }, current)
    return { reader, options: { ...given, deadline } }
  }

  return {
    async get(...[entity, given = {}]: Parameters<ViewReader['get']>) {
      const { reader, options } = await chosenFor(given)
      return (reader as ViewReader).get(entity, options)
    },
    async query(...[index, value, given = {}]: Parameters<ViewReader['query']>) {
      const { reader, options } = await chosenFor(given)
      return (reader as ViewReader).query(index, value, options)
    },
  } as Reader
}
