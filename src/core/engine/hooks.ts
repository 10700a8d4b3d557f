import { isThenable } from '../base/thenable.ts'

/** Called for problems that did not fail a command. Must not throw. */
export type Warn = (message: string, error?: unknown) => void

/**
 * Calls a function of the user that nothing may depend on. What it throws, now or as a rejected promise, becomes a warning,
 * or is ignored.
 */
export function callHook<Result>(
  call: () => Result,
  warn: Warn = () => {},
  message = '',
): Result | undefined {
  try {
    const result = call()
    if (isThenable(result)) result.then(undefined, (error: unknown) => warn(message, error))
    return result
  } catch (error) {
    warn(message, error)
    return undefined
  }
}

/** A warning handler that cannot do harm: one that throws is ignored, for it must not fail a command. */
export function harmless(onWarning: Warn | undefined): Warn {
  return (message, error) => void callHook(() => onWarning?.(message, error) as unknown)
}
