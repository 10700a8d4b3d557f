import {
  CreateTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
  ScanCommand,
} from '@aws-sdk/client-dynamodb'
import { createTable, dynamoDbClient, dynamoDbStore, tableDefinition, verifyTable } from 'tailfold/dynamodb'
import { describe, expect, test } from 'vitest'
import { accessDenied, type CannedAnswer, cannedDynamoDb } from '../../helpers/canned-dynamodb.ts'
import { localClient, newTable } from '../../helpers/dynamodb.ts'

const client = localClient({ requestTimeoutMs: 30_000 })
const definition = tableDefinition('bank')
/** A table of AWS as it should be. */
const described = {
  TableName: 'bank',
  TableArn: 'arn:aws:dynamodb:eu-central-1:111122223333:table/bank',
  TableStatus: 'ACTIVE',
  KeySchema: definition.KeySchema,
  AttributeDefinitions: definition.AttributeDefinitions,
  GlobalSecondaryIndexes: definition.GlobalSecondaryIndexes?.map((index) => ({
    ...index,
    IndexStatus: 'ACTIVE',
  })),
  BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
}
const globalTable = { GlobalTableVersion: '2019.11.21', Replicas: [{ RegionName: 'eu-west-1' }] }

/** Runs against a server that answers as given, and describes the table with these changes. */
async function inAws<Result>(
  changes: object,
  use: (client: DynamoDBClient) => Promise<Result>,
  answers: Readonly<Record<string, CannedAnswer>> = {},
  exceptions?: (operation: string, body: string) => CannedAnswer | undefined,
): Promise<Result> {
  await using server = await cannedDynamoDb(
    { DescribeTable: { Table: { ...described, ...changes } }, ...answers },
    exceptions,
  )
  const credentials = { accessKeyId: 'any', secretAccessKey: 'any' }
  return await use(dynamoDbClient({ endpoint: server.endpoint, region: 'eu-central-1', credentials }))
}

const newName = () => `journal-${globalThis.crypto.randomUUID()}`
const refusal = (message: string) => ({
  code: 'store-unavailable',
  retryable: false,
  data: { operation: 'verify a table', applied: 'no' },
  message: expect.stringContaining(message),
})

describe('createTable', () => {
  test('makes a table once, however many call it at the same time, and says who did', async () => {
    const name = newName()
    const calls = [createTable(client, name), createTable(client, name), createTable(client, name)]
    expect((await Promise.all(calls)).filter(({ created }) => created)).toHaveLength(1)
    expect(await createTable(client, name)).toEqual({ created: false })
    const { Table } = await client.send(new DescribeTableCommand({ TableName: name }))
    expect(Table).toMatchObject({
      TableStatus: 'ACTIVE',
      BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
      KeySchema: tableDefinition(name).KeySchema,
    })
    await expect(verifyTable(client, name)).resolves.toBeUndefined()
  })

  test('refuses a table with other keys, as verifyTable does, and names what differs', async () => {
    const name = newName()
    const AttributeDefinitions = [
      { AttributeName: 'pk', AttributeType: 'S' as const },
      { AttributeName: 'sk', AttributeType: 'S' as const },
    ]
    const { GlobalSecondaryIndexes: _, ...withoutIndex } = tableDefinition(name)
    await client.send(new CreateTableCommand({ ...withoutIndex, AttributeDefinitions }))
    const refused = refusal(
      `table ${name} has pk S as HASH, sk S as RANGE, but needs pk S as HASH, sk N as RANGE; keys cannot be changed: name another table`,
    )
    await expect(createTable(client, name)).rejects.toMatchObject(refused)
    await expect(verifyTable(client, name)).rejects.toMatchObject(refused)
  })

  test('adds the time to live to a table that lacks it', async () => {
    const name = newName()
    await client.send(new CreateTableCommand(tableDefinition(name)))
    const timeToLive = async () =>
      (await client.send(new DescribeTimeToLiveCommand({ TableName: name }))).TimeToLiveDescription
    expect(await timeToLive()).toMatchObject({ TimeToLiveStatus: 'DISABLED' })
    expect(await createTable(client, name)).toEqual({ created: false })
    expect(await timeToLive()).toMatchObject({ TimeToLiveStatus: 'ENABLED', AttributeName: 'x' })
  })
})

