import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { Item } from '../pricing.ts'
import { sdk } from '../sdk.ts'

/** Largest batch. Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html */
const batchItems = 25

/** Puts items without conditions, in batches: the same items as one command each, sooner. */
export async function putAll(
  client: Pick<DynamoDBClient, 'send'>,
  tableName: string,
  items: readonly Item[],
): Promise<void> {
  for (let from = 0; from < items.length; from += batchItems) {
    const puts = items.slice(from, from + batchItems).map((item) => ({ PutRequest: { Item: item } }))
    await client.send(new sdk.BatchWriteItemCommand({ RequestItems: { [tableName]: puts } }))
  }
}
