import { BatchWriteItemCommand, UpdateTableCommand } from '@aws-sdk/client-dynamodb'
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams'
import { dynamoDbScan, dynamoDbStore } from 'tailfold/dynamodb'
import { dynamoDbStreamFeed } from 'tailfold/dynamodb/streams'
import type { Change, ChangeFeed } from 'tailfold/store'
import { beforeEach, describe, expect, inject, test } from 'vitest'
import { startMeter } from '../../../../src/core/base/cost.ts'
import { commitItem, commitItemBytes } from '../../../../src/stores/dynamodb/stored-form.ts'
import { accessKeyId, localClient, newTable } from '../../../helpers/dynamodb.ts'
import { type StreamServerOptions, streamServer } from '../../../helpers/stream-server.ts'

const client = localClient()
const streamsAt = (endpoint: string) =>
  new DynamoDBStreamsClient({
    endpoint,
    region: 'local',
    credentials: { accessKeyId, secretAccessKey: 'secret' },
    maxAttempts: 1,
  })

let tableName: string
beforeEach(async () => {
  tableName = await newTable(client)
})

const feed = (streamsClient?: DynamoDBStreamsClient) =>
  dynamoDbStreamFeed({ tableName, client, pollMs: 5, ...(streamsClient && { streamsClient }) })

/** Writes commits that look like those of the journal; at most 25, in any order. */
async function commit(revision: number, ...keys: readonly string[]): Promise<void> {
  const items = keys.map((key) =>
    commitItem(key, revision, { v: 1, id: `${key}-${revision}`, ts: 1, n: revision, e: '[]', h: 'h' }),
  )
  const puts = items.map((Item) => ({ PutRequest: { Item } }))
  await client.send(new BatchWriteItemCommand({ RequestItems: { [tableName]: puts } }))
}

/** Reads until so many changes came that `enough` says so; the changes and the last cursor. */
async function read(
  from: ChangeFeed,
  cursor: string | undefined,
  enough: (changes: readonly Change[]) => boolean,
  limit = 100,
) {
  const changes: Change[] = []
  let last = cursor
  for (const end = Date.now() + 10_000; ; ) {
    const page = await from.changes(last, limit)
    expect(page.changes.length).toBeLessThanOrEqual(limit)
    changes.push(...page.changes)
    last = page.cursor
    if (!page.more && enough(changes)) return { changes, cursor: last }
    if (Date.now() > end) throw new Error(`Only ${changes.length} changes came.`)
    if (!page.more) await from.waitForChanges?.(last)
  }
}

const names = (changes: readonly Change[]) => changes.map(({ key, revision }) => `${key}@${revision}`)
const has = (name: string) => (changes: readonly Change[]) => names(changes).includes(name)

