import { dynamoDbStore } from 'tailfold/dynamodb'
import { createRowsTable, dynamoDbRows } from 'tailfold/dynamodb/rows'
import { expect, inject, test } from 'vitest'
import { runCli } from '../../../helpers/cli.ts'
import { accessKeyId, localClient, newTable } from '../../../helpers/dynamodb.ts'
import { moveToNewVersion } from '../../../helpers/views-cli.ts'

test('tailfold views moves queries to a new version on DynamoDB', { timeout: 120_000 }, async () => {
  const client = localClient({ requestTimeoutMs: 30_000 })
  const tableName = await newTable(client)
  await createRowsTable(client, `${tableName}-rows`)
  const env = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: 'secret', AWS_REGION: 'local' }
  const url = `dynamodb:${tableName}?endpoint=${inject('endpoint')}`
  const moving = moveToNewVersion({
    store: dynamoDbStore({ tableName, client }),
    rows: dynamoDbRows({ tableName: `${tableName}-rows`, client }),
    cli: (...args) => runCli([...args, '--store', url], env),
  })
  await expect(moving).resolves.toBeUndefined()
})
