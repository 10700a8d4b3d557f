import type { TailfoldError } from '../base/errors.ts'
import { type Platform, withTimeout } from '../base/platform.ts'
import { isThenable } from '../base/thenable.ts'

/** How long code of the user may take. */
export interface TimeLimit {
  readonly platform: Platform
  /** Milliseconds since the Unix epoch. */
  readonly deadline: number
  /** The error for code that has not answered by then. Default: the one given, which blames the code. */
  readonly late?: (blame: TailfoldError) => TailfoldError
}

/**
 * Calls a handler or schema, and waits for it where it is asynchronous. Throws, or rejects with, what `blame` makes of a
 * failure: of what it threw, or of its silence. A promise only where the code needs one.
 */
export function callInTime<Answer>(
  { platform, deadline, late = (error) => error }: TimeLimit,
  blame: (what: string, cause?: unknown) => TailfoldError,
  call: () => Answer | PromiseLike<Answer>,
): Answer | Promise<Answer> {
  let lateness: TailfoldError | undefined
  const tooLate = () => (lateness = late(blame('did not answer before the deadline of the command')))
  const failed = (cause: unknown): never => {
    throw cause !== undefined && cause === lateness ? cause : blame('threw', cause)
  }
  try {
    const answer = call()
    return isThenable(answer)
      ? withTimeout(platform, deadline - platform.now(), answer, tooLate).catch(failed)
      : answer
  } catch (cause) {
    return failed(cause)
  }
}
