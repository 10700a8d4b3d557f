import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { createRowsTable } from 'tailfold/dynamodb/rows'
import { expect, inject, test } from 'vitest'
import { accessKeyId, localClient, newTable } from '../../helpers/dynamodb.ts'
import { httpApiEvent, type WireRequest } from 'tailfold/testing'
import { temporaryFolder } from '../../helpers/local-server.ts'
import { packageService } from '../../helpers/serverless-package.ts'

const json = { 'content-type': 'application/json' }

/** Runs the events one after the other, and prints the answers. */
const program = (handlerFile: string) => `
  const { handler } = await import(${JSON.stringify(pathToFileURL(handlerFile))})
  const answers = []
  for (const event of JSON.parse(process.argv[1])) {
    answers.push(await handler(event, { awsRequestId: 'r-1', getRemainingTimeInMillis: () => 15_000 }))
  }
  console.log(JSON.stringify(answers))`

test('the packaged handler, on its own, serves HTTP API events from DynamoDB, and logs its commands', {
  timeout: 120_000,
}, async () => {
  const service = temporaryFolder()
  const task = temporaryFolder()
  const client = localClient()
  try {
    const { archives } = await packageService(service.path)
    const handlerFile = join(task.path, 'handler.mjs')
    writeFileSync(handlerFile, archives['bank']?.get('build/bank/handler.mjs') ?? '')
    const requests: readonly WireRequest[] = [
      { method: 'POST', path: '/account/acc-001/Deposit', headers: json, body: '{"amount":100}' },
      { method: 'POST', path: '/account/acc-001/Withdraw', headers: json, body: '{"amount":30}' },
      { method: 'POST', path: '/account/acc-001/Withdraw', headers: json, body: '{"amount":71}' },
      { method: 'GET', path: '/account/acc-001' },
    ]
    const events = JSON.stringify(requests.map((request) => httpApiEvent(request)))
    const tableName = await newTable(client)
    const rowsTableName = `${tableName}-rows`
    await createRowsTable(client, rowsTableName)
    const env = {
      TAILFOLD_TABLE: tableName,
      TAILFOLD_ROWS_TABLE: rowsTableName,
      AWS_REGION: 'local',
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_ENDPOINT_URL_DYNAMODB: inject('endpoint'),
    }
    const args = ['--input-type=module', '--eval', program(handlerFile), events]
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: task.path, env })
    // Above it stands a line for each command.
    const lines = stdout.trimEnd().split('\n')
    const answers = JSON.parse(lines.pop() ?? '') as Array<{
      statusCode: number
      headers: object
      body: string
    }>
    expect(answers.map(({ statusCode, body }) => [statusCode, body === '' ? '' : JSON.parse(body)])).toEqual([
      [204, ''],
      [200, 'ok'],
      [422, expect.objectContaining({ code: 'rejected', details: { balance: 70 } })],
      [200, { balance: 70, txCount: 2 }],
    ])
    expect(answers[3]?.headers).toMatchObject({ etag: '"2"' })
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { requestId: 'r-1', command: 'Deposit', outcome: 'replied', requests: 2, writeUnits: 1 },
      { requestId: 'r-1', command: 'Withdraw', outcome: 'replied', requests: 1, writeUnits: 1 },
      { requestId: 'r-1', command: 'Withdraw', outcome: 'rejected', requests: 1, writeUnits: 0 },
    ])
  } finally {
    client.destroy()
    service.remove()
    task.remove()
  }
})
