import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import {
  type _Record,
  DescribeStreamCommand,
  type DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
} from '@aws-sdk/client-dynamodb-streams'
import { seededRandom } from 'tailfold/testing'

/** What a {@link StreamServer} does to the records that it passes on. */
export interface StreamServerOptions {
  readonly seed: number
  /** A shard closes after so many records; every second time it splits in two. Default: never. */
  readonly splitEvery?: number
  /** Part of the records that change places with the one before, also within an entity. Default 0. */
  readonly reorder?: number
  /** Part of the records that come a second time, later. Default 0. */
  readonly repeat?: number
  /** Part of the answers that are empty although records follow, as DynamoDB's are now and then. Default 0. */
  readonly empty?: number
}

/** A stream server in front of DynamoDB Local's, which has one shard, never reorders, repeats or trims. */
export interface StreamServer extends AsyncDisposable {
  readonly endpoint: string
  /** Shards that there have been. */
  readonly shards: () => number
  /** Deletes the oldest shards, so many, as DynamoDB does after 24 hours. */
  trimShards(count: number): void
  /**
   * Deletes the records of all shards; those that are not closed go on. Who asks for a deleted one is told so by the request
   * for an iterator, or only by that for records.
   */
  trimRecords(toldBy: 'GetShardIterator' | 'GetRecords'): void
  /** Every iterator handed out is more than 15 minutes old from now on. */
  expireIterators(): void
  /** Every iterator handed out is said to be before deleted records, as DynamoDB Local does when the first record comes. */
  spoilIterators(): void
}

interface VirtualShard {
  readonly id: string
  readonly parent: string | undefined
  readonly records: _Record[]
  closed: boolean
  /** Records before this one are deleted. */
  trimmed: number
}