describe('dynamoDbStreamFeed', () => {
  test('reads the table from its beginning, then what is committed after that', async () => {
    await commit(1, 'account/a')
    await commit(2, 'account/a')
    const first = await read(feed(), undefined, has('account/a@2'))
    expect(new Set(names(first.changes))).toEqual(new Set(['account/a@1', 'account/a@2']))
    await commit(3, 'account/a')
    const next = await read(feed(), first.cursor, has('account/a@3'))
    expect(names(next.changes)).toEqual(['account/a@3'])
    expect(next.changes[0]?.record).toMatchObject({ v: 1, id: 'account/a-3', n: 3 })
  })

  test('leaves out snapshots and command ids', async () => {
    const store = dynamoDbStore({ tableName, client })
    const start = await read(feed(), undefined, () => true)
    const ids = [{ commandId: 'c', expiresAtEpochSeconds: 9_999_999_999 }]
    await store.append('account/a', 1, { v: 1, id: 'i', ts: 1, n: 1, e: '[]', h: 'h' }, { ids })
    await store.saveSnapshot('account/a', {
      revision: 1,
      schemaVersion: 1,
      record: { v: 1, s: '{}', h: 'h' },
    })
    await commit(2, 'account/a')
    const { changes } = await read(feed(), start.cursor, has('account/a@2'))
    expect(names(changes)).toEqual(['account/a@1', 'account/a@2'])
  })

  test('throws feed-lost when the stream was switched off and on, and finds what no stream holds from the beginning', async () => {
    const start = await read(feed(), undefined, () => true)
    const set = (StreamEnabled: boolean) =>
      client.send(
        new UpdateTableCommand({
          TableName: tableName,
          StreamSpecification: { StreamEnabled, ...(StreamEnabled && { StreamViewType: 'NEW_IMAGE' }) },
        }),
      )
    await set(false)
    await commit(1, 'account/between')
    await set(true)
    await expect(feed().changes(start.cursor, 10)).rejects.toMatchObject({ code: 'feed-lost' })
    const again = await read(feed(), undefined, has('account/between@1'))
    expect(names(again.changes)).toEqual(['account/between@1'])
  })

  test('throws feed-lost for a cursor of another stream, though all its shards were read to their ends', async () => {
    const { cursor } = await read(feed(), undefined, () => true)
    const { v, stream, shards } = JSON.parse(cursor) as { v: 1; stream: string; shards: object }
    const ended = Object.fromEntries(Object.keys(shards).map((id) => [id, null]))
    await feed().changes(JSON.stringify({ v, stream, shards: ended }), 10)
    const another = JSON.stringify({ v, stream: `${stream}-earlier`, shards: ended })
    await expect(feed().changes(another, 10)).rejects.toMatchObject({ code: 'feed-lost' })
  })

  test('says how to switch on the stream of a table without one', async () => {
    await client.send(
      new UpdateTableCommand({ TableName: tableName, StreamSpecification: { StreamEnabled: false } }),
    )
    await expect(feed().changes(undefined, 10)).rejects.toMatchObject({
      code: 'store-unavailable',
      retryable: false,
      message: expect.stringContaining(
        `aws dynamodb update-table --table-name ${tableName} --stream-specification StreamEnabled=true,StreamViewType=NEW_IMAGE`,
      ),
    })
  })

  test.each(['not a cursor', '{}', '{"v":2,"stream":"arn","shards":{}}', '{"scan":["start"]}'])(
    'throws feed-lost for the cursor %s',
    async (cursor) => {
      await expect(feed().changes(cursor, 10)).rejects.toMatchObject({ code: 'feed-lost' })
    },
  )

  test('throws feed-lost for a shard that was discovered and not read for 23 hours', async () => {
    const { cursor } = await read(feed(), undefined, () => true)
    const { v, stream, shards } = JSON.parse(cursor) as { v: 1; stream: string; shards: object }
    const unread = (ms: number) =>
      JSON.stringify({
        v,
        stream,
        shards: Object.fromEntries(Object.keys(shards).map((id) => [id, Date.now() - ms])),
      })
    await feed().changes(unread(22.9 * 3_600_000), 10)
    await expect(feed().changes(unread(23.1 * 3_600_000), 10)).rejects.toMatchObject({ code: 'feed-lost' })
  })

  test('stops waiting when it is told to', async () => {
    const slow = dynamoDbStreamFeed({ tableName, client, pollMs: 60_000 })
    const stop = new AbortController()
    const waiting = slow.waitForChanges?.('', { signal: stop.signal })
    stop.abort()
    await expect(waiting).resolves.toBeUndefined()
  })
})

describe('a stream that', () => {
  const local = streamsAt(inject('endpoint'))

  /** A feed through a server that treats the records so, after its first look at the empty table. */
  async function through(options: Partial<StreamServerOptions>) {
    const server = await streamServer(local, { seed: 7, ...options })
    const streamed = feed(streamsAt(server.endpoint))
    const start = await read(streamed, undefined, () => true)
    return { server, streamed, start }
  }

  async function commitMany(entities: number, each: number): Promise<readonly string[]> {
    const all: string[] = []
    for (let revision = 1; revision <= each; revision++) {
      const keys = Array.from({ length: entities }, (_, entity) => `account/e${entity}`)
      await commit(revision, ...keys)
      all.push(...keys.map((key) => `${key}@${revision}`))
    }
    return all
  }

  test('splits is read with parents before children: nothing is missed, each entity in order', async () => {
    const { server, streamed, start } = await through({ splitEvery: 7, empty: 0.3 })
    await using _ = server
    const all = await commitMany(10, 12)
    const { changes } = await read(streamed, start.cursor, (found) => found.length >= all.length, 20)
    expect(names(changes).toSorted()).toEqual(all.toSorted())
    for (let entity = 0; entity < 10; entity++) {
      const revisions = changes
        .filter(({ key }) => key === `account/e${entity}`)
        .map(({ revision }) => revision)
      expect(revisions).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
    }
    expect(server.shards()).toBeGreaterThan(8)
  })

  test('reorders and repeats is passed on whole', async () => {
    const { server, streamed, start } = await through({ splitEvery: 20, reorder: 0.4, repeat: 0.3 })
    await using _ = server
    const all = await commitMany(5, 12)
    const complete = (found: readonly Change[]) => new Set(names(found)).size >= all.length
    const { changes } = await read(streamed, start.cursor, complete)
    expect(new Set(names(changes))).toEqual(new Set(all))
    expect(changes.length).toBeGreaterThan(all.length)
  })

  test.each([
    ['expires its iterators', 'expireIterators'],
    ['calls its iterators trimmed, with nothing deleted', 'spoilIterators'],
  ] as const)('%s goes on where it was', async (_title, spoil) => {
    const { server, streamed, start } = await through({})
    await using _ = server
    await commitMany(1, 3)
    const first = await read(streamed, start.cursor, has('account/e0@3'))
    server[spoil]()
    await commit(4, 'account/e0')
    const next = await read(streamed, first.cursor, has('account/e0@4'))
    expect(names(next.changes)).toEqual(['account/e0@4'])
  })

  test('has lost a shard that was not read to its end throws feed-lost', async () => {
    const { server, streamed, start } = await through({ splitEvery: 5 })
    await using _ = server
    await commitMany(2, 10)
    server.trimShards(2)
    const stale = feed(streamsAt(server.endpoint))
    await expect(stale.changes(start.cursor, 10)).rejects.toMatchObject({ code: 'feed-lost' })
    await expect(readOn(streamed, start.cursor)).rejects.toMatchObject({ code: 'feed-lost' })
  })

  test.each(['GetShardIterator', 'GetRecords'] as const)(
    'has lost records that were not read throws feed-lost, when %s says so',
    async (toldBy) => {
      const { server, streamed, start } = await through({})
      await using _ = server
      await commitMany(1, 2)
      const first = await read(streamed, start.cursor, has('account/e0@2'))
      await commit(3, 'account/e0')
      server.expireIterators()
      await readOn(feed(streamsAt(server.endpoint)), start.cursor)
      server.trimRecords(toldBy)
      await expect(readOn(streamed, first.cursor)).rejects.toMatchObject({ code: 'feed-lost' })
    },
  )

  test('has forgotten shards that were read to their end goes on', async () => {
    const { server, streamed, start } = await through({ splitEvery: 4 })
    await using _ = server
    await commitMany(1, 4)
    const first = await read(streamed, start.cursor, has('account/e0@4'))
    server.trimShards(1)
    await commit(5, 'account/e0')
    const next = await read(feed(streamsAt(server.endpoint)), first.cursor, has('account/e0@5'))
    expect(names(next.changes)).toEqual(['account/e0@5'])
  })

  async function readOn(from: ChangeFeed, cursor: string): Promise<void> {
    let page = await from.changes(cursor, 100)
    while (page.more) page = await from.changes(page.cursor, 100)
  }
})

