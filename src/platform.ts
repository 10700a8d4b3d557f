import type { Platform } from './core/platform.ts'

/**
 * The real clock and randomness: the one place that reads them.
 */
export const systemPlatform: Platform = {
  now: () => Date.now(),
  schedule(ms, callback) {
    const timer = setTimeout(callback, ms)
    return () => clearTimeout(timer)
  },
  random: () => Math.random(),
  newId: () => Buffer.from(globalThis.crypto.getRandomValues(new Uint8Array(12))).toString('base64url'),
}