/** Starts a server for a stream of DynamoDB Local. */
export async function streamServer(
  local: DynamoDBStreamsClient,
  options: StreamServerOptions,
): Promise<StreamServer> {
  const { splitEvery = Infinity, reorder = 0, repeat = 0, empty = 0 } = options
  const chance = seededRandom(options.seed)
  const shards: VirtualShard[] = []
  let gone = 0
  let created = 0
  let sequence = 0
  let epoch = 0
  /** The answer to iterators of earlier epochs. */
  let staleAnswer = 'ExpiredIteratorException'
  let trimmedToldBy: Parameters<StreamServer['trimRecords']>[0] = 'GetShardIterator'
  let localIterator: string | undefined
  const pending: _Record[] = []

  function open(parent?: VirtualShard): VirtualShard {
    const id = `shardId-${String(++created).padStart(20, '0')}`
    const shard = { id, parent: parent?.id, records: [], closed: false, trimmed: 0 }
    shards.push(shard)
    return shard
  }

  function keyOf(record: _Record): string {
    return record.dynamodb?.Keys?.['pk']?.S ?? ''
  }

  /** A key stays with a shard and its children. */
  function shardOf(record: _Record): VirtualShard {
    const leaves = shards.filter(({ closed }) => !closed)
    const place = Buffer.from(keyOf(record)).reduce((sum, byte) => (sum * 31 + byte) % 1_000_003, 7)
    return leaves[place % leaves.length] ?? open()
  }

  function add(record: _Record): void {
    const shard = shardOf(record)
    sequence += 1
    const SequenceNumber = String(sequence).padStart(21, '1')
    shard.records.push({ ...record, dynamodb: { ...record.dynamodb, SequenceNumber } })
    if (shard.records.length < splitEvery) return
    // All close together, so that a key's shard is always a child of its last one.
    const leaves = shards.filter(({ closed }) => !closed)
    for (const leaf of leaves) leaf.closed = true
    for (const leaf of leaves) open(leaf)
    if (leaves.length < 4) for (const leaf of leaves) open(leaf)
  }

  async function pull(arn: string): Promise<void> {
    if (localIterator === undefined) {
      const { StreamDescription } = await local.send(new DescribeStreamCommand({ StreamArn: arn }))
      const ShardId = StreamDescription?.Shards?.[0]?.ShardId
      if (ShardId === undefined) return
      const type = { ShardIteratorType: 'TRIM_HORIZON' } as const
      const found = await local.send(new GetShardIteratorCommand({ StreamArn: arn, ShardId, ...type }))
      localIterator = found.ShardIterator
    }
    if (localIterator === undefined) return
    const { Records = [], NextShardIterator } = await local.send(
      new GetRecordsCommand({ ShardIterator: localIterator }),
    )
    localIterator = NextShardIterator
    pending.push(...Records)
    for (let record = pending.shift(); record !== undefined; record = pending.shift()) {
      const next = pending[0]
      if (next !== undefined && chance() < reorder) {
        pending[0] = record
        record = next
      }
      add(record)
      if (chance() < repeat) pending.splice(Math.floor(chance() * (pending.length + 1)), 0, record)
    }
  }

  function answerTo(operation: string, input: Record<string, string>): object | string {
    const [limit, iterator = ''] = [Number(input['Limit'] ?? 1_000), input['ShardIterator']]
    switch (operation) {
      case 'DescribeStream':
        return describe(input['ExclusiveStartShardId'])
      case 'GetShardIterator':
        return startIn(input)
      case 'GetRecords': {
        const [id, from, taken] = iterator.split('|')
        const shard = shards.find((each) => each.id === id)
        if (taken !== String(epoch)) return staleAnswer
        if (shard === undefined) return 'ResourceNotFoundException'
        return read(shard, Number(from), limit)
      }
      default:
        return 'UnknownOperationException'
    }
  }

  /** Two shards a page, as AWS has a hundred. */
  function describe(after: string | undefined): object {
    const start = after === undefined ? 0 : shards.findIndex(({ id }) => id === after) + 1
    const page = shards.slice(start, start + 2)
    const last = start + 2 < shards.length ? page.at(-1)?.id : undefined
    const Shards = page.map(({ id, parent, records, closed }) => ({
      ShardId: id,
      ParentShardId: parent,
      SequenceNumberRange: {
        StartingSequenceNumber: records[0]?.dynamodb?.SequenceNumber ?? '1',
        ...(closed && { EndingSequenceNumber: records.at(-1)?.dynamodb?.SequenceNumber ?? '1' }),
      },
    }))
    return { StreamDescription: { StreamStatus: 'ENABLED', Shards, LastEvaluatedShardId: last } }
  }

  function startIn(input: Record<string, string>): object | string {
    const shard = shards.find(({ id }) => id === input['ShardId'])
    if (shard === undefined) return 'ResourceNotFoundException'
    const { records, trimmed } = shard
    const known = records.findIndex(({ dynamodb }) => dynamodb?.SequenceNumber === input['SequenceNumber'])
    const start = input['ShardIteratorType'] === 'TRIM_HORIZON' ? trimmed : known + 1
    if (start < trimmed && trimmedToldBy === 'GetShardIterator') return 'TrimmedDataAccessException'
    return { ShardIterator: `${shard.id}|${start}|${epoch}` }
  }

  function read(
    { id, records, closed, trimmed }: VirtualShard,
    from: number,
    limit: number,
  ): object | string {
    if (from < trimmed) return 'TrimmedDataAccessException'
    const page = chance() < empty ? [] : records.slice(from, from + limit)
    const next = from + page.length
    const ended = closed && next >= records.length
    return { Records: page.map(wireRecord), ...(!ended && { NextShardIterator: `${id}|${next}|${epoch}` }) }
  }

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const operation = String(request.headers['x-amz-target']).replace(/^.*\./, '')
    const input = JSON.parse(await text(request)) as Record<string, string>
    const arn = input['StreamArn']
    if (arn !== undefined) streamArn = arn
    if (shards.length === 0 && gone === 0) open()
    if (streamArn !== undefined) await pull(streamArn)
    const answer = answerTo(operation, input)
    const [status, body] =
      typeof answer === 'string'
        ? [400, { __type: `com.amazonaws.dynamodb.v20120810#${answer}`, message: 'by the test' }]
        : [200, answer]
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(body))
  }

  let streamArn: string | undefined
  // One after the other: two that pull at the same time would take the same records.
  let turn: Promise<void> = Promise.resolve()
  const server = createServer((request, response) => {
    turn = turn.then(() => respond(request, response)).catch(() => void response.destroy())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    shards: () => created,
    trimShards(count) {
      gone += shards.splice(0, count).length
    },
    trimRecords(toldBy) {
      trimmedToldBy = toldBy
      for (const shard of shards) shard.trimmed = shard.records.length
    },
    expireIterators() {
      epoch += 1
      staleAnswer = 'ExpiredIteratorException'
    },
    spoilIterators() {
      epoch += 1
      staleAnswer = 'TrimmedDataAccessException'
    },
    async [Symbol.asyncDispose]() {
      const end = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await end
    },
  }
}

/** The SDK has made a `Date` of the time. */
function wireRecord(record: _Record): object {
  const time = record.dynamodb?.ApproximateCreationDateTime
  return {
    ...record,
    dynamodb: { ...record.dynamodb, ApproximateCreationDateTime: time && time.getTime() / 1_000 },
  }
}