describe('dynamoDbScan', () => {
  test('continues after its last page, in another process and with another number of segments', async () => {
    const keys = Array.from({ length: 25 }, (_, n) => `account/e${n}`)
    await commit(1, ...keys)
    const found: Change[] = []
    let cursor: string | undefined
    for (let more = true; more; ) {
      const page = await dynamoDbScan({ tableName, client, segments: cursor === undefined ? 3 : 1 }).changes(
        cursor,
        5,
      )
      found.push(...page.changes)
      ;({ cursor, more } = page)
    }
    expect(names(found).toSorted()).toEqual(keys.map((key) => `${key}@1`).toSorted())
  })

  test('costs at most 0.02 read units per commit of 150 B', async () => {
    const record = { v: 1, id: 'q2w9f8s7d6f5g4h3j2k1l0', ts: 1_764_000_000_000, n: 1, h: 'h'.repeat(22) }
    const e = 'x'.repeat(150 - commitItemBytes('account/acc-001', 501, { ...record, e: '' }))
    for (let first = 1; first <= 500; first += 25) {
      const items = Array.from({ length: 25 }, (_, n) =>
        commitItem('account/acc-001', first + n, { ...record, e }),
      )
      const puts = items.map((Item) => ({ PutRequest: { Item } }))
      await client.send(new BatchWriteItemCommand({ RequestItems: { [tableName]: puts } }))
    }
    const { meter, total } = startMeter()
    let commits = 0
    for (let cursor: string | undefined, more = true; more; ) {
      const page = await dynamoDbScan({ tableName, client }).changes(cursor, 1_000, { meter })
      commits += page.changes.length
      ;({ cursor, more } = page)
    }
    expect(commits).toBe(500)
    expect(total().readUnits / commits).toBeLessThanOrEqual(0.02)
  })

  test('keeps to a number of read units a second', async () => {
    await commit(1, 'account/a')
    const scan = dynamoDbScan({ tableName, client, segments: 1, readUnitsPerSecond: 2 })
    const start = performance.now()
    // Half a unit each: the fourth waits for three.
    for (let n = 0; n < 4; n++) await scan.changes(undefined, 1)
    expect(performance.now() - start).toBeGreaterThan(740)
  })

  test.each([
    { segments: 0 },
    { segments: 1.5 },
    { segments: 1_001 },
    { readUnitsPerSecond: 0 },
    { readUnitsPerSecond: Number.NaN },
  ])('refuses %o', (options) => {
    const [name] = Object.keys(options)
    expect(() => dynamoDbScan({ tableName, client, ...options })).toThrow(new RegExp(`^${name} is `))
  })
})
