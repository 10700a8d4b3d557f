import { build } from 'esbuild'
import { createEngine, systemPlatform } from 'tailfold'
import { dynamoDbJournal, dynamoDbScan } from 'tailfold/dynamodb'
import { createRowsTable, dynamoDbRows } from 'tailfold/dynamodb/rows'
import { lambdaBundle } from 'tailfold/esbuild'
import { readViews } from 'tailfold/views'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { account } from '../../../functions/bank/account.ts'
import { balances } from '../../../functions/bank/balances.ts'
import { command } from '../../helpers/bank.ts'
import { root } from '../../helpers/doc-blocks.ts'
import { accessKeyId, localClient, newTable } from '../../helpers/dynamodb.ts'
import { emfProblems, emfValues } from '../../helpers/emf.ts'
import { temporaryFolder } from '../../helpers/local-server.ts'
import { streamEvent } from '../../helpers/stream-event.ts'
import { type BankEnvironment, startBankEnvironment } from './bank-environment.ts'

const client = localClient()
const folder = temporaryFolder()
const schedule = { source: 'aws.events', 'detail-type': 'Scheduled Event' }
const answered = { kind: 'answered', response: { batchItemFailures: [] } }
let tableName: string
let environment: BankEnvironment

beforeAll(async () => {
  tableName = await newTable(client)
  await createRowsTable(client, `${tableName}-rows`)
  await build({
    ...lambdaBundle({ conditions: ['tailfold-source'] }),
    entryPoints: [join(root, 'functions/bank/read-models.ts')],
    outdir: folder.path,
  })
  const artefact = { taskRoot: folder.path, handler: 'read-models.handler', remove: folder.remove }
  const address = { endpoint: inject('endpoint'), accessKeyId, tableName }
  environment = await startBankEnvironment(artefact, address)
})
afterAll(async () => {
  await environment.close()
  client.destroy()
  folder.remove()
})

test('the deployed read models keep rows from the stream, fill what it lost, and write metrics', async () => {
  const journal = dynamoDbJournal({ client, tableName })
  const engine = createEngine(account, { journal, platform: systemPlatform })
  for (const id of ['acc-1', 'acc-2']) await engine.execute(id, command.deposit(5))
  const { changes } = await dynamoDbScan({ tableName, client }).changes(undefined, 100)
  const rows = dynamoDbRows({ tableName: `${tableName}-rows`, client })
  const views = readViews({ journal, rows, views: [balances] })
  const positive = async () =>
    (await views.balances.query('byBalance', 'positive')).rows.map(({ entityId }) => entityId)

  expect(await environment.invoke(streamEvent(changes.filter(({ key }) => key.endsWith('acc-1'))))).toEqual(
    answered,
  )
  expect(await positive()).toEqual(['acc-1'])
  expect(await environment.invoke(schedule)).toEqual(answered)
  expect(await positive()).toEqual(['acc-1', 'acc-2'])

  const lines = environment.log.filter((line) => line.includes('"_aws"'))
  expect(lines.flatMap(emfProblems)).toEqual([])
  expect(lines.flatMap(emfValues)).toContainEqual([tableName, {}, 'Parked', 0])
})
