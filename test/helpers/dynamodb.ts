import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { createTable, type DynamoDbClientOptions, dynamoDbClient } from 'tailfold/dynamodb'
import { inject } from 'vitest'

/** The access key of this test worker: DynamoDB Local gives each one a database of its own. */
export const accessKeyId = `worker${process.env['VITEST_POOL_ID'] ?? '0'}`

/** A client of the DynamoDB Local of this run, in the database of this worker. */
export function localClient(options: DynamoDbClientOptions = {}): DynamoDBClient {
  const credentials = { accessKeyId, secretAccessKey: 'secret' }
  return dynamoDbClient({ endpoint: inject('endpoint'), region: 'local', credentials, ...options })
}

/** A new table with a name of its own. */
export async function newTable(client: DynamoDBClient): Promise<string> {
  const tableName = `journal-${globalThis.crypto.randomUUID()}`
  await createTable(client, tableName)
  return tableName
}
