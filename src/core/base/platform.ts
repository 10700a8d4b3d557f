/** Time, randomness, hashing and async context, handed in so that core uses no global and a simulator can own them. */
export interface Platform {
  /** Milliseconds since the Unix epoch. Stamps commits and measures waits; order never depends on it. */
  now(): number
  /** Runs `callback` once after `ms` milliseconds. Returns what cancels it. */
  schedule(ms: number, callback: () => void): () => void
  /** A number in [0, 1), for jitter. */
  random(): number
  /** A new commit id: at least 96 random bits as URL-safe text. */
  newId(): string
  /** SHA-256 of the UTF-8 bytes of a text, as base64url without padding: 43 characters. */
  sha256(text: string): string
  /**
   * Captures the async context of the caller and returns how to run something in it. Default: user code runs in the
   * context of whichever command of its batch came first.
   */
  captureContext?(): RunInContext
  /** A value that follows async calls. Default: a command that a handler sends to its own entity waits for its deadline. */
  createContext?<Value>(): AsyncContext<Value>
}

/** Runs something in a captured async context. */
export type RunInContext = <Result>(run: () => Result) => Result

/** A value that follows async calls. */
export interface AsyncContext<Value> {
  get(): Value | undefined
  run<Result>(value: Value, run: () => Result): Result
}

/** Resolves after `ms` milliseconds. */
export function sleep(platform: Platform, ms: number): Promise<void> {
  return new Promise((resolve) => {
    platform.schedule(ms, resolve)
  })
}

/** Runs `callback` once after `ms` milliseconds, never where that is `Infinity`. Returns what cancels it. */
export function after(platform: Platform, ms: number, callback: () => void): () => void {
  return ms === Infinity ? () => {} : platform.schedule(ms, callback)
}

/** Settles as `work` does, or rejects with `timeoutError()` after `ms` milliseconds, whichever comes first. */
export function withTimeout<Value>(
  platform: Platform,
  ms: number,
  work: PromiseLike<Value>,
  timeoutError: () => Error,
): Promise<Value> {
  return new Promise((resolve, reject) => {
    const cancel = after(platform, ms, () => reject(timeoutError()))
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
