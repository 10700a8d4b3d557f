import { build } from 'esbuild'
import { createEngine, systemPlatform } from 'tailfold'
import { dynamoDbJournal, dynamoDbScan } from 'tailfold/dynamodb'
import { createRowsTable } from 'tailfold/dynamodb/rows'
import { lambdaBundle } from 'tailfold/esbuild'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { account } from '../../../functions/bank/account.ts'
import { command } from '../../helpers/bank.ts'
import { accessKeyId, localClient, newTable } from '../../helpers/dynamodb.ts'
import { temporaryFolder } from '../../helpers/local-server.ts'
import { streamEvent } from '../../helpers/stream-event.ts'
import { type BankEnvironment, startBankEnvironment } from './bank-environment.ts'

const client = localClient()
const folder = temporaryFolder()
const environments: BankEnvironment[] = []
let tableName: string

beforeAll(async () => {
  tableName = await newTable(client)
  await createRowsTable(client, `${tableName}-rows`)
  await build({
    ...lambdaBundle({ conditions: ['tailfold-source'] }),
    entryPoints: [fileURLToPath(new URL('stream-function.ts', import.meta.url))],
    outdir: folder.path,
  })
})
afterAll(async () => {
  for (const environment of environments) await environment.close()
  folder.remove()
})

async function start(): Promise<BankEnvironment> {
  const artefact = { taskRoot: folder.path, handler: 'stream-function.handler', remove: folder.remove }
  const environment = await startBankEnvironment(artefact, {
    endpoint: inject('endpoint'),
    accessKeyId,
    tableName,
  })
  environments.push(environment)
  return environment
}

/** What an environment was given, as it logged it. */
const effects = ({ log }: BankEnvironment) => log.flatMap((line) => /effect (\S+)/.exec(line)?.[1] ?? [])

test('the handler of a stream, killed between an effect and its position, has the effect again under the same id', async () => {
  const engine = createEngine(account, {
    journal: dynamoDbJournal({ client, tableName }),
    platform: systemPlatform,
  })
  for (let n = 0; n < 3; n++) await engine.execute('acc-001', command.deposit(1))
  const event = streamEvent((await dynamoDbScan({ tableName, client }).changes(undefined, 100)).changes)
  const all = ['account/acc-001/1', 'account/acc-001/2', 'account/acc-001/3']

  const victim = await start()
  // The first put registers the consumer; the second is the position.
  victim.proxy.plan('PutItem', async ({ forward, answer }) => {
    answer(await forward())
    victim.proxy.plan('PutItem', () => victim.kill())
  })
  expect(await victim.invoke(event)).toEqual({ kind: 'exited' })
  expect(effects(victim)).toEqual(all)

  const next = await start()
  const answered = { kind: 'answered', response: { batchItemFailures: [] } }
  expect(await next.invoke(event)).toEqual(answered)
  expect(effects(next)).toEqual(all)
  expect(await next.invoke(event)).toEqual(answered)
  expect(await (await start()).invoke(event)).toEqual(answered)
  expect(environments.flatMap(effects)).toEqual([...all, ...all])
})
