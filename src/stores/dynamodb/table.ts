import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
  type TableDescription,
  UpdateTimeToLiveCommand,
  type UpdateTimeToLiveCommandInput,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb'
import { storeFailure } from '../../core/failures.ts'
import { dynamoDbFailure, isTableInUse } from './failures.ts'
import { entityIndex, expiryAttribute, listAttribute, listedAttribute } from './item.ts'

const longestWaitSeconds = 120

/**
 * What a table for {@link dynamoDbStore} must be: text `pk` and number `sk` as its keys, billed per request. The index
 * holds an item for each entity where `listEntities` is on, and costs nothing where it is off.
 */
export function tableDefinition(tableName: string): CreateTableCommandInput {
  return {
    TableName: tableName,
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
    AttributeDefinitions: [
      { AttributeName: 'pk', AttributeType: 'S' },
      { AttributeName: 'sk', AttributeType: 'N' },
      { AttributeName: listAttribute, AttributeType: 'S' },
      { AttributeName: listedAttribute, AttributeType: 'S' },
    ],
    GlobalSecondaryIndexes: [
      {
        IndexName: entityIndex,
        KeySchema: [
          { AttributeName: listAttribute, KeyType: 'HASH' },
          { AttributeName: listedAttribute, KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'KEYS_ONLY' },
      },
    ],
    BillingMode: 'PAY_PER_REQUEST',
  }
}

/** Lets DynamoDB delete command ids that have expired; without it `dedupe: 'always'` works and ids stay. */
export function timeToLiveDefinition(tableName: string): UpdateTimeToLiveCommandInput {
  return {
    TableName: tableName,
    TimeToLiveSpecification: { AttributeName: expiryAttribute, Enabled: true },
  }
}

/**
 * Creates the table if it is not there, and waits until it is active. May be called by several at once.
 * Throws `store-unavailable` when it cannot, or when the table there has other keys.
 */
export async function createTable(client: DynamoDBClient, tableName: string): Promise<void> {
  await asked(client, tableName, 'create a table', async () => {
    try {
      const { TableDescription: made } = await client.send(new CreateTableCommand(tableDefinition(tableName)))
      if (made?.TableStatus === 'ACTIVE') return
    } catch (error) {
      if (!isTableInUse(error)) throw error
    }
    const patience = { client, maxWaitTime: longestWaitSeconds, minDelay: 1, maxDelay: 2 }
    await waitUntilTableExists(patience, { TableName: tableName })
  })
  await verifyTable(client, tableName)
  await enableTimeToLive(client, tableName)
}

async function enableTimeToLive(client: DynamoDBClient, tableName: string): Promise<void> {
  const describe = new DescribeTimeToLiveCommand({ TableName: tableName })
  const enable = new UpdateTimeToLiveCommand(timeToLiveDefinition(tableName))
  const isEnabled = async () => {
    const { TimeToLiveDescription: known } = await client.send(describe)
    return known?.AttributeName === expiryAttribute
  }
  await asked(client, tableName, 'enable time to live', async () => {
    if (await isEnabled()) return
    try {
      await client.send(enable)
    } catch (error) {
      // DynamoDB refuses what somebody else has just done.
      if (!(await isEnabled())) throw error
    }
  })
}

/** Throws `store-unavailable` unless the table is there with the keys it must have; the message names what differs. */
export async function verifyTable(client: DynamoDBClient, tableName: string): Promise<void> {
  const { Table } = await asked(client, tableName, 'verify a table', () =>
    client.send(new DescribeTableCommand({ TableName: tableName })),
  )
  const expected = describeKeys(tableDefinition(tableName))
  const actual = Table === undefined ? 'no keys' : describeKeys(Table)
  if (actual === expected) return
  const why = `table ${tableName} has ${actual}, but needs ${expected}; name another table, or create one with createTable`
  throw storeFailure('verify a table', why, { applied: 'no', retryable: false })
}

async function asked<Answer>(
  client: DynamoDBClient,
  tableName: string,
  operation: string,
  ask: () => Promise<Answer>,
): Promise<Answer> {
  try {
    return await ask()
  } catch (error) {
    const region = await client.config.region().catch(() => undefined)
    throw dynamoDbFailure(operation, { tableName, region }, error)
  }
}

/** As `pk S as HASH, sk N as RANGE`. */
function describeKeys({ KeySchema = [], AttributeDefinitions = [] }: TableDescription): string {
  return KeySchema.map(({ AttributeName, KeyType }) => {
    const definition = AttributeDefinitions.find((attribute) => attribute.AttributeName === AttributeName)
    return `${AttributeName} ${definition?.AttributeType} as ${KeyType}`
  }).join(', ')
}
