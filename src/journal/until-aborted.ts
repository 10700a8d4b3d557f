import type { TailfoldError } from '../core/base/errors.ts'
import { storeFailure } from '../core/base/failures.ts'

/** The error for a request that nobody waits for any more. */
export function aborted(operation: string, applied: 'no' | 'unknown'): TailfoldError {
  return storeFailure(operation, 'the request was aborted before its answer came', { applied })
}

/** Waits for the answer to a request that was sent, until the signal aborts; the request itself runs on. */
export async function untilAborted<Answer>(
  operation: string,
  answer: Promise<Answer>,
  signal: AbortSignal | undefined,
): Promise<Answer> {
  if (signal === undefined) return answer
  const stop = Promise.withResolvers<never>()
  const onAbort = () => stop.reject(aborted(operation, 'unknown'))
  signal.addEventListener('abort', onAbort)
  try {
    return await Promise.race([answer, stop.promise])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
