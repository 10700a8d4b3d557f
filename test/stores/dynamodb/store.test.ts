import { type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb'
import {
  type Cost,
  createEngine,
  type RecordPage,
  type Store,
  type StoredCommit,
  systemPlatform,
} from 'tailfold'
import { toEventJournal } from 'tailfold/store'
import { dynamoDbClient, dynamoDbJournal, dynamoDbStore } from 'tailfold/dynamodb'
import { listEntities } from 'tailfold/history'
import { storeConformance } from 'tailfold/testing'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { account } from '../../../functions/bank/account.ts'
import { snapshotKeyBeside } from '../../../src/journal/key.ts'
import { commandIdKey } from '../../../src/stores/dynamodb/stored-form.ts'
import { appendCommits, flat } from '../../helpers/commits.ts'
import { accessKeyId, localClient, newTable } from '../../helpers/dynamodb.ts'
import { meter } from '../../helpers/metered-client.ts'
import { raceOfProcesses } from '../../helpers/store-process.ts'

let client: DynamoDBClient
let tableName: string
const open = async () => ({ store: dynamoDbStore({ client, tableName }) })
const ignoresPreviousHash = 'a put can only compare the item that it writes'
const withoutKeys = 'listing is an option'
const openListing = async () => ({ store: dynamoDbStore({ client, tableName, listEntities: true }) })

beforeAll(async () => {
  client = localClient()
  tableName = await newTable(client)
})
afterAll(() => client.destroy())

describe('dynamoDbStore keeps the store contract', () => {
  const cases = storeConformance({
    open,
    ignoresPreviousHash,
    withoutKeys,
    withoutChanges: 'the stream of the table is the feed',
  })
  test.for(cases.filter(({ skip }) => skip === undefined))('$name', async ({ run }) => {
    await expect(run()).resolves.toBeUndefined()
  })

  const listing = cases.filter(({ skip }) => skip === withoutKeys).map(({ name }) => name)
  const casesOfListing = storeConformance({ open: openListing }).filter(({ name }) => listing.includes(name))
  test.for(casesOfListing)('with listEntities: $name', async ({ run }) => {
    await expect(run()).resolves.toBeUndefined()
  })
})

describe('dynamoDbStore', () => {
  test('keeps items as the layout says', async () => {
    const own = await newTable(client)
    const store = dynamoDbStore({ client, tableName: own })
    await store.append('account/acc-001', 7, { id: 'x', n: 12 })
    await store.saveSnapshot('account/acc-001', { revision: 7, schemaVersion: 2, record: { s: '{}' } })
    const { Items } = await client.send(new ScanCommand({ TableName: own }))
    expect(Items).toEqual([
      { pk: { S: 'account/acc-001' }, sk: { N: '7' }, id: { S: 'x' }, n: { N: '12' } },
      {
        pk: { S: 'account/acc-001' },
        sk: { N: '9000000000000000' },
        s: { S: '{}' },
        sr: { N: '7' },
        sv: { N: '2' },
      },
    ])
  })

  test('lists an entity by an attribute of its first commit alone, where it is asked to', async () => {
    const own = await newTable(client)
    const store = dynamoDbStore({ client, tableName: own, listEntities: true })
    await store.append('account/acc-001', 1, { id: 'x' })
    await store.append('account/acc-001', 2, { id: 'y' })
    await dynamoDbStore({ client, tableName: own }).append('account/acc-002', 1, { id: 'z' })
    const { Items = [] } = await client.send(new ScanCommand({ TableName: own }))
    expect(Items.map(({ pk, sk, l, k }) => [pk?.S, sk?.N, l?.S, k?.S])).toEqual([
      ['account/acc-002', '1', undefined, undefined],
      ['account/acc-001', '1', 'account', 'acc-001'],
      ['account/acc-001', '2', undefined, undefined],
    ])
    expect(await store.keys?.('account/', '', 10)).toEqual({ keys: ['account/acc-001'], more: false })
    expect((await store.range('account/acc-001', 1, 1)).commits).toEqual([
      { revision: 1, record: { id: 'x' } },
    ])
  })

  test('lists on after a key too long for the index', async () => {
    const own = await newTable(client)
    const store = dynamoDbStore({ client, tableName: own, listEntities: true })
    const listed = ['a', `${'b'.repeat(1_023)}a`, 'b'.repeat(1_024), 'c'].map((id) => `account/${id}`)
    for (const key of listed) await store.append(key, 1, { id: 'x' })
    const after = async (id: string) => (await store.keys?.('account/', `account/${id}`, 10))?.keys
    expect(await after(`${'b'.repeat(1_023)}%`)).toEqual(listed.slice(1))
    expect(await after(`${'b'.repeat(1_024)}%`)).toEqual(listed.slice(3))
    expect(await after('b'.repeat(1_500))).toEqual(listed.slice(3))
  })

  test('a last page of entities that is full has no next, for one request', async () => {
    const own = localClient()
    const journal = dynamoDbJournal({ client: own, tableName: await newTable(own), listEntities: true })
    const engine = createEngine(account, { journal, platform: systemPlatform })
    const ids = ['a', 'b', 'c', 'd']
    for (const id of ids) await engine.execute(id, { type: 'Deposit', amount: 1 }, { expect: 'new' })
    const requests = meter(own)
    const page = (limit: number, after?: string) => listEntities(engine.reader(), { limit, after })
    expect(await page(2)).toEqual({ entityIds: ids.slice(0, 2), next: 'b' })
    expect(await page(2, 'b')).toEqual({ entityIds: ids.slice(2) })
    expect(await page(4)).toEqual({ entityIds: ids })
    expect(requests.map(({ units }) => units)).toEqual([0.5, 0.5, 0.5])
    own.destroy()
  })

  test('makes one request of every call, and reads consistently', async () => {
    const own = localClient()
    const requests = meter(own)
    const store = dynamoDbStore({ client: own, tableName })
    const snapshot = { revision: 1, schemaVersion: 1, record: { s: '{}' } }
    await store.append('count/requests', 1, { id: 'x' })
    await store.append('count/requests', 1, { id: 'y' })
    await store.saveSnapshot('count/requests', snapshot)
    await store.saveSnapshot('count/requests', snapshot)
    await store.recover('count/requests', 4)
    await store.range('count/requests', 1, 1_000)
    const commands = requests.map(({ command }) => command)
    expect(commands).toEqual([
      ...Array.from({ length: 4 }, () => 'PutItemCommand'),
      'QueryCommand',
      'QueryCommand',
    ])
    expect(requests.slice(4).map(({ input }) => input)).toMatchObject([
      { ConsistentRead: true, ScanIndexForward: false, Limit: 4 },
      { ConsistentRead: true, Limit: 1_000 },
    ])
    own.destroy()
  })

  test.for([1, 10, 100])(
    'bills a commit with its state one write unit and a recovery one read unit, after %d commits',
    async (length) => {
      const own = localClient()
      const journal = dynamoDbJournal({ client: own, tableName })
      const entity = { entityType: 'metered', entityId: String(length) }
      const requests = meter(own)
      const written = await appendCommits(journal, entity, length, { state: 'x'.repeat(700) })
      expect(written.every(({ carriesState }) => carriesState)).toBe(true)
      expect(new Set(requests.map(({ units }) => units))).toEqual(new Set([1]))
      const { base, tail } = await journal.recover(entity, {})
      expect([base?.revision, await flat(tail)]).toEqual([length, []])
      expect(requests.slice(length)).toMatchObject([{ command: 'QueryCommand', units: 1 }])
      own.destroy()
    },
  )

  test('gives the loser the winning record without a read', async () => {
    const store = dynamoDbStore({ client, tableName })
    await store.append('loser/given', 1, { id: 'winner' })
    expect(await store.append('loser/given', 1, { id: 'loser' })).toEqual({
      kind: 'occupied',
      record: { id: 'winner' },
    })
  })

  test('leaves a snapshot that is older without an error, and replaces one of the same revision', async () => {
    const store = dynamoDbStore({ client, tableName })
    const newer = { revision: 9, schemaVersion: 1, record: { s: '9' } }
    await store.saveSnapshot('snapshot/order', newer)
    await expect(store.saveSnapshot('snapshot/order', { ...newer, revision: 8 })).resolves.toBeUndefined()
    expect((await store.recover('snapshot/order', 4)).snapshot).toEqual(newer)
    const mended = { ...newer, record: { s: 'mended' } }
    await store.saveSnapshot('snapshot/order', mended)
    expect((await store.recover('snapshot/order', 4)).snapshot).toEqual(mended)
  })

  test('meters every request, also those that a condition ends', async () => {
    const store = dynamoDbStore({ client, tableName })
    const snapshot = { revision: 9, schemaVersion: 1, record: { s: 'x'.repeat(1_500) } }
    const told: Cost[] = []
    const request = { meter: (cost: Cost) => void told.push(cost) }
    await store.saveSnapshot('metered/snapshot', snapshot, request)
    await store.saveSnapshot('metered/snapshot', { ...snapshot, revision: 8 }, request)
    await store.append('metered/snapshot', 1, { id: 'x' }, request)
    await store.append('metered/snapshot', 1, { id: 'y' }, request)
    await store.recover('metered/snapshot', 4, request)
    await expect(store.append('', 1, { id: 'x' }, request)).rejects.toMatchObject({ retryable: false })
    expect(told).toEqual([
      { requests: 1, readUnits: 0, writeUnits: 2 },
      { requests: 1, readUnits: 0, writeUnits: 2 },
      { requests: 1, readUnits: 0, writeUnits: 1 },
      { requests: 1, readUnits: 0, writeUnits: 1 },
      { requests: 1, readUnits: 1, writeUnits: 0 },
      { requests: 1, readUnits: 0, writeUnits: 0 },
    ])
  })

  test.for([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1.5, 2 ** 53, 1e300, 5e-324])(
    'refuses the number %d in a record before it sends anything',
    async (number) => {
      const store = dynamoDbStore({ client: dynamoDbClient({ endpoint: 'http://127.0.0.1:1' }), tableName })
      const record = { id: 'x', ts: number }
      const wrong = new TypeError(`Field ts of a record is ${number}; numbers of a record are safe integers.`)
      await expect(store.append('a/1', 1, record)).rejects.toEqual(wrong)
      const snapshot = { revision: 1, schemaVersion: 1, record }
      await expect(store.saveSnapshot('a/1', snapshot)).rejects.toEqual(wrong)
      expect(store.recordBytes('a/1', 1, record)).toBeLessThan(50)
    },
  )

  test.for(['', undefined])('refuses %j as a table name', (name) => {
    const why =
      'dynamoDbJournal and dynamoDbStore need a tableName; is the environment variable that holds it set?'
    for (const open of [dynamoDbStore, dynamoDbJournal])
      expect(() => open({ client, tableName: name as string })).toThrow(new TypeError(why))
  })

  test('two processes race for 600 revisions: one winner each, and no holes', async () => {
    const key = 'race/of-processes'
    const address = { kind: 'dynamodb', endpoint: inject('endpoint'), accessKeyId, tableName } as const
    const reports = await raceOfProcesses([
      { name: 'one', address, key, wins: 300 },
      { name: 'two', address, key, wins: 300 },
    ])
    const owners = reports.flatMap(({ name, won }) =>
      won.map((revision) => ({ revision, record: { id: `${name} ${revision}` } })),
    )
    const expected = owners.toSorted((a, b) => a.revision - b.revision)
    expect(expected.map(({ revision }) => revision)).toEqual(
      Array.from({ length: 600 }, (_, index) => index + 1),
    )
    expect(await readAll(dynamoDbStore({ client, tableName }), key)).toEqual(expected)
    expect(reports.reduce((sum, { lost }) => sum + lost, 0)).toBeGreaterThanOrEqual(300)
  }, 60_000)
})

describe('the partitions beside an entity', () => {
  test('of snapshots and of command ids cannot be the same', async () => {
    const suffixOf = (key: string) => key.slice('account/acc-001//'.length)
    const ofVersions = [1, 20_260_101, Number.MAX_SAFE_INTEGER].map((version) =>
      suffixOf(snapshotKeyBeside('account/acc-001', version)),
    )
    expect(Math.max(...ofVersions.map(({ length }) => length))).toBe(16)
    const ofIds = ['', '1', '20260101', 'ü'.repeat(330)].map((id) =>
      suffixOf(commandIdKey('account/acc-001', id)),
    )
    expect(new Set(ofIds.map(({ length }) => length))).toEqual(new Set([43]))
  })

  test('hold snapshots of older schema versions, which are read and replaced as those in the slot', async () => {
    const store = dynamoDbStore({ client, tableName, listEntities: true })
    const key = 'versions/of-one//1'
    const snapshot = { revision: 3, schemaVersion: 1, record: { s: '1' } }
    await store.saveSnapshot(key, snapshot)
    await store.saveSnapshot(key, { ...snapshot, revision: 2 })
    expect(await store.recover(key, 2)).toEqual({ snapshot, commits: [], more: false })
    expect((await store.keys?.('versions/', '', 10))?.keys).toEqual([])
  })
})

describe('truncate', () => {
  async function entity(key: string, commits: number, snapshots: Readonly<Record<string, number>>) {
    const store = dynamoDbStore({ client, tableName })
    for (let revision = 1; revision <= commits; revision++)
      await store.append(key, revision, { id: `${revision}` })
    for (const [suffix, revision] of Object.entries(snapshots)) {
      const schemaVersion = Number(suffix) || 3
      await store.saveSnapshot(key + (suffix === 'slot' ? '' : `//${suffix}`), {
        revision,
        schemaVersion,
        record: { s: '' },
      })
    }
    const snapshotAt = async (suffix: string) => (await store.recover(key + suffix, 2)).snapshot?.revision
    return { store, snapshotAt }
  }

  test('removes the commits after a revision and newer snapshots, those of older versions too', async () => {
    const key = 'truncate/newer'
    const { store, snapshotAt } = await entity(key, 7, { 1: 4, 2: 6, slot: 7 })
    expect(await store.truncate?.(key, 5)).toBe(2)
    expect((await store.range(key, 1, 100)).commits.map(({ revision }) => revision)).toEqual([1, 2, 3, 4, 5])
    expect([await snapshotAt('//1'), await snapshotAt('//2'), await snapshotAt('')]).toEqual([
      4,
      undefined,
      undefined,
    ])
    expect(await store.append(key, 6, { id: 'again' })).toEqual({ kind: 'appended' })
  })

  test('keeps a snapshot that is not newer, and other entities', async () => {
    const { store, snapshotAt } = await entity('truncate/older', 3, { slot: 2 })
    await entity('truncate/older2', 3, {})
    expect(await store.truncate?.('truncate/older', 2)).toBe(1)
    expect(await snapshotAt('')).toBe(2)
    expect((await store.range('truncate/older2', 1, 9)).commits).toHaveLength(3)
    expect(await store.truncate?.('truncate/older', 2)).toBe(0)
  })

  test('removes what is beyond a gap, in pages, the newest first, and meters each request', async () => {
    const own = localClient()
    const store = dynamoDbStore({ client: own, tableName })
    const key = 'truncate/gap'
    await store.append(key, 1, { id: '1' })
    for (let revision = 3; revision < 108; revision++)
      await store.append(key, revision, { id: `${revision}` })
    const sent = meter(own)
    let requests = 0
    expect(await store.truncate?.(key, 1, { meter: (cost) => void (requests += cost.requests) })).toBe(105)
    const deleted = sent.filter(({ command }) => command === 'DeleteItemCommand')
    const revisions = deleted.map(({ input }) => Number((input['Key'] as { sk: { N: string } }).sk.N))
    expect(revisions).toEqual(Array.from({ length: 105 }, (_, index) => 107 - index))
    expect(requests).toBe(sent.length)
    expect((await store.range(key, 1, 9)).commits.map(({ revision }) => revision)).toEqual([1])
    own.destroy()
  })
})

describe('dynamoDbJournal', () => {
  test('persists and loads events', async () => {
    const journal = toEventJournal(dynamoDbJournal({ client, tableName }))
    const entity = { entityType: 'account', entityId: 'ä/1' }
    const opened = { sequenceNr: 1, event: { type: 'Opened' }, timestamp: 7 }
    expect(await journal.persist(entity, [opened])).toBe('persisted')
    expect(await journal.persist(entity, [opened])).toBe('conflict')
    expect(await Array.fromAsync(journal.load(entity))).toMatchObject([opened])
  })
})

async function readAll(store: Store, key: string): Promise<readonly StoredCommit[]> {
  const found: StoredCommit[] = []
  for (let page: RecordPage = { commits: [], more: true }; page.more; found.push(...page.commits))
    page = await store.range(key, found.length + 1, 1_000)
  return found
}
