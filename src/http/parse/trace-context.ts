import { parseTraceparent } from '../../core/base/trace-parent.ts'
import type { HttpRequest } from '../message.ts'

/**
 * The trace a request belongs to, in the form of version 00: it stands in the commit, so that nobody can make it long. A
 * malformed one is passed over.
 */
export function readTraceparent(headers: HttpRequest['headers']): string | undefined {
  const parsed = parseTraceparent(headers['traceparent']?.trim())
  if (parsed === undefined) return undefined
  const { traceId, spanId, flags } = parsed
  return `00-${traceId}-${spanId}-${flags.toString(16).padStart(2, '0')}`
}
