import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { dynamoDbJournal } from 'tailfold/dynamodb'
import { afterAll, beforeAll, describe } from 'vitest'
import { localClient, newTable } from '../../helpers/dynamodb.ts'
import { type BothJournals, release010, sideBySide } from '../../helpers/side-by-side.ts'

let client: DynamoDBClient
let both: BothJournals

beforeAll(async () => {
  client = localClient()
  const tableName = await newTable(client)
  const release = await release010()
  both = {
    release,
    theirs: release.dynamoDbJournal({ client, tableName }),
    ours: dynamoDbJournal({ client, tableName }),
  }
})
afterAll(() => client.destroy())

describe('a 0.1.0 process beside one of today on a DynamoDB table', () => {
  sideBySide(() => both)
})
