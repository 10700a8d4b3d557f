import type { EventJournal } from '../journal/journal.ts'
import type { CommandObserver } from './observer.ts'
import type { Platform } from '../base/platform.ts'
import type { RetryOptions } from './run.ts'
import type { CacheOptions } from './view-cache.ts'

/** What an engine needs besides the entity definition. */
export interface EngineOptions {
  readonly journal: EventJournal
  readonly platform: Platform
  readonly retry?: RetryOptions
  readonly cache?: CacheOptions
  /** `'ignore'` recovers from events alone, whatever states are stored. Default `'use'`. */
  readonly snapshot?: 'use' | 'ignore'
  /**
   * Tell with each outcome what it cost in requests and capacity units. Default false: DynamoDB then need not be asked.
   */
  readonly costs?: boolean
  /** Carry nothing out after `Behaviors.stopped()` in the same batch, as an actor does. Default false. */
  readonly endsWhenStopped?: boolean
  /** Commands of one entity decided and written together at most: 1 to 99. Default 64. */
  readonly maxBatch?: number
  /** Commands that may wait for one entity in this process; one more is `queue-full`. Default: no limit. */
  readonly maxQueue?: number
  /** Events one command may persist; more are `too-many-events`. Default: what one record holds. */
  readonly maxEvents?: number
  /** Told of each command how it begins and ends, in this order: for logs, metrics and traces. Default none. */
  readonly observers?: readonly CommandObserver[]
  /** Told what did not fail a command but deserves a look, such as a snapshot that could not be written. */
  readonly onWarning?: (message: string, error?: unknown) => void
}

/** A transaction on DynamoDB holds 100 items: a commit and 99 command ids. */
const largestBatch = 99

/** Throws `TypeError` on options that cannot work. */
export function checkEngineOptions(options: EngineOptions): void {
  const { maxBatch = 1, maxQueue = 1, maxEvents = 1, retry = {}, cache = {} } = options
  for (const [name, value] of Object.entries({ maxQueue, maxEvents })) {
    if (!Number.isSafeInteger(value) || value < 1)
      throw new TypeError(`${name} must be a whole number from 1 on, not ${value}.`)
  }
  if (!Number.isSafeInteger(maxBatch) || maxBatch < 1 || maxBatch > largestBatch) {
    throw new TypeError(`maxBatch must be a whole number from 1 to ${largestBatch}, not ${maxBatch}.`)
  }
  for (const [name, value] of Object.entries(retry)) {
    if (value !== undefined && !(value > 0))
      throw new TypeError(`retry.${name} must be above 0, not ${value}.`)
  }
  for (const [name, value] of Object.entries(cache)) {
    if (value !== undefined && !(value >= 0))
      throw new TypeError(`cache.${name} must be 0 or more, not ${value}.`)
  }
}
