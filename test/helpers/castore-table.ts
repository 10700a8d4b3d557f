import {
  type AttributeValue,
  BatchWriteItemCommand,
  CreateTableCommand,
  type DynamoDBClient,
  PutItemCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb'

type Item = Record<string, AttributeValue>

/** A new table as castore's documentation has it, with its index of initial events. */
export async function newCastoreTable(client: DynamoDBClient): Promise<string> {
  const TableName = `castore-${globalThis.crypto.randomUUID()}`
  const text = ['aggregateId', 'eventStoreId', 'timestamp']
  await client.send(
    new CreateTableCommand({
      TableName,
      KeySchema: [
        { AttributeName: 'aggregateId', KeyType: 'HASH' },
        { AttributeName: 'version', KeyType: 'RANGE' },
      ],
      AttributeDefinitions: [
        { AttributeName: 'version', AttributeType: 'N' },
        ...text.map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const })),
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'initialEvents',
          KeySchema: [
            { AttributeName: 'eventStoreId', KeyType: 'HASH' },
            { AttributeName: 'timestamp', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'KEYS_ONLY' },
        },
      ],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  )
  return TableName
}

/**
 * An item as `DynamoDBSingleTableEventStorageAdapter` of castore 2.4.2 writes it; taken from a table that the adapter
 * itself had filled.
 */
export function castoreItem(
  aggregateId: string,
  version: number,
  type: string,
  fields: Item = {},
  eventStoreId = 'ACCOUNTS',
): Item {
  return {
    aggregateId: { S: `${eventStoreId}#${aggregateId}` },
    version: { N: String(version) },
    type: { S: type },
    timestamp: { S: new Date(Date.UTC(2024, 0, 2, 3, 4, 5, version)).toISOString() },
    ...fields,
    ...(version === 1 && { eventStoreId: { S: eventStoreId } }),
  }
}

/** The payload `{ amount }`. */
export function amountOf(amount: number): Item {
  return { payload: { M: { amount: { N: String(amount) } } } }
}

/** Puts items, 25 at a time. */
export async function putItems(
  client: DynamoDBClient,
  tableName: string,
  items: readonly Item[],
): Promise<void> {
  for (let from = 0; from < items.length; from += 25) {
    const puts = items.slice(from, from + 25).map((Item) => ({ PutRequest: { Item } }))
    await client.send(new BatchWriteItemCommand({ RequestItems: { [tableName]: puts } }))
  }
}

/** Puts one item. */
export async function putItem(client: DynamoDBClient, tableName: string, item: Item): Promise<void> {
  await client.send(new PutItemCommand({ TableName: tableName, Item: item }))
}

/** All items, in an order that does not change. */
export async function allItems(client: DynamoDBClient, tableName: string): Promise<readonly Item[]> {
  const found: Item[] = []
  let from: Item | undefined
  do {
    const page = await client.send(
      new ScanCommand({
        TableName: tableName,
        ConsistentRead: true,
        ...(from && { ExclusiveStartKey: from }),
      }),
    )
    found.push(...(page.Items ?? []))
    from = page.LastEvaluatedKey
  } while (from !== undefined)
  return found
}
