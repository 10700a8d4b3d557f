import type { Platform, RunInContext } from './core/base/platform.ts'

/** Beyond this `setTimeout` fires at once. Source: https://nodejs.org/api/timers.html#settimeoutcallback-delay-args */
const longestTimeoutMs = 2 ** 31 - 1

/** Runs `callback` once after `ms` milliseconds; as soon as possible where that is not a number above 0. */
function eager(ms: number, callback: () => void): () => void {
  let timer: ReturnType<typeof setTimeout>
  const wait = (leftMs: number) => {
    const next = leftMs > longestTimeoutMs ? () => wait(leftMs - longestTimeoutMs) : callback
    timer = setTimeout(next, leftMs > 0 ? Math.min(leftMs, longestTimeoutMs) : 0)
  }
  wait(ms)
  return () => clearTimeout(timer)
}

/** A time limit that has no timer yet. */
interface Limit {
  /** By the clock of {@link lazyTimers}. */
  readonly dueAt: number
  readonly callback: () => void
  timer: ReturnType<typeof setTimeout> | undefined
}

const leastLazyMs = 100
const sweepMs = 25

/**
 * `Platform.schedule` by which a time limit has a timer only once it has waited for 25 to 50 ms: nearly all are cancelled at
 * once, and a set takes a fraction of what `setTimeout` does. It fires at its time, in the async context of `outside`: it
 * must not keep that of whichever request came first.
 *
 * A limit leaves its set as it is cancelled. In a list until the next sweep, limits live long enough for V8 to allocate them,
 * and the commands that they refer to, among the old objects, where garbage costs twice as much.
 */
function lazyTimers(outside: RunInContext): Platform['schedule'] {
  // A test that replaces the clock gets timers of its own, and may take them away.
  const native = setTimeout
  const clearNative = clearTimeout
  const clock = performance.now.bind(performance)
  let begun = new Set<Limit>()
  let older = new Set<Limit>()
  let isSweeping = false

  function sweepLater(): void {
    isSweeping = true
    native(sweep, sweepMs)
  }

  /** Gives the limits that two sweeps have found a timer of their own. */
  function sweep(): void {
    const now = clock()
    for (const limit of older) limit.timer = native(limit.callback, Math.max(0, limit.dueAt - now))
    older = begun
    begun = new Set()
    isSweeping = false
    if (older.size > 0) sweepLater()
  }

  return (ms, callback) => {
    if (!(ms >= leastLazyMs && ms <= longestTimeoutMs) || setTimeout !== native) return eager(ms, callback)
    const limit: Limit = { dueAt: clock() + ms, callback, timer: undefined }
    begun.add(limit)
    if (!isSweeping) outside(sweepLater)
    return () => {
      if (limit.timer !== undefined) clearNative(limit.timer)
      else if (!begun.delete(limit)) older.delete(limit)
    }
  }
}

/**
 * The `schedule` of this runtime. On Workers, which alone have `WebSocketPair`, a timer ends with the request that made it, so
 * one cannot serve other requests.
 */
export function timersOf(outside: RunInContext | undefined): Platform['schedule'] {
  return outside === undefined || 'WebSocketPair' in globalThis ? eager : lazyTimers(outside)
}
