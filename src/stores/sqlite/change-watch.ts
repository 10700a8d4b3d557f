/** Waits for changes of a database file. */
export interface ChangeWatch {
  /** Ends when the file may have changed, at once while `isBehind`, and soon after the signal is aborted. */
  until(isBehind: () => boolean, signal: AbortSignal | undefined): Promise<void>
  /** To be called after each commit of this connection, which does not change its own data version. */
  wake(): void
}

const busyPauseMs = 2
const calmPauseMs = 20
/** Changes seldom come alone. */
const busyForMs = 1_000

/**
 * Watches a file for changes of other connections: looks every 2 ms for a second after a change, then every 20 ms.
 *
 * @param version The data version of the connection. Source: https://www.sqlite.org/pragma.html#pragma_data_version
 */
export function changeWatch(version: () => number): ChangeWatch {
  const waiting = new Set<{ resolve(): void; reject(error: unknown): void }>()
  let known = 0
  let changedAt = Number.NEGATIVE_INFINITY
  let timer: ReturnType<typeof setTimeout> | undefined

  function end(settle: (waiter: { resolve(): void; reject(error: unknown): void }) => void): void {
    const ended = [...waiting]
    waiting.clear()
    clearTimeout(timer)
    timer = undefined
    for (const waiter of ended) settle(waiter)
  }

  function wake(): void {
    if (waiting.size === 0) return
    changedAt = performance.now()
    end(({ resolve }) => resolve())
  }

  function look(): void {
    timer = undefined
    try {
      if (version() !== known) return wake()
    } catch (error) {
      return end(({ reject }) => reject(error))
    }
    lookLater()
  }

  function lookLater(): void {
    if (timer !== undefined || waiting.size === 0) return
    timer = setTimeout(look, performance.now() - changedAt < busyForMs ? busyPauseMs : calmPauseMs)
  }

  return {
    wake,
    async until(isBehind, signal) {
      if (waiting.size === 0) known = version()
      if (isBehind() || signal?.aborted === true) return
      await new Promise<void>((resolve, reject) => {
        const abort = () => {
          waiting.delete(waiter)
          if (waiting.size === 0) end(() => {})
          waiter.resolve()
        }
        const waiter = {
          resolve() {
            signal?.removeEventListener('abort', abort)
            resolve()
          },
          reject,
        }
        waiting.add(waiter)
        signal?.addEventListener('abort', abort, { once: true })
        lookLater()
      })
    },
  }
}
