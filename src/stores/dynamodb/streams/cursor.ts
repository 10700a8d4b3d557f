import { feedLost } from '../../../core/base/failures.ts'

/** How far a reader of a stream is. Its text is the feed's cursor. */
export interface StreamCursor {
  /** The stream's ARN: a table whose stream was switched off and on has another one. */
  readonly stream: string
  readonly shards: ShardPositions
  /** While the table is scanned, before the stream is read: the cursor of the scan; `null` before its first page. */
  readonly scan?: string | null | undefined
}

export type ShardPositions = Readonly<Record<string, ShardPosition>>

/**
 * How far a shard was read: after the record with a sequence number (text), not at all since it was discovered at a time
 * in milliseconds (number), or to its end (`null`).
 */
export type ShardPosition = string | number | null

const version = 1

/** The text of a cursor. */
export function cursorText(cursor: StreamCursor): string {
  return JSON.stringify({ v: version, ...cursor })
}

/** The cursor in a text. Throws `feed-lost` for one that {@link cursorText} did not make. */
export function parseCursor(text: string): StreamCursor {
  try {
    const { v, stream, shards, scan } = JSON.parse(text) as Partial<StreamCursor> & { v?: unknown }
    if (v === version && typeof stream === 'string' && typeof shards === 'object' && shards !== null)
      return { stream, shards, ...(scan !== undefined && { scan }) }
  } catch {
    // Reported below, as any other text that is no cursor.
  }
  throw feedLost('the cursor is not one of a DynamoDB stream, or was written by a newer Tailfold')
}
