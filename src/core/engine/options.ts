import { checkOptionsObject, describeValue } from '../base/describe-value.ts'
import type { Platform } from '../base/platform.ts'
import type { Journal } from '../journal/journal.ts'
import { checkWholeCommits } from '../journal/check-journal.ts'
import type { CommandObserver } from './observer.ts'
import type { RetryOptions } from './run.ts'
import type { CacheOptions } from './view-cache.ts'

/** What an engine needs beside the entity definition. */
export interface EngineOptions {
  /** Where commits and snapshots live. A journal of four methods is passed as `toJournal(journal)`. */
  readonly journal: Journal
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
  checkWholeCommits(options.journal)
  for (const name of ['now', 'schedule', 'random', 'newId', 'sha256'] as const) {
    if (typeof options.platform?.[name] !== 'function')
      throw new TypeError(`platform needs a function ${name}.`)
  }
  const { maxBatch, maxQueue, maxQueueBytes, maxEvents, maxRecordedRejections } = options
  const limits = { maxBatch, maxQueue, maxQueueBytes, maxEvents, maxRecordedRejections }
  for (const [name, value] of Object.entries(limits)) {
    if (value === undefined || (Number.isSafeInteger(value) && value >= 1)) continue
    throw new TypeError(`${name} must be a whole number from 1 on, not ${describeValue(value)}.`)
  }
  if (maxBatch !== undefined && maxBatch > largestBatch) {
    throw new TypeError(`maxBatch must be a whole number from 1 to ${largestBatch}, not ${maxBatch}.`)
  }
  checkNumbers('retry', options.retry, 'above 0', (value) => value > 0)
  checkNumbers('cache', options.cache, '0 or more', (value) => value >= 0)
  const { snapshot = 'use', costs = false, observers = [], onWarning = () => {} } = options
  if (snapshot !== 'use' && snapshot !== 'ignore') throw new TypeError("snapshot must be 'use' or 'ignore'.")
  if (typeof costs !== 'boolean') throw new TypeError('costs must be true or false.')
  if (typeof onWarning !== 'function') throw new TypeError('onWarning must be a function.')
  if (!Array.isArray(observers) || observers.some((each) => typeof each !== 'function')) {
    throw new TypeError('observers must be a list of functions.')
  }
}

function checkNumbers(
  group: string,
  options: object | undefined,
  range: string,
  isInRange: (value: number) => boolean,
): void {
  checkOptionsObject(group, options)
  for (const [name, value] of Object.entries(options ?? {}) as [string, unknown][]) {
    if (value === undefined || (typeof value === 'number' && isInRange(value))) continue
    throw new TypeError(`${group}.${name} must be ${range}, not ${describeValue(value)}.`)
  }
}
