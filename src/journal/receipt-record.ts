import type { Cause, Receipt } from '../core/journal/commit.ts'
import { journalCorrupt } from '../core/base/failures.ts'
import { frozenJson, isPlainObject } from '../core/base/json.ts'
import type { RecordPlace } from './record-fields.ts'

/** Stored form: `[commandId, fingerprint, firstEvent, eventCount, kind, value?, details?]`; see `commit-record.ts`. */
export function packReceipt(receipt: Receipt): readonly unknown[] {
  const { commandId, fingerprint, firstEvent, eventCount, outcome } = receipt
  const head = [commandId, fingerprint, firstEvent, eventCount]
  if (outcome.kind === 'replied')
    return outcome.reply === undefined ? [...head, 0] : [...head, 0, outcome.reply]
  return outcome.details === undefined
    ? [...head, 1, outcome.reason]
    : [...head, 1, outcome.reason, outcome.details]
}

/** The receipt behind {@link packReceipt}. Throws `journal-corrupt`. */
export function unpackReceipt({ entity, revision }: RecordPlace, packed: unknown): Receipt {
  const [commandId, fingerprint, firstEvent, eventCount, kind, value, details] = Array.isArray(packed)
    ? packed
    : []
  const known = typeof commandId === 'string' && typeof fingerprint === 'string' && (kind === 0 || kind === 1)
  if (!known || typeof firstEvent !== 'number' || typeof eventCount !== 'number') {
    throw journalCorrupt(entity, revision, 'a receipt is not of the stored form')
  }
  const outcome =
    kind === 0
      ? { kind: 'replied' as const, reply: value }
      : { kind: 'rejected' as const, reason: String(value), details }
  return { commandId, fingerprint, firstEvent, eventCount, outcome }
}

/**
 * Stored form: `[firstEvent, eventCount, principal or null, traceparent or null?, null?, metadata?]`. The fifth is for hops.
 * Readers ignore further elements.
 */
export function packCause(cause: Cause): readonly unknown[] {
  const { firstEvent, eventCount, principal, traceparent, metadata } = cause
  const head = [firstEvent, eventCount, principal ?? null]
  if (metadata !== undefined) return [...head, traceparent ?? null, null, metadata]
  return traceparent === undefined ? head : [...head, traceparent]
}

/** The cause behind {@link packCause}. Throws `journal-corrupt`. */
export function unpackCause({ entity, revision }: RecordPlace, packed: unknown): Cause {
  const [firstEvent, eventCount, principal, traceparent, _, metadata] = Array.isArray(packed) ? packed : []
  if (typeof firstEvent !== 'number' || typeof eventCount !== 'number') {
    throw journalCorrupt(entity, revision, 'a cause is not of the stored form')
  }
  return {
    firstEvent,
    eventCount,
    ...(typeof principal === 'string' && { principal }),
    ...(typeof traceparent === 'string' && { traceparent }),
    ...(isPlainObject(metadata) && { metadata: frozenJson(metadata, 'metadata') }),
  }
}
