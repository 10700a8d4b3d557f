import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import {
  type _Record,
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type Shard,
} from '@aws-sdk/client-dynamodb-streams'
import type { RequestOptions } from '../../../core/base/cost.ts'
import type { TailfoldError } from '../../../core/base/errors.ts'
import { feedLost, storeFailure } from '../../../core/base/failures.ts'
import { dynamoDbFailure, type Target } from '../failures.ts'
import { streamOf, streamProblem } from '../table/stream.ts'
import { readTable } from '../table/verify.ts'
import type { ShardPosition } from './cursor.ts'

/** Requests to the stream of one table. Their failures are `store-unavailable` or `feed-lost`. */
export interface StreamRequests {
  /** The ARN of the table's stream. Throws `store-unavailable` for a table without one. */
  currentStream(): Promise<string>
  shards(stream: string, request: RequestOptions): Promise<readonly Shard[]>
  iterator(stream: string, shard: string, position: ShardPosition, request: RequestOptions): Promise<string>
  /**
   * Records after an iterator. `'expired'` when it was taken more than 15 minutes ago, `'trimmed'` when the records after it
   * were deleted unread. DynamoDB Local says `'trimmed'` also of iterators that were taken before the first record came.
   */
  records(
    iterator: string,
    limit: number,
    request: RequestOptions,
  ): Promise<ShardPage | 'expired' | 'trimmed'>
}

/** Part of a shard. */
export interface ShardPage {
  readonly records: readonly _Record[]
  /** Absent at the end of the shard. */
  readonly next: string | undefined
}

/** Most records in one answer. Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetRecords.html */
export const maxRecords = 1_000

const iteratorProblems: ReadonlyMap<string, 'expired' | 'trimmed'> = new Map([
  ['ExpiredIteratorException', 'expired'],
  ['TrimmedDataAccessException', 'trimmed'],
])

/** The error for changes that the stream deleted before they were read. */
export function changesTrimmed(tableName: string): TailfoldError {
  return feedLost(
    `the stream of table ${tableName} no longer has the changes after it; it keeps them for 24 hours`,
  )
}

/** A client of the streams where a client of tables goes: same region, credentials and endpoint. */
export function streamsClientOf({ config }: DynamoDBClient): DynamoDBStreamsClient {
  const { region, credentials, endpoint } = config
  return new DynamoDBStreamsClient({ region, credentials, ...(endpoint && { endpoint }) })
}

/** Opens the stream of a table. */
export function streamRequests(target: Target, streams: DynamoDBStreamsClient): StreamRequests {
  const { tableName } = target

  async function send<Answer>(
    { meter }: RequestOptions,
    signal: AbortSignal | undefined,
    ask: () => Promise<Answer>,
  ): Promise<Answer> {
    try {
      return await ask()
    } catch (error) {
      const { name } = error as Error
      if (name === 'ResourceNotFoundException')
        throw feedLost(`the stream of table ${tableName} that it is of, or one of its shards, is gone`)
      throw iteratorProblems.has(name)
        ? error
        : await dynamoDbFailure('read the stream', target, error, signal)
    } finally {
      meter?.({ requests: 1, readUnits: 0, writeUnits: 0 })
    }
  }

  return {
    async currentStream() {
      const table = await readTable('read the stream', target)
      const problem = streamProblem(table)
      const stream = streamOf(table)
      if (problem === undefined && stream !== undefined) return stream
      throw storeFailure('read the stream', `table ${tableName} ${problem}`, {
        applied: 'no',
        retryable: false,
      })
    },

    async shards(stream, request) {
      const { signal } = request
      const shards: Shard[] = []
      for (let last: string | undefined; ; ) {
        const command = new DescribeStreamCommand({
          StreamArn: stream,
          ...(last !== undefined && { ExclusiveStartShardId: last }),
        })
        const { StreamDescription } = await send(request, signal, () =>
          streams.send(command, signal && { abortSignal: signal }),
        )
        shards.push(...(StreamDescription?.Shards ?? []))
        last = StreamDescription?.LastEvaluatedShardId
        if (last === undefined) return shards
      }
    },

    async iterator(stream, shard, position, request) {
      const { signal } = request
      const command = new GetShardIteratorCommand({
        StreamArn: stream,
        ShardId: shard,
        ...(typeof position === 'string'
          ? { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER' as const, SequenceNumber: position }
          : { ShardIteratorType: 'TRIM_HORIZON' as const }),
      })
      try {
        const { ShardIterator = '' } = await send(request, signal, () =>
          streams.send(command, signal && { abortSignal: signal }),
        )
        return ShardIterator
      } catch (error) {
        throw iteratorProblems.has((error as Error).name) ? changesTrimmed(tableName) : error
      }
    },

    async records(iterator, limit, request) {
      const { signal } = request
      const command = new GetRecordsCommand({ ShardIterator: iterator, Limit: limit })
      try {
        const { Records = [], NextShardIterator: next } = await send(request, signal, () =>
          streams.send(command, signal && { abortSignal: signal }),
        )
        return { records: Records, next }
      } catch (error) {
        const problem = iteratorProblems.get((error as Error).name)
        if (problem !== undefined) return problem
        throw error
      }
    },
  }
}
