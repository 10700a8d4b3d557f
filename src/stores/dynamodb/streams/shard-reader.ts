import type { _Record } from '@aws-sdk/client-dynamodb-streams'
import type { RequestOptions } from '../../../core/base/cost.ts'
import { feedLost } from '../../../core/base/failures.ts'
import type { ShardPosition } from './cursor.ts'
import { changesTrimmed, type StreamRequests } from './requests.ts'
import { unreadForMs } from './shards.ts'

/** What was read of a shard. */
export interface ReadShard {
  readonly id: string
  /** Where to go on. */
  readonly reached: ShardPosition
  readonly records: readonly _Record[]
}

/** Reads a shard of a stream from a position on. Throws `feed-lost` where records may have been deleted unread. */
export type ShardReader = (
  stream: string,
  id: string,
  position: ShardPosition,
  limit: number,
  request: RequestOptions,
) => Promise<ReadShard>

/** Makes a reader that goes on with the iterator of its last page where the position is still the same. */
export function shardReader(requests: StreamRequests, tableName: string): ShardReader {
  /** Where the last page ended in each shard. Another position takes another iterator. */
  const iterators = new Map<string, { readonly position: ShardPosition; readonly iterator: string }>()

  return async (stream, id, position, limit, request) => {
    if (typeof position === 'number' && Date.now() - position > unreadForMs)
      throw feedLost(`${id} of the stream was not read for 23 hours`)
    const taken = iterators.get(id)
    iterators.delete(id)
    const read = async (iterator: string) => requests.records(iterator, limit, request)
    const fresh = async () => read(await requests.iterator(stream, id, position, request))
    let page = taken?.position === position ? await read(taken.iterator) : await fresh()
    if (typeof page === 'string') page = await fresh()
    if (page === 'trimmed') throw changesTrimmed(tableName)
    if (page === 'expired') throw feedLost(`an iterator of ${id} expired at once`)
    const last = page.records.at(-1)?.dynamodb?.SequenceNumber
    const reached = page.next === undefined ? null : (last ?? position)
    if (page.next !== undefined) iterators.set(id, { position: reached, iterator: page.next })
    return { id, reached, records: page.records }
  }
}
