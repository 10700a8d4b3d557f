/** What a `traceparent` says. */
export interface TraceParent {
  /** 32 hexadecimal digits, lower case. */
  readonly traceId: string
  /** The span that follows is a child of this one: 16 hexadecimal digits, lower case. */
  readonly spanId: string
  /** 0 to 255; bit 0 says that the trace is recorded. */
  readonly flags: number
}

/** A version after 00 may append fields. Source: https://www.w3.org/TR/trace-context/#versioning-of-traceparent */
const pattern = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/

/** Reads the form of W3C Trace Context; `undefined` for anything else, which by that standard is to be passed over. */
export function parseTraceparent(text: string | undefined): TraceParent | undefined {
  const [, version, traceId, spanId, flags, more] = pattern.exec(text ?? '') ?? []
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined
  if (version === '00' && more !== undefined) return undefined
  return { traceId, spanId, flags: Number.parseInt(flags, 16) }
}
