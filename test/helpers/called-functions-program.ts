// One POST through the Lambda handler of the bank, on a client of DynamoDB that answers at once. Prints, as JSON, which
// functions of src/ it called: file to names.
import inspector from 'node:inspector/promises'
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { dynamoDbJournal } from 'tailfold/dynamodb'
import { createApp } from 'tailfold/http'
import { lambdaHandler } from 'tailfold/lambda'
import { httpApiEvent, invocationContext } from 'tailfold/testing'
import { account } from '../../functions/bank/account.ts'

const client = { config: {}, send: async () => ({ Items: [], Count: 0, $metadata: {} }) }
const journal = dynamoDbJournal({ tableName: 'bank', client: client as unknown as DynamoDBClient })
const app = createApp({ journal, entities: [account], authorize: 'everybody', onWarning: () => {} })
const handler = lambdaHandler(app)

const session = new inspector.Session()
session.connect()
await session.post('Profiler.enable')
await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false })
const headers = { 'content-type': 'application/json' }
const path = '/account/acc-001/Deposit'
const event = httpApiEvent({ method: 'POST', path, headers, body: '{"amount":100}' })
const { statusCode } = await handler(event, invocationContext())
const { result } = await session.post('Profiler.takePreciseCoverage')

const called = result.flatMap(({ url, functions }) => {
  const [, file] = url.split('/src/')
  const names = functions.filter(({ ranges }) => (ranges[0]?.count ?? 0) > 0)
  return file === undefined ? [] : [[file, names.map(({ functionName }) => functionName)] as const]
})
console.log(JSON.stringify({ statusCode, called: Object.fromEntries(called) }))