describe('verifyTable', () => {
  test.for([
    { what: 'without replicas', changes: {} },
    { what: 'that is being changed', changes: { TableStatus: 'UPDATING' } },
    { what: 'without the index', changes: { GlobalSecondaryIndexes: [] } },
    {
      what: 'with strongly consistent replicas',
      changes: { ...globalTable, MultiRegionConsistency: 'STRONG' },
    },
  ])('accepts a table $what', async ({ changes }) => {
    await expect(inAws(changes, (aws) => verifyTable(aws, 'bank'))).resolves.toBeUndefined()
  })

  const eventual = 'table bank is a global table with eventually consistent replicas'
  test.for([
    {
      what: 'with eventually consistent replicas',
      changes: { ...globalTable, MultiRegionConsistency: 'EVENTUAL' },
      says: `${eventual} (eu-west-1)`,
    },
    { what: 'whose replicas say nothing of it', changes: globalTable, says: `${eventual} (eu-west-1)` },
    {
      what: 'of the older global tables',
      changes: { GlobalTableVersion: '2017.11.29' },
      says: `${eventual} (version 2017.11.29)`,
    },
    {
      what: 'that is not there yet',
      changes: { TableStatus: 'CREATING' },
      says: 'table bank is CREATING; wait for it with `npx tailfold table wait --table bank`',
    },
    {
      what: 'on its way out',
      changes: { TableStatus: 'DELETING' },
      says: 'table bank is DELETING; restore it',
    },
  ])('refuses a table $what', async ({ changes, says }) => {
    await expect(inAws(changes, (aws) => verifyTable(aws, 'bank'))).rejects.toMatchObject(refusal(says))
  })

  test.for([
    { what: 'is missing', indexes: [], says: 'table bank has no index entities' },
    {
      what: 'has other keys',
      indexes: [{ IndexName: 'entities', KeySchema: definition.KeySchema }],
      says: 'table bank has pk S as HASH, sk N as RANGE, but needs l S as HASH, k S as RANGE, as keys of its index entities',
    },
  ])('refuses a table whose index $what where entities are to be listed', async ({ indexes, says }) => {
    const verified = (aws: DynamoDBClient) => verifyTable(aws, 'bank', { listEntities: true })
    await expect(inAws({ GlobalSecondaryIndexes: indexes }, verified)).rejects.toMatchObject(refusal(says))
    await expect(inAws({}, verified)).resolves.toBeUndefined()
  })

  test('names the permission that it lacks itself', async () => {
    const denied = { DescribeTable: accessDenied('DescribeTable') }
    await expect(inAws({}, (aws) => verifyTable(aws, 'bank'), denied)).rejects.toMatchObject(
      refusal('access to table bank is denied; allow dynamodb:DescribeTable on it'),
    )
  })
})

describe('verifyTable with access: true', () => {
  const verified = (aws: DynamoDBClient) => verifyTable(aws, 'bank', { access: true })
  const works = {
    Query: { Items: [], Count: 0, ScannedCount: 0 },
    PutItem: ['ConditionalCheckFailedException', 'The conditional request failed'],
  } as const

  test('passes when the caller may read and write', async () => {
    await expect(inAws({}, verified, works)).resolves.toBeUndefined()
  })

  test.for(['Query', 'PutItem'])('names the permission %s when that is missing', async (operation) => {
    const answers = { ...works, [operation]: accessDenied(operation) }
    await expect(inAws({}, verified, answers)).rejects.toMatchObject({
      code: 'store-unavailable',
      retryable: false,
      message: expect.stringContaining(`access to table bank is denied; allow dynamodb:${operation} on it`),
    })
  })

  test('names the permission for the index where entities are to be listed', async () => {
    const refusedIndex = (operation: string, body: string) =>
      operation === 'Query' && body.includes('IndexName') ? accessDenied('Query') : undefined
    const listing = (aws: DynamoDBClient) => verifyTable(aws, 'bank', { access: true, listEntities: true })
    await expect(inAws({}, listing, works)).resolves.toBeUndefined()
    await expect(inAws({}, listing, works, refusedIndex)).rejects.toMatchObject({
      message: expect.stringContaining('The store could not list keys: access to table bank is denied'),
    })
    await expect(inAws({}, verified, works, refusedIndex)).resolves.toBeUndefined()
  })

  test('writes nothing', async () => {
    const name = await newTable(client)
    await verifyTable(client, name, { access: true })
    const { Count } = await client.send(new ScanCommand({ TableName: name }))
    expect(Count).toBe(0)
  })
})

describe('dynamoDbStore().verify', () => {
  test('holds a table to what the options of the store need', async () => {
    const name = await newTable(client)
    await expect(dynamoDbStore({ client, tableName: name }).verify?.()).resolves.toBeUndefined()
    const { GlobalSecondaryIndexes: _, AttributeDefinitions = [], ...keys } = tableDefinition(newName())
    await client.send(
      new CreateTableCommand({ ...keys, AttributeDefinitions: AttributeDefinitions.slice(0, 2) }),
    )
    const tableName = keys.TableName ?? ''
    await expect(dynamoDbStore({ client, tableName }).verify?.()).resolves.toBeUndefined()
    await expect(dynamoDbStore({ client, tableName, listEntities: true }).verify?.()).rejects.toMatchObject(
      refusal(`table ${tableName} has no index entities`),
    )
  })
})
