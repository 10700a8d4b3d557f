import { isTailfoldError } from '../core/base/errors.ts'
import type { Platform } from '../core/base/platform.ts'
import { deliveringLease } from './delivering-lease.ts'
import { feedCursor, feedCursorKey } from './feed-cursor.ts'
import type { FollowedConsumer } from './followed-consumer.ts'
import { settledDeliveries } from './settled-deliveries.ts'
import { pause, waitForChanges } from './wait-for-changes.ts'

const pageSize = 500
/** How often the place is kept, the lease renewed, and held entities are looked for. */
const roundMs = 1_000
const errorPauseMs = 1_000
/** Entities to be delivered again beyond which nothing more is read: then more is wrong than one of them. */
const mostUnsettled = 500

/** Reads a feed for one consumer until the signal is aborted. Never rejects: what fails is reported and tried again. */
export async function followOne(followed: FollowedConsumer): Promise<void> {
  const { consumers, consumer, feed, signal, onError, holder } = followed
  const { platform } = consumers
  const kept = feedCursor(consumers.rows, feedCursorKey(consumer), holder, () => platform.now())
  const failure = failureState(followed)
  const lease = deliveringLease(kept, { platform, signal, onStuck: () => failure.report(stuck(consumer)) })
  const report = (error: unknown) => lease.isOurs() && failure.report(error)
  const deliveries = settledDeliveries(followed, lease.mayBegin, report)
  const wait = waitForChanges(feed, platform, signal)
  let cursor: string | undefined
  const rounds = roundTimer(platform)
  let reading = false
  /** From the beginning of the feed to its end: what comes may be old. */
  let replay = false

  /** The place that may be kept: it stays before what must be delivered again. */
  const settledPlace = () =>
    deliveries.unsettled() === 0 && reading && cursor !== undefined ? { cursor, replay } : undefined

  function standBy(): void {
    deliveries.forget()
    failure.end()
  }

  async function round(): Promise<void> {
    const held = await kept.hold(settledPlace())
    if (held !== 'taken' && !reading) ({ cursor, replay = false } = held)
    reading = held !== 'taken'
    if (held === 'taken') return standBy()
    lease.taken()
    if (held.restart) cursor = undefined
    await lease.during(deliveries.deliverAgain)
    rounds.begin()
  }

  async function readPage(): Promise<void> {
    replay ||= cursor === undefined
    const page = await feed.changes(cursor, pageSize, { signal })
    const before = deliveries.unsettled()
    if (page.changes.length > 0) await lease.during(async () => deliveries.deliver(page.changes, replay))
    ;({ cursor } = page)
    replay &&= page.more
    if (!deliveries.isFailing()) failure.end()
    if (deliveries.unsettled() > before) await pause(platform, errorPauseMs, signal)
    if (!page.more) await wait(page, rounds.msToNext())
  }

  async function step(): Promise<void> {
    try {
      if (!reading || !lease.isOurs() || rounds.msToNext() <= 0) await round()
      if (!reading || deliveries.unsettled() > mostUnsettled) await pause(platform, roundMs, signal)
      else await readPage()
    } catch (error) {
      if (isTailfoldError(error, 'feed-lost')) {
        onError(error, consumer)
        cursor = undefined
        return
      }
      failure.report(error)
      await pause(platform, errorPauseMs, signal)
    }
  }

  while (!signal.aborted) await step()
  await kept.release(settledPlace()).catch(failure.report)
}

/** When the next round is due: at once where the clock was set back. */
function roundTimer(platform: Platform) {
  let next = 0
  return {
    begin: () => void (next = platform.now() + roundMs),
    msToNext() {
      const ms = next - platform.now()
      return ms > roundMs ? 0 : ms
    },
  }
}

function stuck(consumer: string): Error {
  return new Error(
    `A handler of ${consumer}, or a request for it, has not ended for 30 seconds, and everything behind it waits. Give it a time limit.`,
  )
}

/** Whether a consumer fails. Of the errors in a row only the first is passed on, and none after the end was asked for. */
function failureState({ consumer, signal, onError, onFailing }: FollowedConsumer) {
  let failing = false

  function setFailing(now: boolean): void {
    if (failing !== now) onFailing(now, consumer)
    failing = now
  }

  return {
    report(error: unknown): void {
      if (!failing && !signal.aborted) onError(error, consumer)
      setFailing(true)
    },
    end: () => setFailing(false),
  }
}
