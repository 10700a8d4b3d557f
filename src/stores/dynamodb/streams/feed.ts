import { setTimeout as delay } from 'node:timers/promises'
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams'
import {
  anything,
  type Checks,
  checkOptions,
  trueOrFalse,
  wholeNumber,
} from '../../../core/base/check-options.ts'
import { feedLost } from '../../../core/base/failures.ts'
import type { ChangeFeed } from '../../../core/journal/journal.ts'
import { dynamoDbClient } from '../client.ts'
import { type DynamoDbScanOptions, dynamoDbScan } from '../scan.ts'
import { checkTableName } from '../table-name.ts'
import { cursorText, parseCursor, type StreamCursor } from './cursor.ts'
import { streamRequests, streamsClientOf } from './requests.ts'
import { type DescribedStream, shardList } from './shard-list.ts'
import { shardReader } from './shard-reader.ts'
import { discovered } from './shards.ts'
import { streamReader } from './stream-reader.ts'

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

const checks: Checks<DynamoDbStreamFeedOptions> = {
  tableName: anything,
  client: anything,
  streamsClient: anything,
  pollMs: wholeNumber(0),
  scanFirst: trueOrFalse,
  segments: anything,
  readUnitsPerSecond: anything,
}

function scanOptionsIn({
  segments,
  readUnitsPerSecond,
}: DynamoDbStreamFeedOptions): Pick<DynamoDbScanOptions, 'segments' | 'readUnitsPerSecond'> {
  return {
    ...(segments !== undefined && { segments }),
    ...(readUnitsPerSecond !== undefined && { readUnitsPerSecond }),
  }
}

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
  checkOptions('dynamoDbStreamFeed', options, checks)
  const {
    tableName,
    client = dynamoDbClient(),
    streamsClient = streamsClientOf(client),
    pollMs = 250,
    scanFirst = true,
  } = options
  checkTableName('dynamoDbStreamFeed needs', tableName)
  const requests = streamRequests({ client, tableName }, streamsClient)
  const list = shardList(requests)
  const readStream = streamReader(shardReader(requests, tableName))
  const scan = dynamoDbScan({ tableName, client, ...scanOptionsIn(options) })

  /** Where to read on, with the shards that have come and gone since the cursor was made. */
  function placeIn({ stream, shards }: DescribedStream, from: StreamCursor | undefined): StreamCursor {
    if (from === undefined)
      return { stream, shards: discovered({}, shards, Date.now()), ...(scanFirst && { scan: null }) }
    if (from.stream !== stream) throw feedLost(`table ${tableName} has another stream now`)
    return { ...from, shards: discovered(from.shards, shards, Date.now()) }
  }

  return {
    async changes(cursor, limit, request = {}) {
      const known = cursor === undefined ? undefined : parseCursor(cursor)
      const described = await list.read(request)
      const { scan: scanned, ...from } = placeIn(described, known)
      if (scanned === undefined) {
        const { hasEnded, ...page } = await readStream(from, described.shards, limit, request)
        if (hasEnded) list.forget()
        return page
      }
      const page = await scan.changes(scanned ?? undefined, limit, request)
      const next = page.more ? { ...from, scan: page.cursor } : from
      return { changes: page.changes, cursor: cursorText(next), more: true }
    },

    async waitForChanges(_cursor, { signal } = {}) {
      await delay(pollMs, undefined, signal && { signal }).catch(() => {})
    },
  }
}
