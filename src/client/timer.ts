/** Calls `end` after `ms` milliseconds, or as soon as the signal is aborted. Returns what cancels it. */
export function startTimer(ms: number, signal: AbortSignal | undefined, end: () => void): () => void {
  const timer = setTimeout(end, ms)
  signal?.addEventListener('abort', end)
  return () => {
    clearTimeout(timer)
    signal?.removeEventListener('abort', end)
  }
}
