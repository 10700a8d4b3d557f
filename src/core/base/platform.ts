/** Time and randomness, handed to the engine so that core reads neither and a simulator can own both. */
export interface Platform {
  /** Milliseconds since the Unix epoch. Stamps commits and measures waits; order never depends on it. */
  now(): number
  /** Runs `callback` once after `ms` milliseconds. Returns what cancels it. */
  schedule(ms: number, callback: () => void): () => void
  /** A number in [0, 1), for jitter. */
  random(): number
  /** A new commit id: at least 96 random bits as URL-safe text. */
  newId(): string
}

/** Resolves after `ms` milliseconds. */
export function sleep(platform: Platform, ms: number): Promise<void> {
  return new Promise((resolve) => {
    platform.schedule(ms, resolve)
  })
}

/** Settles as `work` does, or rejects with `timeoutError()` after `ms` milliseconds, whichever comes first. */
export function withTimeout<Value>(
  platform: Platform,
  ms: number,
  work: Promise<Value>,
  timeoutError: () => Error,
): Promise<Value> {
  return new Promise((resolve, reject) => {
    const cancel = platform.schedule(ms, () => reject(timeoutError()))
    work.then(
      (value) => {
        cancel()
        resolve(value)
      },
      (error: unknown) => {
        cancel()
        reject(error)
      },
    )
  })
}
