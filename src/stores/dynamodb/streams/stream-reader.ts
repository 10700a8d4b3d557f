import type { Shard } from '@aws-sdk/client-dynamodb-streams'
import type { RequestOptions } from '../../../core/base/cost.ts'
import type { Change, ChangePage } from '../../../core/journal/journal.ts'
import { cursorText, type StreamCursor } from './cursor.ts'
import { maxRecords } from './requests.ts'
import type { ReadShard, ShardReader } from './shard-reader.ts'
import { readable } from './shards.ts'
import { streamChange } from './stream-record.ts'

/** A page of a stream. */
export interface StreamPage extends ChangePage {
  /** Whether a shard was read to its end. */
  readonly hasEnded: boolean
}

/** Reads the shards of a stream at the same time. */
export type StreamReader = (
  from: StreamCursor,
  shards: readonly Shard[],
  limit: number,
  request: RequestOptions,
) => Promise<StreamPage>

/** Makes a reader. Where there are more shards than changes in a page, each gets its turn. */
export function streamReader(readShard: ShardReader): StreamReader {
  let turn = 0

  return async (from, shards, limit, request) => {
    const all = readable(from.shards, shards)
    const start = turn++ % Math.max(1, all.length)
    const ids = [...all.slice(start), ...all.slice(0, start)].slice(0, limit)
    const each = Math.min(maxRecords, Math.max(1, Math.floor(limit / Math.max(1, ids.length))))
    const read = await Promise.all(
      ids.map((id) => readShard(from.stream, id, from.shards[id] ?? null, each, request)),
    )
    const reached = Object.fromEntries(read.map(({ id, reached: position }) => [id, position]))
    const hasEnded = read.some(({ reached: position }) => position === null)
    return {
      changes: read.flatMap(({ records }) => records.map(streamChange).filter(isChange)),
      cursor: cursorText({ stream: from.stream, shards: { ...from.shards, ...reached } }),
      more: hasEnded || ids.length < all.length || mayHaveMore(read, shards),
      hasEnded,
    }
  }
}

/** The end of a closed shard may come after empty pages, and its children after that. */
function mayHaveMore(read: readonly ReadShard[], shards: readonly Shard[]): boolean {
  const closed = new Set(shards.filter(isClosed).map(({ ShardId }) => ShardId))
  return read.some(({ id, records }) => records.length > 0 || closed.has(id))
}

function isClosed({ SequenceNumberRange }: Shard): boolean {
  return SequenceNumberRange?.EndingSequenceNumber !== undefined
}

function isChange(change: Change | undefined): change is Change {
  return change !== undefined
}
