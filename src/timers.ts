/** Beyond this `setTimeout` fires at once. Source: https://nodejs.org/api/timers.html#settimeoutcallback-delay-args */
const longestTimeoutMs = 2 ** 31 - 1

/** Runs `callback` once after `ms` milliseconds; as soon as possible where that is not a number above 0. */
export function schedule(ms: number, callback: () => void): () => void {
  return ms >= leastLazyMs && ms <= longestTimeoutMs && isNode ? lazy(ms, callback) : eager(ms, callback)
}

function eager(ms: number, callback: () => void): () => void {
  let timer: ReturnType<typeof setTimeout>
  const wait = (leftMs: number) => {
    const next = leftMs > longestTimeoutMs ? () => wait(leftMs - longestTimeoutMs) : callback
    timer = setTimeout(next, leftMs > 0 ? Math.min(leftMs, longestTimeoutMs) : 0)
  }
  wait(ms)
  return () => clearTimeout(timer)
}

/** On Workers a timer ends with the request that made it, so one cannot serve other requests. */
const isNode =
  globalThis.process?.versions?.node !== undefined && globalThis.navigator?.userAgent !== 'Cloudflare-Workers'

const leastLazyMs = 100
const sweepMs = 25

/** A time limit. Nearly all are cancelled at once, and a line in a list costs a fraction of what `setTimeout` does. */
interface Limit {
  /** By `performance.now()`. */
  readonly dueAt: number
  /** `undefined` once cancelled. */
  callback: (() => void) | undefined
  timer: ReturnType<typeof setTimeout> | undefined
}

let begun: Limit[] = []
let older: readonly Limit[] = []
/** What the next sweep was scheduled with: a test may replace the clock, and take it away with what it was to run. */
let sweepingWith: typeof setTimeout | undefined

function lazy(ms: number, callback: () => void): () => void {
  const limit: Limit = { dueAt: performance.now() + ms, callback, timer: undefined }
  begun.push(limit)
  if (sweepingWith !== setTimeout) sweepLater()
  return () => {
    limit.callback = undefined
    if (limit.timer !== undefined) clearTimeout(limit.timer)
  }
}

function sweepLater(): void {
  sweepingWith = setTimeout
  setTimeout(sweep, sweepMs)
}

/** Gives the limits that two sweeps have found a timer of their own. */
function sweep(): void {
  const now = performance.now()
  for (const limit of older) {
    if (limit.callback !== undefined) limit.timer = setTimeout(limit.callback, Math.max(0, limit.dueAt - now))
  }
  older = begun.filter(({ callback }) => callback !== undefined)
  begun = []
  sweepingWith = undefined
  if (older.length > 0) sweepLater()
}
