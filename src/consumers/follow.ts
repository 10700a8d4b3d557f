import { isTailfoldError } from '../core/base/errors.ts'
import { checkNames, type OptionNames } from '../core/base/check-options.ts'
import type { Platform } from '../core/base/platform.ts'
import { callHook } from '../core/engine/hooks.ts'
import type { ChangeFeed } from '../core/journal/journal.ts'
import type { Consumers } from './consumers.ts'
import { followOne } from './follow-one.ts'
import type { FollowedConsumer } from './followed-consumer.ts'
import { sharedPages } from './shared-pages.ts'

/** Options of {@link follow}. */
export interface FollowOptions {
  /**
   * Where changes come from; read from its beginning when it has lost its place, so it reaches back to the first commit.
   * Default: the journal, which then needs a store with a change feed.
   */
  readonly feed?: ChangeFeed | undefined
  /** Ends the following, as `stop` does. */
  readonly signal?: AbortSignal | undefined
  /** Called when reading or delivering begins to fail; it is tried again. What it throws is ignored. Default:
   * a line on standard error. */
  readonly onError?: ((error: unknown, consumer: string) => void) | undefined
}

/** Consumers that are being followed. */
export interface Following {
  /** Lets handlers that run end, for 10 seconds at most, keeps the place and resolves. May be called again. */
  stop(): Promise<void>
  /** Resolves when the following has ended. */
  readonly done: Promise<void>
  /**
   * As `Consumers.health`; `failing` is also true while the feed, the journal or the rows cannot be reached, and while no
   * handler ends for 30 seconds.
   */
  health(): ReturnType<Consumers['health']>
}

const optionNames: OptionNames<FollowOptions> = { feed: true, signal: true, onError: true }

const longestStopMs = 10_000

/**
 * Follows a feed for as long as the process runs, and delivers each commit to the consumers as it is made. Of several
 * processes that follow for one consumer one reads and the others wait; one that is killed is replaced within seconds.
 * Throws `TypeError` if there is no feed.
 */
export function follow(consumers: Consumers, options: FollowOptions = {}): Following {
  checkNames('follow', options, optionNames)
  const { signal, onError = reportError } = options
  const feed = sharedPages(feedFor('follow', consumers, options.feed), () => consumers.platform.now())
  const controller = new AbortController()
  const failing = new Set<string>()
  const stopping = () => controller.abort()
  if (signal?.aborted === true) stopping()
  signal?.addEventListener('abort', stopping, { once: true })
  const shared: Omit<FollowedConsumer, 'consumer'> = {
    consumers,
    feed,
    signal: controller.signal,
    onError: (error, consumer) => callHook(() => onError(error, consumer)),
    onFailing: (isFailing, consumer) => void (isFailing ? failing.add(consumer) : failing.delete(consumer)),
    holder: consumers.platform.newId(),
  }
  const loops = consumers.consumers.map(async ({ id }) => followOne({ ...shared, consumer: id }))
  const ended = Promise.all(loops).then(() => signal?.removeEventListener('abort', stopping))
  const done = endedOrLeft(ended, consumers.platform, controller.signal)
  return {
    done,
    stop: async () => {
      stopping()
      await done
    },
    async health() {
      const { consumers: all } = await consumers.health()
      const found = all.map((each) => ({ ...each, failing: each.failing || failing.has(each.consumer) }))
      return { ok: found.every((each) => each.parked === 0 && !each.failing), consumers: found }
    },
  }
}

/** Resolves when all has ended, or some time after the end was asked for: a handler may never end. */
async function endedOrLeft(ended: Promise<void>, platform: Platform, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    let cancel = () => {}
    const leave = () => void (cancel = platform.schedule(longestStopMs, resolve))
    if (signal.aborted) leave()
    else signal.addEventListener('abort', leave, { once: true })
    void ended.then(() => {
      cancel()
      resolve()
    })
  })
}

/** Returns the given feed, or else the journal's. Throws `TypeError` if the given one is not a feed, or the journal has no feed. */
export function feedFor(of: string, consumers: Consumers, given: ChangeFeed | undefined): ChangeFeed {
  if (given === undefined) return feedOf(consumers)
  if (typeof given?.changes === 'function') return given
  throw new TypeError(
    `feed of ${of} must have a method changes, as dynamoDbStreamFeed and dynamoDbScan make it.`,
  )
}

/** Returns the journal's feed. Throws `TypeError` if the journal has no feed. */
function feedOf({ journal }: Consumers): ChangeFeed {
  const { changes, waitForChanges } = journal
  if (changes === undefined) {
    throw new TypeError(
      'The store of this journal has no change feed: pass one as `feed`, or follow the stream of the table.',
    )
  }
  return { changes, ...(waitForChanges && { waitForChanges }) }
}

function reportError(error: unknown, consumer: string): void {
  const what = isTailfoldError(error, 'feed-lost')
    ? 'lost its place in the change feed; it reads again what it may have missed.'
    : 'cannot go on at present; it tries again.'
  console.error(`Consumer ${consumer} ${what}`, error)
}
