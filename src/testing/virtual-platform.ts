import type { Platform } from '../core/base/platform.ts'
import { systemPlatform } from '../platform.ts'

/** A platform whose time passes only when nothing else is left to do, and whose randomness follows a seed. */
export interface VirtualPlatform extends Platform {
  /** Moves the clock without running anything, forwards or backwards: what a clock correction does. */
  jump(ms: number): void
  /** Number of timers waiting. */
  pending(): number
}

/** Deterministic randomness: the same seed gives the same numbers, each in [0, 1). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000
  }
}

/** What a virtual platform's clock says at first: the beginning of 2026 in UTC. */
export const virtualStartMs: number = Date.UTC(2026, 0, 1)

interface Timer {
  readonly at: number
  readonly order: number
  readonly callback: () => void
}

/**
 * Makes a virtual platform. A timer fires as soon as all promises have settled that can; an hour of waiting takes no
 * time. Works as long as whatever is awaited is a timer of this platform or settles without input and output. Its clock
 * shows whole milliseconds.
 */
export function virtualPlatform(seed = 1): VirtualPlatform {
  const random = seededRandom(seed)
  /** In the order in which they fire. */
  const timers: Timer[] = []
  let correctedMs = 0
  let elapsedMs = 0
  let order = 0
  let ids = 0
  let pumping = false

  function pump(): void {
    if (pumping || timers.length === 0) return
    pumping = true
    setImmediate(() => {
      pumping = false
      const next = timers.shift()
      if (next !== undefined) {
        elapsedMs = Math.max(elapsedMs, next.at)
        next.callback()
      }
      pump()
    })
  }

  /** Where a timer belongs: after all that fire before it. */
  function placeOf({ at, order: own }: Pick<Timer, 'at' | 'order'>): number {
    let low = 0
    let high = timers.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const other = timers[middle] as Timer
      if (other.at < at || (other.at === at && other.order < own)) low = middle + 1
      else high = middle
    }
    return low
  }

  return {
    now: () => Math.floor(virtualStartMs + elapsedMs + correctedMs),
    schedule(ms, callback) {
      const timer = { at: elapsedMs + Math.max(0, ms), order: order++, callback }
      timers.splice(placeOf(timer), 0, timer)
      pump()
      return () => {
        const place = placeOf(timer)
        if (timers[place] === timer) timers.splice(place, 1)
      }
    },
    random,
    newId: () => `id-${(++ids).toString(36)}-${Math.floor(random() * 2 ** 32).toString(36)}`,
    sha256: (text) => systemPlatform.sha256(text),
    jump(ms) {
      correctedMs += ms
    },
    pending: () => timers.length,
  }
}
