import type { Platform } from './core/platform.ts'

/** Beyond this `setTimeout` fires at once. Source: https://nodejs.org/api/timers.html#settimeoutcallback-delay-args */
const longestTimeoutMs = 2 ** 31 - 1

/**
 * The real clock and randomness: the one place that reads them.
 */
export const systemPlatform: Platform = {
  now: () => Date.now(),
  schedule(ms, callback) {
    const timer = setTimeout(callback, Math.min(ms, longestTimeoutMs))
    return () => clearTimeout(timer)
  },
  random: () => Math.random(),
  newId: () => Buffer.from(globalThis.crypto.getRandomValues(new Uint8Array(12))).toString('base64url'),
}
