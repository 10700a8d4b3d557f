import { isTailfoldError } from '../core/base/errors.ts'
import { type Platform, sleep } from '../core/base/platform.ts'
import type { Change, ChangeFeed } from '../core/journal/journal.ts'
import type { Consumers } from './consumers.ts'
import { feedCursor, feedCursorKey } from './feed-cursor.ts'
import type { DeliveryReport } from './tally.ts'

/** What following one consumer takes. */
export interface FollowedConsumer {
  readonly consumers: Consumers
  /** The id of the consumer. */
  readonly consumer: string
  readonly feed: ChangeFeed
  readonly signal: AbortSignal
  readonly onError: (error: unknown, consumer: string) => void
  /** Called whenever it begins to fail, or goes on. */
  readonly onFailing: (failing: boolean, consumer: string) => void
  /** Names this follower. */
  readonly holder: string
}

const pageSize = 500
/** How often the place is kept, the lease renewed, and held entities are looked for. */
const roundMs = 1_000
const pollMs = 100
const errorPauseMs = 1_000
/** Entities to be delivered again beyond which nothing more is read: then more is wrong than one of them. */
const mostUnsettled = 500

/** Reads a feed for one consumer until the signal is aborted. Never rejects: what fails is reported and tried again. */
export async function followOne(followed: FollowedConsumer): Promise<void> {
  const { consumers, consumer, feed, signal, onError, onFailing, holder } = followed
  const { platform } = consumers
  const kept = feedCursor(consumers.rows, feedCursorKey(consumer), holder, () => platform.now())
  /** Entities to be delivered again. The place that is kept stays before them. */
  const unsettled = new Map<string, Change>()
  let cursor: string | undefined
  let nextRound = 0
  let reading = false
  /** From the beginning of the feed to its end: what comes may be old. */
  let replay = false
  let failing = false

  async function round(): Promise<void> {
    const held = await kept.hold(unsettled.size === 0 && reading ? cursor : undefined)
    if (held !== 'taken' && !reading) ({ cursor } = held)
    reading = held !== 'taken'
    if (held === 'taken') return
    if (held.restart) cursor = undefined
    const again = [...unsettled.values()]
    settle(await consumers.deliver(again, { only: consumer, signal }), again)
    // What fails here stays held.
    settle(await consumers.deliverHeld({ only: consumer, signal }), [])
    nextRound = platform.now() + roundMs
  }

  /** Takes what became of some changes: those that failed are delivered again. */
  function settle(reports: readonly DeliveryReport[], changes: readonly Change[]): void {
    for (const { key } of changes) unsettled.delete(key)
    for (const { failed } of reports)
      for (const { key, error } of failed) {
        const head = Math.max(
          0,
          ...changes.filter((change) => change.key === key).map(({ revision }) => revision),
        )
        if (head > 0) unsettled.set(key, { key, revision: head })
        report(error)
      }
  }

  function report(error: unknown): void {
    if (!failing && !signal.aborted) onError(error, consumer)
    setFailing(true)
  }

  function setFailing(now: boolean): void {
    if (failing !== now) onFailing(now, consumer)
    failing = now
  }

  async function readPage(): Promise<void> {
    replay ||= cursor === undefined
    const page = await feed.changes(cursor, pageSize, { signal })
    const before = unsettled.size
    if (page.changes.length > 0) {
      const again = [...unsettled.values()].filter(({ key }) =>
        page.changes.some((change) => change.key === key),
      )
      const changes = [...again, ...page.changes]
      settle(await consumers.deliver(changes, { only: consumer, signal, replay }), changes)
    }
    ;({ cursor } = page)
    replay &&= page.more
    if (unsettled.size === 0) setFailing(false)
    if (unsettled.size > before) await pause(platform, errorPauseMs, signal)
    if (!page.more) await waitForChanges(feed, cursor, nextRound - platform.now(), platform, signal)
  }

  async function step(): Promise<void> {
    try {
      if (!reading || platform.now() >= nextRound) await round()
      if (!reading || unsettled.size > mostUnsettled) await pause(platform, roundMs, signal)
      else await readPage()
    } catch (error) {
      if (isTailfoldError(error, 'feed-lost')) {
        onError(error, consumer)
        cursor = undefined
        return
      }
      report(error)
      await pause(platform, errorPauseMs, signal)
    }
  }

  while (!signal.aborted) await step()
  await kept.release(unsettled.size === 0 && reading ? cursor : undefined).catch(report)
}

/** Ends when there may be changes, after `ms` at the latest. */
async function waitForChanges(
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

/** Sleeps, until the signal is aborted. */
async function pause(platform: Platform, ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  const aborted = new Promise<void>((resolve) =>
    signal.addEventListener('abort', () => resolve(), { once: true }),
  )
  await Promise.race([sleep(platform, ms), aborted])
}
