import type { Platform } from '../core/base/platform.ts'
import type { ChangeFeed, ChangePage } from '../core/journal/journal.ts'

/** Between two looks at a feed that cannot be waited for. */
const pollMs = 100

/** A wait that ends sooner, and finds nothing, is followed by a pause of this length: a feed may always say so. */
const shortWaitMs = 10

/** Ends when there may be changes behind the cursor of a page, after `ms` at the latest. */
export type WaitForChanges = (page: ChangePage, ms: number) => Promise<void>

/** How to wait for the changes of a feed. */
export function waitForChanges(feed: ChangeFeed, platform: Platform, signal: AbortSignal): WaitForChanges {
  let wasShort = false
  return async ({ changes, cursor }, ms) => {
    if (feed.waitForChanges === undefined) return pause(platform, Math.min(ms, pollMs), signal)
    if (wasShort && changes.length === 0) await pause(platform, shortWaitMs, signal)
    const controller = new AbortController()
    const end = () => controller.abort()
    signal.addEventListener('abort', end, { once: true })
    const cancel = platform.schedule(Math.max(0, ms), end)
    const began = platform.now()
    try {
      await feed.waitForChanges(cursor, { signal: signal.aborted ? signal : controller.signal })
    } finally {
      cancel()
      signal.removeEventListener('abort', end)
    }
    wasShort = platform.now() - began < shortWaitMs
  }
}

/** Sleeps, until the signal is aborted. Leaves no listener on it: a signal lives as long as its program. */
export async function pause(platform: Platform, ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise<void>((resolve) => {
    const end = () => {
      cancel()
      signal.removeEventListener('abort', end)
      resolve()
    }
    const cancel = platform.schedule(ms, end)
    signal.addEventListener('abort', end)
  })
}
