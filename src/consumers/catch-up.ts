import { checkNames, type OptionNames, requestNames } from '../core/base/check-options.ts'
import type { RequestOptions } from '../core/base/cost.ts'
import { isTailfoldError } from '../core/base/errors.ts'
import { sleep } from '../core/base/platform.ts'
import type { ChangeFeed, ChangePage } from '../core/journal/journal.ts'
import type { StoredRow } from '../journal/row-store.ts'
import type { Consumer } from './consumer.ts'
import type { Consumers } from './consumers.ts'
import { feedFor } from './follow.ts'
import { checkKnown } from './name.ts'

/** Options of {@link catchUp}. */
export interface CatchUpOptions extends RequestOptions {
  /** Only this consumer, by its id: `'mail@1'`. Default: all. */
  readonly only?: string | undefined
  /** Keeps its place under this name: one for each feed. Default: `only`, or `all`. */
  readonly name?: string | undefined
  /** Reaches back to the first commit. Default: the feed of the journal. */
  readonly feed?: ChangeFeed | undefined
  /** Changes read in a second, about. Default: no limit. */
  readonly changesPerSecond?: number | undefined
  /** Milliseconds since the Unix epoch; no page is read after it, and no handler begins. Default: none. */
  readonly deadline?: number | undefined
  /** Names this catch-up: a place that one of another name has left is not continued. Default: all have the same. */
  readonly run?: string | undefined
  /** Called after each page, with what was read in this run. */
  readonly onProgress?: ((progress: CatchUpProgress) => void) | undefined
}

/** How far a catch-up is. */
export interface CatchUpProgress {
  readonly changes: number
  readonly events: number
  /** Entities that could not be delivered. The place is kept before them: repeat the catch-up. */
  readonly failed: number
  /** True when all has been read, and every entity that was behind or released has been tried. */
  readonly complete: boolean
}

const optionNames: OptionNames<CatchUpOptions> = {
  ...requestNames,
  only: true,
  name: true,
  feed: true,
  changesPerSecond: true,
  deadline: true,
  run: true,
  onProgress: true,
}

const pageSize = 500

/**
 * Reads a feed from its beginning and delivers what was missed; what was handled is skipped by position. Keeps its place
 * after each page: killed and started again, it goes on there, or at the beginning where the feed no longer knows that place,
 * or a consumer or an entity type was added.
 * May run beside a follower.
 */
export async function catchUp(consumers: Consumers, options: CatchUpOptions = {}): Promise<CatchUpProgress> {
  checkNames('catchUp', options, optionNames)
  const { only, name = only ?? 'all', changesPerSecond, onProgress, deadline, run, ...rest } = options
  const { feed: given, ...request } = rest
  const feed = feedFor('catchUp', consumers, given)
  if (changesPerSecond !== undefined && !(changesPerSecond > 0))
    throw new TypeError('changesPerSecond of catchUp must be a number above 0.')
  checkKnown(only, consumers.consumers)
  const { platform, rows } = consumers
  const key = catchUpKey(name)
  const limit = Math.min(pageSize, Math.ceil(changesPerSecond ?? pageSize))
  const apart = { ...request, deadline, ...(only !== undefined && { only }) }
  const of = consumers.consumers.filter(({ id }) => only === undefined || id === only).map(placeName)
  const place = await readPlace(consumers, key, { of, run }, request)
  let { cursor, revision } = place
  let isFresh = cursor === undefined

  /** A page behind a cursor. A feed that has lost the place is read from its beginning, once. */
  async function changes(after: string | undefined): Promise<ChangePage> {
    try {
      return await feed.changes(after, limit, request)
    } catch (error) {
      if (isFresh || !isTailfoldError(error, 'feed-lost')) throw error
      isFresh = true
      return feed.changes(undefined, limit, request)
    }
  }

  let progress: CatchUpProgress = { changes: 0, events: 0, failed: 0, complete: false }
  while (
    !progress.complete &&
    request.signal?.aborted !== true &&
    !(platform.now() >= (deadline ?? Infinity))
  ) {
    const began = platform.now()
    const page = await changes(cursor)
    const batch = await consumers.deliver(page.changes, { ...apart, replay: true })
    const held = page.more ? [] : await consumers.deliverHeld(apart)
    const reports = [...batch, ...held]
    ;({ cursor } = page)
    progress = {
      changes: progress.changes + page.changes.length,
      events: progress.events + reports.reduce((sum, { events }) => sum + events, 0),
      failed: progress.failed + reports.reduce((sum, { failed }) => sum + failed.length, 0),
      complete: !page.more && held.every(({ more }) => !more),
    }
    // A complete one begins at the beginning when it is repeated.
    const value = progress.complete ? {} : { cursor, of, ...(run !== undefined && { run }) }
    revision += 1
    if (progress.failed === 0 && (page.more || progress.complete))
      await rows.write([{ row: { key, revision, value }, when: 'newer' }], request)
    onProgress?.(progress)
    if (changesPerSecond !== undefined && page.more)
      await sleep(
        platform,
        remaining(began, (page.changes.length / changesPerSecond) * 1_000, platform.now()),
      )
  }
  return progress
}

/** What is left of a time that began; all of it where the clock was set back meanwhile. */
function remaining(began: number, ms: number, now: number): number {
  return Math.max(0, ms - Math.max(0, now - began))
}

/** The key of the place of a catch-up, by the name that it is kept under. */
export function catchUpKey(name: string): string {
  return `u/${name}`
}

/** What is kept of a catch-up that was stopped. */
interface KeptPlace {
  readonly cursor?: string
  /** The consumers that have been given everything before the place, as {@link placeName} names them. */
  readonly of?: readonly string[]
  readonly run?: string
}

/** A consumer with what it takes: `'mail@1 of account, cart'`. */
function placeName({ id, entityTypes }: Consumer): string {
  return `${id} of ${[...entityTypes].toSorted().join(', ')}`
}

/** Whether a consumer has to do with a place that a catch-up has kept. */
export function isPlaceOf(id: string, { key, value }: StoredRow): boolean {
  const { of } = (value ?? {}) as KeptPlace
  return (
    key.startsWith(catchUpKey('')) && Array.isArray(of) && of.some((name) => name.startsWith(`${id} of `))
  )
}

async function readPlace(
  { rows }: Consumers,
  key: string,
  { of, run }: Required<Pick<KeptPlace, 'of'>> & { readonly run: string | undefined },
  request: RequestOptions,
) {
  const [row] = await rows.get([key], request)
  const kept = (row?.value ?? {}) as KeptPlace
  const goesOn = kept.run === run && of.every((name) => kept.of?.includes(name))
  return { cursor: goesOn ? kept.cursor : undefined, revision: row?.revision ?? 0 }
}
