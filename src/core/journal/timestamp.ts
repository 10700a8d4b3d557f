/** Farthest time from the epoch that `Date` knows, in milliseconds. Source: https://tc39.es/ecma262/#sec-time-values-and-time-range */
const farthestMs = 8.64e15

/** Throws `TypeError` unless a time can be read back: whole milliseconds since the Unix epoch that `Date` knows. */
export function checkTimestamp(timestamp: unknown): void {
  if (Number.isInteger(timestamp) && Math.abs(timestamp as number) <= farthestMs) return
  throw new TypeError(
    `A timestamp must be whole milliseconds since the Unix epoch, within the range of Date; got ${typeof timestamp === 'number' ? timestamp : `a ${typeof timestamp}`}.`,
  )
}
