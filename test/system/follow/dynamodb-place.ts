import { dynamoDbJournal } from 'tailfold/dynamodb'
import { createRowsTable, dynamoDbRows } from 'tailfold/dynamodb/rows'
import { dynamoDbStreamFeed } from 'tailfold/dynamodb/streams'
import { clientOf, type JournalAddress, newJournal } from '../chaos/database.ts'
import type { OpenPlace, Place } from './place.ts'

/** New tables for journal and rows. */
export async function dynamoDbPlace(endpoint: string, accessKeyId: string): Promise<Place> {
  const address = await newJournal(endpoint, accessKeyId)
  const client = clientOf(address)
  await createRowsTable(client, rowsOf(address))
  client.destroy()
  return { opener: import.meta.url, address }
}

/** Opens the tables; see `place.ts`. */
export async function open(address: JournalAddress): Promise<OpenPlace> {
  const client = clientOf(address)
  const { tableName } = address
  return {
    journal: dynamoDbJournal({ client, tableName }),
    rows: dynamoDbRows({ client, tableName: rowsOf(address) }),
    feed: dynamoDbStreamFeed({ client, tableName }),
    close: async () => client.destroy(),
  }
}

const rowsOf = ({ tableName }: JournalAddress) => `${tableName}-rows`
