import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { createTable, dynamoDbClient } from 'tailfold/dynamodb'
import { startDynamoDbLocal } from 'tailfold/testing/dynamodb-local'

/** Where the processes of a run find their journal. */
export interface JournalAddress {
  readonly endpoint: string
  readonly accessKeyId: string
  readonly tableName: string
}

/** A client of its own for whoever asks. */
export function clientOf({ endpoint, accessKeyId }: Omit<JournalAddress, 'tableName'>): DynamoDBClient {
  return dynamoDbClient({
    endpoint,
    region: 'local',
    credentials: { accessKeyId, secretAccessKey: 'secret' },
  })
}

/** Makes a table of its own for a run. */
export async function newJournal(endpoint: string, accessKeyId: string): Promise<JournalAddress> {
  const tableName = `chaos-${globalThis.crypto.randomUUID()}`
  const client = clientOf({ endpoint, accessKeyId })
  await createTable(client, tableName)
  client.destroy()
  return { endpoint, accessKeyId, tableName }
}

/** Runs `work` against the DynamoDB that DYNAMODB_ENDPOINT names, else against a DynamoDB Local of its own. */
export async function withJournal<Result>(
  work: (address: JournalAddress) => Promise<Result>,
): Promise<Result> {
  const given = process.env['DYNAMODB_ENDPOINT']
  if (given !== undefined && given !== '') return work(await newJournal(given, 'chaos'))
  const server = await startDynamoDbLocal()
  try {
    return await work(await newJournal(server.endpoint, 'chaos'))
  } finally {
    await server.stop()
  }
}
