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

/** A time limit without a timer of its own. */
interface Limit {
  /** By the clock of {@link lazyTimers}. */
  readonly dueAt: number
  /** `undefined` once cancelled. */
  callback: (() => void) | undefined
  timer: ReturnType<typeof setTimeout> | undefined
  /** Its index in the list, while it is there. */
  place: number
  /** Whether a sweep has found it. */
  isOld: boolean
}

const leastLazyMs = 100
const sweepMs = 25

/**
 * `Platform.schedule` by which a time limit has a timer only once it has waited for 25 to 50 ms: nearly all are cancelled
 * before, and a line in a list takes a fraction of what `setTimeout` does. It fires at its time, in the async context of
 * `outside`: it must not keep that of whichever request came first.
 *
 * A limit leaves the list as it is cancelled. Limits that stay until the next sweep live long enough for V8 to allocate
 * them, and the commands that they refer to, among the old objects; and a `Set` that it drops refers to the next one. Either
 * way the garbage of every command costs twice as much.
 */
function lazyTimers(outside: RunInContext): Platform['schedule'] {
  // A test that replaces the clock gets timers of its own, and may take them away.
  const native = setTimeout
  const clearNative = clearTimeout
  const clock = performance.now.bind(performance)
  const list: Limit[] = []
  let isSweeping = false

  function remove({ place }: Limit): void {
    const last = list.pop()
    if (last === undefined || last.place === place) return
    list[place] = last
    last.place = place
  }

  function sweepLater(): void {
    isSweeping = true
    native(sweep, sweepMs)
  }

  /** Gives the limits that two sweeps have found a timer of their own. */
  function sweep(): void {
    const now = clock()
    const found = list.filter(({ isOld }) => isOld)
    for (const limit of list) limit.isOld = true
    for (const limit of found) {
      remove(limit)
      if (limit.callback !== undefined) limit.timer = native(limit.callback, Math.max(0, limit.dueAt - now))
    }
    isSweeping = false
    if (list.length > 0) sweepLater()
  }

  return (ms, callback) => {
    if (!(ms >= leastLazyMs && ms <= longestTimeoutMs) || setTimeout !== native) return eager(ms, callback)
    const limit: Limit = { dueAt: clock() + ms, callback, timer: undefined, place: list.length, isOld: false }
    list.push(limit)
    if (!isSweeping) outside(sweepLater)
    return () => {
      if (limit.callback === undefined) return
      limit.callback = undefined
      if (limit.timer === undefined) remove(limit)
      else clearNative(limit.timer)
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
