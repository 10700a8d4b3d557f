import { setTimeout as delay } from 'node:timers/promises'
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { DynamoDBStreamsClient, Shard } from '@aws-sdk/client-dynamodb-streams'
import type { RequestOptions } from '../../../core/base/cost.ts'
import { feedLost } from '../../../core/base/failures.ts'
import type { Change, ChangeFeed, ChangePage } from '../../../core/journal/journal.ts'
import { dynamoDbClient } from '../client.ts'
import { dynamoDbScan } from '../scan.ts'
import { cursorText, parseCursor, type ShardPosition, type StreamCursor } from './cursor.ts'
import { changesTrimmed, maxRecords, streamRequests, streamsClientOf } from './requests.ts'
import { discovered, readable, unreadForMs } from './shards.ts'
import { streamChange } from './stream-record.ts'

/** Options of {@link dynamoDbStreamFeed}. */
export interface DynamoDbStreamFeedOptions {
  readonly tableName: string
  /** Default: a new {@link dynamoDbClient}. */
  readonly client?: DynamoDBClient
  /** Default: one with the region, credentials and endpoint of `client`. */
  readonly streamsClient?: DynamoDBStreamsClient
  /**
   * Milliseconds between two polls while nothing happens. Default 250: DynamoDB allows five reads of a shard a second.
   * DynamoDB Local takes any.
   */
  readonly pollMs?: number
  /** Whether the table is scanned before the stream is read, where there is no cursor. Default true. */
  readonly scanFirst?: boolean
  /** Parts of the table that are scanned at the same time, 1 to 1,000. Default 4. */
  readonly segments?: number
  /** Most read units a second of the scan. Default: no limit. */
  readonly readUnitsPerSecond?: number
}

/** How long a list of the shards is used; it is also read after the end of a shard. */
const shardsForMs = 10_000

/**
 * The change feed of a table by its stream, for processes that run on: local servers, containers, tests. In Lambda, use
 * `streamHandler`. A stream begins when it was switched on and keeps 24 hours, so without a cursor the table is scanned
 * first (see {@link dynamoDbScan}), and then the stream is read from its oldest record. Parents are read before their
 * children. A change appears within about a second of its commit; an empty page does not mean that no change is on its way.
 *
 * Needs `dynamodb:DescribeTable` and `dynamodb:Scan` on the table, and `DescribeStream`, `GetShardIterator` and
 * `GetRecords` on its stream. Throws `feed-lost` when the cursor's stream was replaced, or is more than a day behind;
 * `store-unavailable` for a table without a stream, with the command that switches it on.
 */
export function dynamoDbStreamFeed(options: DynamoDbStreamFeedOptions): ChangeFeed {
  const {
    tableName,
    client = dynamoDbClient(),
    streamsClient = streamsClientOf(client),
    pollMs = 250,
    scanFirst = true,
  } = options
  const stream = streamRequests({ client, tableName }, streamsClient)
  const scan = dynamoDbScan({ ...options, client })
  let known: { readonly stream: string; readonly shards: readonly Shard[]; readonly at: number } | undefined
  /** Where the last page ended in each shard. Another position takes another iterator. */
  const iterators = new Map<string, { readonly position: ShardPosition; readonly iterator: string }>()
  let turn = 0

  async function look(request: RequestOptions) {
    if (known !== undefined && Date.now() - known.at < shardsForMs) return known
    const arn = await stream.currentStream()
    known = { stream: arn, shards: await stream.shards(arn, request), at: Date.now() }
    return known
  }

  /** The cursor of a caller, with the shards that have come and gone since. */
  async function current(cursor: string | undefined, request: RequestOptions): Promise<StreamCursor> {
    const from = cursor === undefined ? undefined : parseCursor(cursor)
    const { stream: arn, shards } = await look(request)
    if (from === undefined)
      return { stream: arn, shards: discovered({}, shards, Date.now()), ...(scanFirst && { scan: null }) }
    if (from.stream !== arn) throw feedLost(`table ${tableName} has another stream now`)
    return { ...from, shards: discovered(from.shards, shards, Date.now()) }
  }

  async function readShard(
    arn: string,
    id: string,
    position: ShardPosition,
    limit: number,
    request: RequestOptions,
  ) {
    if (typeof position === 'number' && Date.now() - position > unreadForMs)
      throw feedLost(`${id} of the stream was not read for 23 hours`)
    const taken = iterators.get(id)
    iterators.delete(id)
    const read = async (iterator: string) => stream.records(iterator, limit, request)
    const fresh = async () => read(await stream.iterator(arn, id, position, request))
    let page = taken?.position === position ? await read(taken.iterator) : await fresh()
    if (typeof page === 'string') page = await fresh()
    if (page === 'trimmed') throw changesTrimmed(tableName)
    if (page === 'expired') throw feedLost(`an iterator of ${id} expired at once`)
    const last = page.records.at(-1)?.dynamodb?.SequenceNumber
    const reached = page.next === undefined ? null : (last ?? position)
    if (page.next !== undefined) iterators.set(id, { position: reached, iterator: page.next })
    return { id, reached, records: page.records }
  }

  async function readStream(from: StreamCursor, limit: number, request: RequestOptions): Promise<ChangePage> {
    const shards = known?.shards ?? []
    const all = readable(from.shards, shards)
    const start = turn++ % Math.max(1, all.length)
    const ids = [...all.slice(start), ...all.slice(0, start)].slice(0, limit)
    const each = Math.min(maxRecords, Math.max(1, Math.floor(limit / Math.max(1, ids.length))))
    const pages = await Promise.all(
      ids.map((id) => readShard(from.stream, id, from.shards[id] ?? null, each, request)),
    )
    const hasEnded = pages.some(({ reached }) => reached === null)
    if (hasEnded) known = undefined
    const isClosed = new Set(shards.filter(closed).map(({ ShardId }) => ShardId))
    const reached = Object.fromEntries(pages.map(({ id, reached: position }) => [id, position]))
    return {
      changes: pages.flatMap(({ records }) => records.map(streamChange).filter(isChange)),
      cursor: cursorText({ stream: from.stream, shards: { ...from.shards, ...reached } }),
      // The end of a closed shard may come after empty pages, and its children after that.
      more:
        hasEnded ||
        ids.length < all.length ||
        pages.some(({ id, records }) => records.length > 0 || isClosed.has(id)),
    }
  }

  return {
    async changes(cursor, limit, request = {}) {
      const from = await current(cursor, request)
      if (from.scan === undefined) return readStream(from, limit, request)
      const page = await scan.changes(from.scan ?? undefined, limit, request)
      const { scan: _, ...streamOnly } = from
      const next = page.more ? { ...from, scan: page.cursor } : streamOnly
      return { changes: page.changes, cursor: cursorText(next), more: true }
    },

    async waitForChanges(_cursor, { signal } = {}) {
      await delay(pollMs, undefined, signal && { signal }).catch(() => {})
    },
  }
}

function closed({ SequenceNumberRange }: Shard): boolean {
  return SequenceNumberRange?.EndingSequenceNumber !== undefined
}

function isChange(change: Change | undefined): change is Change {
  return change !== undefined
}
