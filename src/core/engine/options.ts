import type { Platform } from '../base/platform.ts'
import type { EventJournal } from '../journal/event-journal.ts'
import type { Journal } from '../journal/journal.ts'
import type { CommandObserver } from './observer.ts'
import type { RetryOptions } from './run.ts'
import type { CacheOptions } from './view-cache.ts'

/** What an engine needs besides the entity definition. */
export interface EngineOptions {
  /** Where commits and snapshots live. One of four methods is adapted by `toJournal`. */
  readonly journal: Journal | EventJournal
  readonly platform: Platform
  readonly retry?: RetryOptions
  readonly cache?: CacheOptions
  /** `'ignore'` recovers from events alone, whatever states are stored. Default `'use'`. */
  readonly snapshot?: 'use' | 'ignore'
  /** Report with each outcome what it cost in requests and capacity units. Default false: DynamoDB then need not be asked. */
  readonly costs?: boolean
  /** Commands of one entity decided and written together at most: 1 to 1,000. Default 64. */
  readonly maxBatch?: number
  /** Commands that may wait for one entity in this process; one more is `queue-full`. Default: no limit. */
  readonly maxQueue?: number
  /** Approximate bytes of all commands that may wait in this process. Default 67,108,864 (64 MB). */
  readonly maxQueueBytes?: number
  /** Events one command may persist; more are `too-many-events`. Default: what one record holds. */
  readonly maxEvents?: number
  /** Rejections under a command id that this process records for one entity within `dedupeForSeconds`. Default 1,000. */
  readonly maxRecordedRejections?: number
  /** Called when a command begins and ends, in this order: for logs, metrics and traces. Default none. */
  readonly observers?: readonly CommandObserver[]
  /** Called for problems that did not fail a command, such as a snapshot that could not be written. */
  readonly onWarning?: (message: string, error?: unknown) => void
}

const largestBatch = 1_000

/** Throws `TypeError` on options that cannot work, naming the option. */
export function checkEngineOptions(options: EngineOptions): void {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError('createEngine needs options: { journal, platform }.')
  }
  const { maxBatch, maxQueue, maxQueueBytes, maxEvents, maxRecordedRejections, retry, cache, observers } =
    options
  checkJournal(options.journal)
  for (const name of ['now', 'schedule', 'random', 'newId', 'sha256'] as const) {
    if (typeof options.platform?.[name] !== 'function')
      throw new TypeError(`platform needs a function ${name}.`)
  }
  for (const [name, value] of Object.entries({
    maxBatch,
    maxQueue,
    maxQueueBytes,
    maxEvents,
    maxRecordedRejections,
  })) {
    if (value === undefined || (Number.isSafeInteger(value) && value >= 1)) continue
    throw new TypeError(`${name} must be a whole number from 1 on, not ${String(value)}.`)
  }
  if (maxBatch !== undefined && maxBatch > largestBatch) {
    throw new TypeError(`maxBatch must be a whole number from 1 to ${largestBatch}, not ${maxBatch}.`)
  }
  for (const [name, value] of Object.entries(retry ?? {})) {
    if (value !== undefined && !(value > 0))
      throw new TypeError(`retry.${name} must be above 0, not ${String(value)}.`)
  }
  for (const [name, value] of Object.entries(cache ?? {})) {
    if (value !== undefined && !(value >= 0))
      throw new TypeError(`cache.${name} must be 0 or more, not ${String(value)}.`)
  }
  if (
    observers !== undefined &&
    (!Array.isArray(observers) || observers.some((each) => typeof each !== 'function'))
  ) {
    throw new TypeError('observers must be a list of functions.')
  }
}

/** Throws `TypeError` unless it is a journal of either kind. */
export function checkJournal(journal: unknown): asserts journal is Journal | EventJournal {
  const methods = (journal ?? {}) as Readonly<Record<string, unknown>>
  const has = (...names: readonly string[]) => names.every((name) => typeof methods[name] === 'function')
  if (has('recover', 'readOn', 'commits', 'prepare', 'append', 'saveState')) return
  if (has('persist', 'load', 'saveSnapshot', 'loadSnapshot')) return
  throw new TypeError(
    'A journal is missing: pass one such as new InMemoryJournal(), sqliteJournal(...) or dynamoDbJournal(...), or an object with the four methods of EventJournal.',
  )
}
