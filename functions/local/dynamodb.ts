import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { DynamoDbClientOptions } from 'tailfold/dynamodb'
import type { OpenJournal } from './journals.ts'
import { UsageError } from './options.ts'

const tableName = 'tailfold-local'
const rowsTable = `${tableName}-rows`

/** A DynamoDB to talk to, where it is in words, and how to let go of it. */
interface Database {
  readonly options: DynamoDbClientOptions
  readonly where: (client: DynamoDBClient) => Promise<string>
  stop(): Promise<void>
}

/** Opens a journal in DynamoDB: `DYNAMODB_ENDPOINT`, else the AWS that is configured, else a DynamoDB Local of its own. */
export async function openDynamoDb(env: NodeJS.ProcessEnv): Promise<OpenJournal> {
  const { createTable, dynamoDbClient, dynamoDbJournal, verifyTable } = await import('tailfold/dynamodb')
  const { createRowsTable, dynamoDbRows } = await import('tailfold/dynamodb/rows')
  const { dynamoDbStreamFeed } = await import('tailfold/dynamodb/streams')
  const database = await findDatabase(env)
  const client = dynamoDbClient(database.options)
  const close = async () => {
    client.destroy()
    await database.stop()
  }
  try {
    await createTable(client, tableName)
    await createRowsTable(client, rowsTable)
    await verifyTable(client, tableName, { access: true })
    const keptIn = `table ${tableName} in ${await database.where(client)}`
    const rows = dynamoDbRows({ client, tableName: rowsTable })
    const feed = dynamoDbStreamFeed({ client, tableName })
    return { journal: dynamoDbJournal({ client, tableName }), rows, feed, keptIn, close }
  } catch (error) {
    await close()
    throw error
  }
}

async function findDatabase(env: NodeJS.ProcessEnv): Promise<Database> {
  const endpoint = env['DYNAMODB_ENDPOINT']
  if (endpoint)
    return { options: localOptions(endpoint, env), where: async () => endpoint, stop: async () => {} }
  const isAws = [env['AWS_REGION'], env['AWS_PROFILE'], env['AWS_ACCESS_KEY_ID']].some(Boolean)
  if (isAws) {
    return { options: {}, where: inAws, stop: async () => {} }
  }
  const { startDynamoDbLocal } = await import('tailfold/testing/dynamodb-local')
  const local = await startDynamoDbLocal()
  return {
    options: localOptions(local.endpoint, env),
    where: async () => `DynamoDB Local ${local.version} at ${local.endpoint}: gone when the server stops`,
    stop: () => local.stop(),
  }
}

const inAws = async (client: DynamoDBClient) => `AWS, region ${await client.config.region()}`

/**
 * DynamoDB Local takes any credentials and region, but wants some, and keeps a database for each pair: servers that
 * share one have to use the same.
 */
function localOptions(endpoint: string, env: NodeJS.ProcessEnv): DynamoDbClientOptions {
  if (!/^https?:\/\//.test(endpoint) || !URL.canParse(endpoint)) {
    throw new UsageError(
      `DYNAMODB_ENDPOINT must be an address such as http://localhost:8000, not ${JSON.stringify(endpoint)}.`,
    )
  }
  return {
    endpoint,
    ...(!env['AWS_PROFILE'] && !env['AWS_REGION'] && { region: 'local' }),
    ...(!env['AWS_PROFILE'] &&
      !env['AWS_ACCESS_KEY_ID'] && { credentials: { accessKeyId: 'local', secretAccessKey: 'local' } }),
  }
}
