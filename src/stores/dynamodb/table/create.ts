import {
  CreateTableCommand,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb'
import { isTableInUse } from '../failures.ts'
import { expiryAttribute } from '../stored-form.ts'
import { tableDefinition, timeToLiveDefinition } from './definition.ts'
import { askAboutTable } from './request.ts'
import { verifyTable } from './verify.ts'

const longestWaitSeconds = 120

/**
 * Creates the table if it is not there, and waits until it is active; of a table that is there only the time to live is
 * changed. May be called by several at once. Resolves with whether this call created it.
 * Throws `store-unavailable` when it cannot, or when {@link verifyTable} refuses the table that is there.
 */
export async function createTable(
  client: DynamoDBClient,
  tableName: string,
): Promise<{ readonly created: boolean }> {
  const created = await askAboutTable(client, tableName, 'create a table', async () => {
    const isNew = await startCreating(client, tableName)
    const patience = { client, maxWaitTime: longestWaitSeconds, minDelay: 1, maxDelay: 2 }
    if (isNew !== 'active') await waitUntilTableExists(patience, { TableName: tableName })
    return isNew !== 'there'
  })
  await verifyTable(client, tableName)
  await enableTimeToLive(client, tableName)
  return { created }
}

async function startCreating(
  client: DynamoDBClient,
  tableName: string,
): Promise<'active' | 'creating' | 'there'> {
  try {
    const { TableDescription: made } = await client.send(new CreateTableCommand(tableDefinition(tableName)))
    return made?.TableStatus === 'ACTIVE' ? 'active' : 'creating'
  } catch (error) {
    if (isTableInUse(error)) return 'there'
    throw error
  }
}

async function enableTimeToLive(client: DynamoDBClient, tableName: string): Promise<void> {
  const describe = new DescribeTimeToLiveCommand({ TableName: tableName })
  const enable = new UpdateTimeToLiveCommand(timeToLiveDefinition(tableName))
  const isEnabled = async () => {
    const { TimeToLiveDescription: known } = await client.send(describe)
    return known?.AttributeName === expiryAttribute
  }
  await askAboutTable(client, tableName, 'enable time to live', async () => {
    if (await isEnabled()) return
    try {
      await client.send(enable)
    } catch (error) {
      // DynamoDB refuses what somebody else has just done.
      if (!(await isEnabled())) throw error
    }
  })
}
