import type { Platform } from '../core/base/platform.ts'
import { systemPlatform } from '../platform.ts'

/** A platform whose time passes only when nobody has anything left to do, and whose randomness follows a seed. */
export interface VirtualPlatform extends Platform {
  /** Moves the clock without running anything, forwards or backwards: what a clock correction does. */
  jump(ms: number): void
  /** Numbers of timers waiting. */
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

/**
 * Makes a virtual platform. A timer fires as soon as all promises have settled that can; an hour of waiting takes no
 * time. Works as long as whatever is awaited is a timer of this platform or settles without input and output.
 */
export function virtualPlatform(seed = 1): VirtualPlatform {
  const random = seededRandom(seed)
  const timers: Array<{ readonly at: number; readonly order: number; readonly callback: () => void }> = []
  let nowMs = Date.UTC(2026, 0, 1)
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
        const passed = Math.max(0, next.at - elapsedMs)
        elapsedMs += passed
        nowMs += passed
        next.callback()
      }
      pump()
    })
  }

  return {
    now: () => nowMs,
    schedule(ms, callback) {
      const timer = { at: elapsedMs + Math.max(0, ms), order: order++, callback }
      const index = timers.findIndex((other) => other.at > timer.at)
      timers.splice(index < 0 ? timers.length : index, 0, timer)
      pump()
      return () => {
        const found = timers.indexOf(timer)
        if (found >= 0) timers.splice(found, 1)
      }
    },
    random,
    newId: () => `id-${(++ids).toString(36)}-${Math.floor(random() * 2 ** 32).toString(36)}`,
    sha256: (text) => systemPlatform.sha256(text),
    jump(ms) {
      nowMs += ms
    },
    pending: () => timers.length,
  }
}
