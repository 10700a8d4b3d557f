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
    { meter, signal }: RequestOptions,
    ask: (options: { readonly abortSignal: AbortSignal } | undefined) => Promise<Answer>,
  ): Promise<Answer> {
    try {
      return await ask(signal && { abortSignal: signal })
    } catch (error) {
      throw await streamFailure(target, error, signal)
    } finally {
      meter?.({ requests: 1, readUnits: 0, writeUnits: 0 })
    }
  }

  return {
    currentStream: async () => currentStream(target),

    async shards(stream, request) {
      const shards: Shard[] = []
      for (let last: string | undefined; ; ) {
        const command = new DescribeStreamCommand({
          StreamArn: stream,
          ...(last !== undefined && { ExclusiveStartShardId: last }),
        })
        const { StreamDescription } = await send(request, (options) => streams.send(command, options))
        shards.push(...(StreamDescription?.Shards ?? []))
        last = StreamDescription?.LastEvaluatedShardId
        if (last === undefined) return shards
      }
    },

    async iterator(stream, shard, position, request) {
      const command = new GetShardIteratorCommand({
        StreamArn: stream,
        ShardId: shard,
        ...startAfter(position),
      })
      try {
        const { ShardIterator = '' } = await send(request, (options) => streams.send(command, options))
        return ShardIterator
      } catch (error) {
        throw iteratorProblem(error) === undefined ? error : changesTrimmed(tableName)
      }
    },

    async records(iterator, limit, request) {
      const command = new GetRecordsCommand({ ShardIterator: iterator, Limit: limit })
      try {
        const answer = await send(request, (options) => streams.send(command, options))
        return { records: answer.Records ?? [], next: answer.NextShardIterator }
      } catch (error) {
        const problem = iteratorProblem(error)
        if (problem !== undefined) return problem
        throw error
      }
    },
  }
}

async function currentStream(target: Target): Promise<string> {
  const table = await readTable('read the stream', target)
  const problem = streamProblem(table)
  const stream = streamOf(table)
  if (problem === undefined && stream !== undefined) return stream
  throw storeFailure('read the stream', `table ${target.tableName} ${problem}`, {
    applied: 'no',
    retryable: false,
  })
}

/** Where an iterator starts: after the record at a position, or at the oldest record of the shard. */
function startAfter(position: ShardPosition) {
  return typeof position === 'string'
    ? { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER' as const, SequenceNumber: position }
    : { ShardIteratorType: 'TRIM_HORIZON' as const }
}

/** The failure of a request. That of an iterator is left as it is: its meaning depends on the request. */
async function streamFailure(
  target: Target,
  error: unknown,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  if (iteratorProblem(error) !== undefined) return error
  if ((error as Error).name === 'ResourceNotFoundException')
    return feedLost(`the stream of table ${target.tableName} that it is of, or one of its shards, is gone`)
  return dynamoDbFailure('read the stream', target, error, signal)
}

function iteratorProblem(error: unknown): 'expired' | 'trimmed' | undefined {
  return iteratorProblems.get((error as Error).name)
}
