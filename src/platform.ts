import type { Platform } from './core/base/platform.ts'

/** Beyond this `setTimeout` fires at once. Source: https://nodejs.org/api/timers.html#settimeoutcallback-delay-args */
const longestTimeoutMs = 2 ** 31 - 1

/** Twelve random bytes are sixteen characters of base64url. */
const idBytes = 12
const idLength = 16
const idsInDraw = 64
let drawnIds = ''

/** Ids are cut from one text: to draw random bytes for each alone costs more than all else a warm command does here. */
function newId(): string {
  if (drawnIds === '') {
    const bytes = globalThis.crypto.getRandomValues(new Uint8Array(idBytes * idsInDraw))
    drawnIds = Buffer.from(bytes).toString('base64url')
  }
  const id = drawnIds.slice(0, idLength)
  drawnIds = drawnIds.slice(idLength)
  return id
}

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
  newId,
}
