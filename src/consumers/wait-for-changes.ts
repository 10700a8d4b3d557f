import type { Platform } from '../core/base/platform.ts'
import type { ChangeFeed } from '../core/journal/journal.ts'

/** Between two looks at a feed that cannot be waited for. */
const pollMs = 100

/** Ends when there may be changes, after `ms` at the latest. */
export async function waitForChanges(
  feed: ChangeFeed,
  cursor: string,
  ms: number,
  platform: Platform,
  signal: AbortSignal,
): Promise<void> {
  if (feed.waitForChanges === undefined) return pause(platform, Math.min(ms, pollMs), signal)
  const controller = new AbortController()
  const end = () => controller.abort()
  signal.addEventListener('abort', end, { once: true })
  const cancel = platform.schedule(Math.max(0, ms), end)
  try {
    await feed.waitForChanges(cursor, { signal: signal.aborted ? signal : controller.signal })
  } finally {
    cancel()
    signal.removeEventListener('abort', end)
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
