import { dynamoDbJournal } from 'tailfold/dynamodb'
import { createApp } from 'tailfold/http'
import { lambdaHandler } from 'tailfold/lambda'
import { jsonLog } from 'tailfold/observe'
import { account } from './account.ts'

const tableName = process.env['TAILFOLD_TABLE']
if (!tableName) throw new Error('Set TAILFOLD_TABLE to the name of the journal table.')

const app = createApp({
  journal: dynamoDbJournal({ tableName }),
  entities: [account],
  // Anybody may call it. docs/authorization.md shows how to read the claims of an authorizer instead.
  authorize: 'everybody',
  observers: [jsonLog()],
  costs: true,
})

export const handler = lambdaHandler(app)
