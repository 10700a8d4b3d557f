import { dynamoDbJournal } from 'tailfold/dynamodb'
import { dynamoDbRows } from 'tailfold/dynamodb/rows'
import { createApp } from 'tailfold/http'
import { lambdaHandler } from 'tailfold/lambda'
import { jsonLog } from 'tailfold/observe'
import { viewRoutes } from 'tailfold/views'
import { account } from './account.ts'
import { balances } from './balances.ts'
import { rowsTableName, tableName } from './tables.ts'

const journal = dynamoDbJournal({ tableName })
const app = createApp({
  journal,
  entities: [account],
  // Anybody may call it. docs/authorization.md shows how to read the claims of an authorizer instead.
  authorize: 'everybody',
  routes: viewRoutes({ journal, rows: dynamoDbRows({ tableName: rowsTableName }), views: [balances] }),
  observers: [jsonLog()],
  costs: true,
})

export const handler = lambdaHandler(app)
