import { CreateTableCommand, DeleteTableCommand } from '@aws-sdk/client-dynamodb'
import { createTable } from 'tailfold/dynamodb'
import { httpApiEvent } from 'tailfold/testing'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest'
import { accessKeyId, localClient } from '../../helpers/dynamodb.ts'
import { failsWith, type FaultProxy, passed, startFaultProxy, throttled } from '../../helpers/fault-proxy.ts'
import { type Artefact, buildArtefact } from './artefact.ts'
import { type Environment, InitError, startEnvironment } from './environment.ts'

const client = localClient()
let artefact: Artefact
let tableName: string
let proxy: FaultProxy
const opened: Environment[] = []

beforeAll(async () => {
  artefact = await buildArtefact()
})
afterAll(() => {
  artefact.remove()
  client.destroy()
})
beforeEach(async () => {
  tableName = `bad-${globalThis.crypto.randomUUID()}`
  proxy = await startFaultProxy(inject('endpoint'))
})
afterEach(async () => {
  await Promise.all(opened.splice(0).map((environment) => environment.close()))
  await proxy.close()
})

async function start(variables: Readonly<Record<string, string | undefined>> = {}): Promise<Environment> {
  const environment = await startEnvironment({
    ...artefact,
    variables: {
      TAILFOLD_TABLE: tableName,
      TAILFOLD_ROWS_TABLE: `${tableName}-rows`,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_SESSION_TOKEN: 'token',
      AWS_ENDPOINT_URL_DYNAMODB: proxy.endpoint,
      ...variables,
    },
  })
  opened.push(environment)
  return environment
}

const deposit = httpApiEvent({
  method: 'POST',
  path: '/account/acc-001/Deposit',
  headers: { 'content-type': 'application/json', 'idempotency-key': 'd-1' },
  body: '{"amount":100}',
})

/** The answer to a deposit, and what was logged meanwhile beside the line that each command has. */
async function depositIn(environment: Environment, timeoutMs = 15_000) {
  const logged = environment.log.length
  const end = await environment.invoke(deposit, timeoutMs)
  return { ...end, log: environment.log.slice(logged).filter((line) => !line.startsWith('{')) }
}

/** One line that says so, and an answer that says nothing of it but that the deposit may be sent again. */
function unavailable(says: RegExp) {
  return {
    kind: 'answered',
    response: {
      statusCode: 503,
      headers: { 'retry-after': '1', 'content-type': 'application/problem+json' },
      body: expect.stringMatching(/^(?!.*bad-).*"code":"store-unavailable"/),
    },
    log: [expect.stringMatching(says)],
  }
}

const recovered = { kind: 'answered', response: { statusCode: 204 }, log: [] }

describe('said in one line of the log, answered 503, and over once it is mended:', () => {
  test('a table that is not there', async () => {
    const environment = await start()
    expect(await depositIn(environment)).toMatchObject(
      unavailable(/table bad-\S+ is not found in region local; create it with/),
    )
    await createTable(client, tableName)
    expect(await depositIn(environment)).toMatchObject(recovered)
  })

  test('a table with other keys', async () => {
    await client.send(
      new CreateTableCommand({
        TableName: tableName,
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        BillingMode: 'PAY_PER_REQUEST',
      }),
    )
    const environment = await start()
    expect(await depositIn(environment)).toMatchObject(
      unavailable(/table bad-\S+ has other keys than pk \(S\) and sk \(N\).*; name another table/),
    )
    await client.send(new DeleteTableCommand({ TableName: tableName }))
    await createTable(client, tableName)
    expect(await depositIn(environment)).toMatchObject(recovered)
  })

  test.each([
    [
      'no permission',
      'AccessDeniedException',
      /access to table \S+ is denied; allow dynamodb:PutItem and dynamodb:Query on it/,
    ],
    [
      'credentials that have expired',
      'ExpiredTokenException',
      /the AWS credentials have expired; sign in again or renew them/,
    ],
    [
      'credentials that AWS does not know',
      'UnrecognizedClientException',
      /AWS does not accept the credentials/,
    ],
  ])('%s', async (_, name, says) => {
    await createTable(client, tableName)
    const environment = await start()
    proxy.otherwise(() => failsWith(400, name))
    expect(await depositIn(environment)).toMatchObject(unavailable(says))
    proxy.heal()
    expect(await depositIn(environment)).toMatchObject(recovered)
  })

  test('throttling for longer than the function may take', async () => {
    await createTable(client, tableName)
    const environment = await start()
    proxy.otherwise(() => throttled)
    expect(await depositIn(environment, 1_200)).toMatchObject(
      unavailable(/table \S+ is throttled; raise its capacity or switch it to on-demand billing/),
    )
    proxy.heal()
    expect(await depositIn(environment)).toMatchObject(recovered)
  })

  test('an endpoint where nobody listens', async () => {
    await createTable(client, tableName)
    const { endpoint } = proxy
    await proxy.close()
    const environment = await start()
    expect(await depositIn(environment, 1_200)).toMatchObject(
      unavailable(/nothing answers at the endpoint .*; correct the endpoint or the region/),
    )
    proxy = await startFaultProxy(inject('endpoint'), Number(new URL(endpoint).port))
    expect(await depositIn(environment)).toMatchObject(recovered)
  })
})

test('throttling for 10 seconds is waited for, and no failure', async () => {
  await createTable(client, tableName)
  const environment = await start()
  const end = performance.now() + 10_000
  proxy.otherwise(() => (exchange) => (performance.now() < end ? throttled(exchange) : passed(exchange)))
  expect(await depositIn(environment)).toMatchObject(recovered)
})

describe('a variable that is missing', () => {
  test.each([undefined, ''])('TAILFOLD_TABLE is named where the start fails: %j', async (TAILFOLD_TABLE) => {
    const failed: unknown = await start({ TAILFOLD_TABLE }).catch((error: unknown) => error)
    expect(failed).toBeInstanceOf(InitError)
    const { message, log } = failed as InitError
    expect(message).toBe('Set TAILFOLD_TABLE to the name of the journal table.')
    expect(log.filter((line) => line.includes('Init Error') && line.includes(message))).toHaveLength(1)
  })

  test('those of the credentials are named in the log, and answered 503', async () => {
    const environment = await start({ AWS_ACCESS_KEY_ID: '' })
    expect(await depositIn(environment)).toMatchObject(
      unavailable(/no AWS credentials were found; set AWS_ACCESS_KEY_ID/),
    )
  })
})
