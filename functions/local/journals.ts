import { join } from 'node:path'
import { type EventJournal, InMemoryJournal } from 'tailfold'
import type { LocalOptions } from './options.ts'

/** A journal that was opened, where it keeps its data in words, and how to let go of it. */
export interface OpenJournal {
  readonly journal: EventJournal
  readonly keptIn: string
  close(): Promise<void>
}

const tableName = 'tailfold-local'

/** Opens the journal that was asked for; DynamoDB Local is started when no other DynamoDB is configured. */
export async function openJournal({ journal, dataFolder }: LocalOptions): Promise<OpenJournal> {
  switch (journal) {
    case 'memory':
      return {
        journal: new InMemoryJournal(),
        keptIn: 'memory: gone when the server stops',
        close: async () => {},
      }
    case 'sqlite':
      return openSqlite(dataFolder)
    case 'dynamodb':
      return openDynamoDb(process.env)
  }
}

async function openSqlite(dataFolder: string): Promise<OpenJournal> {
  const { sqliteJournal } = await import('tailfold/sqlite')
  const file = join(dataFolder, 'journal.sqlite')
  const journal = sqliteJournal({ file })
  return {
    journal,
    keptIn: `${file} (SQLite): kept when the server stops`,
    close: async () => journal.close(),
  }
}

async function openDynamoDb(env: NodeJS.ProcessEnv): Promise<OpenJournal> {
  const { createTable, dynamoDbClient, dynamoDbJournal } = await import('tailfold/dynamodb')
  const given = env['DYNAMODB_ENDPOINT']
  const aws = ['AWS_REGION', 'AWS_PROFILE', 'AWS_ACCESS_KEY_ID'].some((name) => env[name] !== undefined)
  const local = given === undefined && !aws ? await startLocal() : undefined
  const endpoint = given ?? local?.endpoint
  const client = dynamoDbClient(endpoint === undefined ? {} : { endpoint })
  try {
    await createTable(client, tableName)
  } catch (error) {
    await local?.stop()
    throw error
  }
  const where = local
    ? `DynamoDB Local ${local.version} at ${local.endpoint}: gone when the server stops`
    : (endpoint ?? 'AWS')
  return {
    journal: dynamoDbJournal({ client, tableName }),
    keptIn: `table ${tableName} in ${where}`,
    close: async () => {
      client.destroy()
      await local?.stop()
    },
  }
}

async function startLocal() {
  const { startDynamoDbLocal } = await import('tailfold/testing/dynamodb-local')
  return startDynamoDbLocal()
}
