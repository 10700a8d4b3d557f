import { App, CfnOutput, Stack } from 'aws-cdk-lib'
import { Code } from 'aws-cdk-lib/aws-lambda'
import { fileURLToPath } from 'node:url'
import { EntityApi } from './entity-api.ts'

// `npm run bundle -- functions/bank/handler.ts build` in the folder of the repository writes it, and the same for
// read-models.ts.
const code = Code.fromAsset(fileURLToPath(new URL('../../../build/bank', import.meta.url)))

const app = new App()
const stage: string = app.node.tryGetContext('stage') ?? 'dev'
const stack = new Stack(app, `tailfold-bank-${stage}`, { terminationProtection: stage === 'prod' })
const { url, table, rowsTable } = new EntityApi(stack, 'Bank', {
  name: stack.stackName,
  code,
  handler: 'handler.handler',
  readModels: { code, handler: 'read-models.handler' },
  keepTable: stage === 'prod',
})
new CfnOutput(stack, 'HttpApiUrl', { value: url })
new CfnOutput(stack, 'TableName', { value: table.tableName })
new CfnOutput(stack, 'RowsTableName', { value: rowsTable.tableName })
