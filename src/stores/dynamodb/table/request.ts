import { DescribeTableCommand, type DynamoDBClient, type TableDescription } from '@aws-sdk/client-dynamodb'
import { dynamoDbFailure } from '../failures.ts'

/** Asks DynamoDB about a table. Rejects with `store-unavailable`. */
export async function askAboutTable<Answer>(
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

/** The table as DynamoDB describes it: one request. Rejects with `store-unavailable`. */
export async function readTable(
  client: DynamoDBClient,
  tableName: string,
  operation: string,
): Promise<TableDescription> {
  const command = new DescribeTableCommand({ TableName: tableName })
  const { Table = {} } = await askAboutTable(client, tableName, operation, () => client.send(command))
  return Table
}
