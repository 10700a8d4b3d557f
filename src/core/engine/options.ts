import {
  aFunction,
  anything,
  type Check,
  type Checks,
  checkOptions,
  oneOf,
  trueOrFalse,
  wholeNumber,
} from '../base/check-options.ts'
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
  /** Report with each outcome what it cost in requests and capacity units. Default false; DynamoDB then does not report capacity. */
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

const checks: Checks<EngineOptions> = {
  journal: anything,
  platform: anything,
  retry: anything,
  cache: anything,
  snapshot: oneOf('use', 'ignore'),
  costs: trueOrFalse,
  maxBatch: wholeNumber(1, 1_000),
  maxQueue: wholeNumber(1),
  maxQueueBytes: wholeNumber(1),
  maxEvents: wholeNumber(1),
  maxRecordedRejections: wholeNumber(1),
  observers: ['a list of functions', (list) => Array.isArray(list) && list.every(aFunction[1])],
  onWarning: aFunction,
}

/** Throws `TypeError` on options that cannot work, naming the option. */
export function checkEngineOptions(options: EngineOptions): void {
  checkOptions('createEngine', options, checks)
  const { journal, platform, retry, cache = {} } = options
  checkWholeCommits(journal)
  checkPlatform(platform)
  checkRetry(retry)
  const from0: Check = ['0 or more', (value) => typeof value === 'number' && value >= 0]
  checkOptions('cache', cache, { maxEntries: from0, maxBytes: from0, freshForMs: from0 }, 'cache.')
}

/** Throws `TypeError` on what is no platform. */
export function checkPlatform(platform: Platform | undefined): void {
  if (platform === undefined || platform === null)
    throw new TypeError("platform is missing: pass systemPlatform of 'tailfold'.")
  for (const name of ['now', 'schedule', 'random', 'newId', 'sha256'] as const)
    if (typeof platform?.[name] !== 'function')
      throw new TypeError(`platform must have a function ${name}, as systemPlatform of 'tailfold' has.`)
}

/** Throws `TypeError` on attempts or times that cannot work. */
export function checkRetry(retry: RetryOptions = {}): void {
  const above0: Check = ['above 0', (value) => typeof value === 'number' && value > 0]
  const retryChecks = { maxAttempts: above0, timeoutMs: above0, requestTimeoutMs: above0 }
  checkOptions('retry', retry, retryChecks, 'retry.')
}
