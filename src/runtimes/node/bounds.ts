import type { Check } from '../../core/base/check-options.ts'

/** The value of an option is a whole number from `least` on; `Infinity` bounds nothing. */
export function bound(least: number): Check {
  return [
    `a whole number from ${least} on, or Infinity`,
    (value) => value === Infinity || (Number.isSafeInteger(value) && (value as number) >= least),
  ]
}

/** 24 days: a timer of Node.js that is set to more than 24.8 fires at once. */
const longestTimerMs = 24 * 24 * 60 * 60 * 1_000

/** Milliseconds as a timer takes them. */
export function timerMs(ms: number): number {
  return Math.min(ms, longestTimerMs)
}
