import { type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb'
import { type RecordPage, type Store, type StoredCommit, toEventJournal } from 'tailfold'
import { dynamoDbJournal, dynamoDbStore } from 'tailfold/dynamodb'
import { storeConformance } from 'tailfold/testing'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { appendCommits, flat } from '../../helpers/commits.ts'
import { accessKeyId, localClient, newTable } from '../../helpers/dynamodb.ts'
import { meter } from '../../helpers/metered-client.ts'
import { raceOfProcesses } from '../../helpers/store-process.ts'

let client: DynamoDBClient
let tableName: string
const open = async () => ({ store: dynamoDbStore({ client, tableName }) })
const ignoresPreviousHash = 'a put can only compare the item that it writes'
const openListing = async () => ({ store: dynamoDbStore({ client, tableName, listEntities: true }) })

beforeAll(async () => {
  client = localClient()
  tableName = await newTable(client)
})
afterAll(() => client.destroy())

describe('dynamoDbStore keeps the store contract', () => {
  const cases = storeConformance({ open, ignoresPreviousHash, withoutKeys: 'listing is an option' })
  test.for(cases.filter(({ skip }) => skip === undefined))('$name', async ({ run }) => {
    await expect(run()).resolves.toBeUndefined()
  })

  const listing = cases
    .filter(({ skip }) => skip !== undefined && skip !== ignoresPreviousHash)
    .map(({ name }) => name)
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

  test('leaves a snapshot that is not newer without an error', async () => {
    const store = dynamoDbStore({ client, tableName })
    const newer = { revision: 9, schemaVersion: 1, record: { s: '9' } }
    await store.saveSnapshot('snapshot/order', newer)
    await expect(store.saveSnapshot('snapshot/order', { ...newer, revision: 8 })).resolves.toBeUndefined()
    expect((await store.recover('snapshot/order', 4)).snapshot).toEqual(newer)
  })

  test.for(['', undefined])('refuses %j as a table name', (name) => {
    expect(() => dynamoDbStore({ client, tableName: name as string })).toThrow(
      new TypeError('dynamoDbStore needs a tableName; is the environment variable that holds it set?'),
    )
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
