import { type Platform, withTimeout } from '../../core/base/platform.ts'
import type { HttpLimits } from '../limits.ts'
import type { HttpRequest, ReadBody } from '../message.ts'
import { HttpProblem } from '../problem/problem.ts'

/**
 * A body for the command and for `authorize`, which may read it to verify a signature: it is read once, as far as the app
 * takes it, whatever less a hook asks for. Rejects with `request-timeout`.
 */
export function readOnce(
  body: HttpRequest['body'],
  deadline: number,
  { maxBodyBytes }: Required<HttpLimits>,
  platform: Platform,
): HttpRequest['body'] {
  if (typeof body !== 'function') return body
  const late = (why: string) => new HttpProblem('request-timeout', `The body ${why}.`)
  let read: ReturnType<ReadBody> | undefined
  return (maxBytes) => {
    if (read === undefined) {
      // A client that goes away in the middle is no fault of the app.
      const whole = body(maxBodyBytes).catch(() => {
        throw late('ended before it was complete')
      })
      const ms = Math.max(0, deadline - platform.now())
      read = withTimeout(platform, ms, whole, () => late('did not arrive by the deadline of the request'))
    }
    const asked =
      maxBytes < maxBodyBytes
        ? read.then((bytes) => ((bytes?.length ?? 0) > maxBytes ? 'too-large' : bytes))
        : read
    // A hook may answer without it.
    asked.catch(() => {})
    return asked
  }
}
