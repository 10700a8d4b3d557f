import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb'
import { isTableInUse, onTable, type Target } from '../failures.ts'
import { expiryAttribute } from '../stored-form.ts'
import { tableDefinition, timeToLiveDefinition } from './definition.ts'
import { verifyTable } from './verify.ts'
import { waitForTable } from './wait.ts'

const longestWaitSeconds = 120

/**
 * Creates the table if it does not exist, and waits until it is active; of an existing table only the time to live is
 * changed. Several may call it at once. Resolves with whether this call created the table.
 * Throws `store-unavailable` when it cannot, or when {@link verifyTable} does not accept the existing table.
 */
export function createTable(
  client: DynamoDBClient,
  tableName: string,
): Promise<{ readonly created: boolean }> {
  return createAndVerify({ client, tableName }, tableDefinition(tableName), verifyTable)
}

/** Creates a table as defined, waits for it, verifies it and enables its time to live. */
export async function createAndVerify(
  target: Target,
  definition: CreateTableCommandInput,
  verify: (client: DynamoDBClient, tableName: string) => Promise<void>,
): Promise<{ readonly created: boolean }> {
  const { client, tableName } = target
  const created = await onTable('create a table', target, async () => {
    try {
      await client.send(new CreateTableCommand(definition))
      return true
    } catch (error) {
      if (isTableInUse(error)) return false
      throw error
    }
  })
  await waitForTable(target, longestWaitSeconds)
  await verify(client, tableName)
  await onTable('enable time to live', target, () => enableTimeToLive(client, tableName))
  return { created }
}

/** Lets DynamoDB delete what has expired. */
async function enableTimeToLive(client: DynamoDBClient, tableName: string): Promise<void> {
  const isEnabled = async () => {
    const known = await client.send(new DescribeTimeToLiveCommand({ TableName: tableName }))
    return known.TimeToLiveDescription?.AttributeName === expiryAttribute
  }
  if (await isEnabled()) return
  try {
    await client.send(new UpdateTimeToLiveCommand(timeToLiveDefinition(tableName)))
  } catch (error) {
    // DynamoDB does not accept a change that another process has just made.
    if (!(await isEnabled())) throw error
  }
}
