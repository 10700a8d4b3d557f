/** Longest time of a timer in milliseconds. Source: https://developer.mozilla.org/docs/Web/API/Window/setTimeout#maximum_delay_value */
export const longestMs: number = 2 ** 31 - 1

/**
 * Resolves as `work` does, or with `undefined` after `ms` milliseconds, even if `work` never settles. Rejects with the
 * reason of `signal` as soon as it is aborted. `ended` is aborted in both cases.
 */
export function within<Result>(
  ms: number,
  signal: AbortSignal | undefined,
  work: (ended: AbortSignal) => Promise<Result>,
): Promise<Result | undefined> {
  return new Promise<Result | undefined>((resolve, reject) => {
    signal?.throwIfAborted()
    const control = new AbortController()
    const stop = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', end)
    }
    const end = () => {
      stop()
      if (signal?.aborted) reject(signal.reason)
      else resolve(undefined)
      control.abort()
    }
    const timer = setTimeout(end, ms)
    signal?.addEventListener('abort', end)
    work(control.signal).finally(stop).then(resolve, reject)
  })
}
