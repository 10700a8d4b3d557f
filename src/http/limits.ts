/** What a request may demand. */
export interface HttpLimits {
  /** Largest request body in bytes; larger ones are `payload-too-large`. Default 262,144 (256 KiB). */
  readonly maxBodyBytes?: number
}

/** Levels of objects and arrays a body may nest: enough for any command, few enough for any stack. */
export const maxJsonDepth = 64

/** Events in one page of an audit trail when the request does not say. */
export const defaultEventPage = 100

/** Events in one page of an audit trail at most. */
export const maxEventPage = 1_000

/** Longest command id in characters: the limit of the core. */
export const maxCommandIdLength = 256

/** Fills in the defaults. Throws `TypeError` on a limit that is not a whole number from 1 on. */
export function resolveLimits({ maxBodyBytes = 256 * 1024 }: HttpLimits = {}): Required<HttpLimits> {
  if (!Number.isSafeInteger(maxBodyBytes) || maxBodyBytes < 1) {
    throw new TypeError(`limits.maxBodyBytes must be a whole number of bytes from 1 on, not ${maxBodyBytes}.`)
  }
  return { maxBodyBytes }
}
