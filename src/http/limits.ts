import { checkNames } from '../core/base/check-options.ts'

/** What requests may demand; each a whole number. */
export interface HttpLimits {
  /** Largest request body in bytes; larger ones are `payload-too-large`. Default 262,144 (256 KiB), at most 100 MiB. */
  readonly maxBodyBytes?: number
  /** Longest entity id in UTF-8 bytes; longer ones are `invalid-id`. At most, and by default, 512. */
  readonly maxIdBytes?: number
  /** Levels of objects and arrays a body may nest; deeper ones are `invalid-command`. Default 64, at most 200. */
  readonly maxJsonDepth?: number
  /** Requests this process works on at the same time; further ones are `overloaded`. `/health` is not counted. Default 1,000. */
  readonly maxInFlight?: number
  /** Events one command may persist; more are `too-many-events`. Default 1,000. */
  readonly maxEvents?: number
  /** Commands that may wait for one entity in this process; one more is `queue-full`. Default 1,000. */
  readonly maxQueue?: number
  /** Bytes of all commands that may wait for entities of one type in this process; beyond it `queue-full`. Default 64 MiB. */
  readonly maxQueueBytes?: number
  /** Events in one page of an audit trail at most. Default 1,000. */
  readonly maxEventPage?: number
  /** Ids in one page of a list at most. Default 1,000. */
  readonly maxIdPage?: number
  /** A page of an audit trail ends before it has more bytes; a larger event has a page of its own. Default 1,000,000. */
  readonly maxPageBytes?: number
  /** Largest answer in bytes; a larger state or reply is `answer-too-large`. Default 5,000,000: Lambda sends 6 MB. */
  readonly maxAnswerBytes?: number
}

const mebibyte = 1024 * 1024
const unlimited = Number.MAX_SAFE_INTEGER

/** Default and largest value of each limit. */
const ranges: Readonly<Record<keyof HttpLimits, readonly [usual: number, most: number]>> = {
  maxBodyBytes: [256 * 1024, 100 * mebibyte],
  maxIdBytes: [512, 512],
  maxJsonDepth: [64, 200],
  maxInFlight: [1_000, unlimited],
  maxEvents: [1_000, unlimited],
  maxQueue: [1_000, unlimited],
  maxQueueBytes: [64 * mebibyte, unlimited],
  maxEventPage: [1_000, unlimited],
  maxIdPage: [1_000, unlimited],
  maxPageBytes: [1_000_000, unlimited],
  maxAnswerBytes: [5_000_000, unlimited],
}

/** Longest command id in characters: the limit of the core. */
export const maxCommandIdLength = 256

/** Fills in the defaults. Throws `TypeError` on a limit that is unknown or not a whole number in its range. */
export function resolveLimits(limits: HttpLimits = {}): Required<HttpLimits> {
  checkNames('limits', limits, ranges)
  const entries = Object.entries(ranges).map(([name, [usual, most]]) => {
    const value = limits[name as keyof HttpLimits] ?? usual
    if (Number.isSafeInteger(value) && value >= 1 && value <= most) return [name, value]
    throw new TypeError(`limits.${name} must be a whole number from 1 to ${most}, not ${value}.`)
  })
  return Object.fromEntries(entries) as Required<HttpLimits>
}
