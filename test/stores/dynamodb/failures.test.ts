import { CreateTableCommand } from '@aws-sdk/client-dynamodb'
import { createEngine, systemPlatform } from 'tailfold'
import { createApp, type RequestFailure } from 'tailfold/http'
import { dynamoDbClient, dynamoDbJournal, dynamoDbStore } from 'tailfold/dynamodb'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { account } from '../../../functions/bank/account.ts'
import { localClient, newTable } from '../../helpers/dynamodb.ts'
import { answer, credentials, failureOf, serve } from '../../helpers/scripted-dynamodb.ts'

describe('DynamoDB Local refuses, and the store says why', () => {
  test('a table that is not there', async () => {
    expect(await failureOf(dynamoDbStore({ client: localClient(), tableName: 'not-there' }))).toMatchObject({
      message:
        'The store could not append: table not-there is not found in region local; create it with `npx tailfold table create --table not-there` or deploy its stack, or correct the name or the region.',
      retryable: false,
      applied: 'no',
      cause: { name: 'ResourceNotFoundException' },
    })
  })

  test('a list from a table without its index', async () => {
    const client = localClient()
    const tableName = `no-index-${globalThis.crypto.randomUUID()}`
    await client.send(
      new CreateTableCommand({
        TableName: tableName,
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
        AttributeDefinitions: [
          { AttributeName: 'pk', AttributeType: 'S' },
          { AttributeName: 'sk', AttributeType: 'N' },
        ],
      }),
    )
    const failures: RequestFailure[] = []
    const app = createApp({
      journal: dynamoDbJournal({ client, tableName, listEntities: true }),
      entities: [account],
      authorize: 'everybody',
      onWarning: () => {},
      onError: (failure) => failures.push(failure),
    })
    const request = { path: '/account', query: '', headers: {}, body: undefined }
    const answer = await app.handle({ ...request, method: 'GET' })
    expect([answer.status, answer.body?.includes(tableName)]).toEqual([503, false])
    expect(failures[0]?.error).toMatchObject({
      message: `The store could not list keys: table ${tableName} has no index "entities", which listing entities needs; add it as \`tableDefinition\` has it, or leave \`listEntities\` out.`,
      retryable: false,
      data: { applied: 'no' },
    })
  })

  test('a table that is in another region', async () => {
    const client = localClient()
    const tableName = await newTable(client)
    const elsewhere = dynamoDbStore({ client: localClient({ region: 'eu-west-1' }), tableName })
    expect(await failureOf(elsewhere)).toMatchObject({
      message: expect.stringContaining(`table ${tableName} is not found in region eu-west-1`),
      retryable: false,
      applied: 'no',
    })
  })

  test.for([
    ['another name', { id: 'S' }],
    ['a number for the entity', { pk: 'N', sk: 'N' }],
    ['a text for the revision', { pk: 'S', sk: 'S' }],
    ['another name for the revision', { pk: 'S', revision: 'N' }],
    ['both, the other way round', { sk: 'N', pk: 'S' }],
    ['one item for an entity', { pk: 'S' }],
  ] as const)('a table with other keys: %s', async ([, keys]) => {
    const client = localClient()
    const tableName = `keys-${globalThis.crypto.randomUUID()}`
    const [hash = '', range] = Object.keys(keys)
    await client.send(
      new CreateTableCommand({
        TableName: tableName,
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [
          { AttributeName: hash, KeyType: 'HASH' },
          ...(range === undefined ? [] : [{ AttributeName: range, KeyType: 'RANGE' as const }]),
        ],
        AttributeDefinitions: Object.entries(keys).map(([AttributeName, AttributeType]) => ({
          AttributeName,
          AttributeType,
        })),
      }),
    )
    const engine = createEngine(account, {
      journal: dynamoDbJournal({ client, tableName }),
      platform: systemPlatform,
    })
    const deposit = () => engine.execute('acc-001', { type: 'Deposit', amount: 1 })
    // A table with the entity alone as its key shows that only when it is written to again.
    await expect(deposit().then(deposit)).rejects.toMatchObject({
      code: 'store-unavailable',
      retryable: false,
      data: { applied: 'no' },
      message: expect.stringMatching(
        /has other keys than pk \(S\) and sk \(N\) \(.+\); name another table, or create/,
      ),
    })
  })

  test('an item that is not valid', async () => {
    const client = localClient()
    const store = dynamoDbStore({ client, tableName: await newTable(client) })
    await expect(store.append('', 1, { id: 'x' })).rejects.toMatchObject({
      code: 'store-unavailable',
      retryable: false,
      data: { operation: 'append', applied: 'no' },
      message: expect.stringMatching(
        /^The store could not append: DynamoDB found the request to table .* invalid: .*pk/,
      ),
    })
  })

  test('an access key that it does not know', async () => {
    const client = localClient({ credentials: { accessKeyId: 'not_valid', secretAccessKey: 'secret' } })
    expect(await failureOf(dynamoDbStore({ client, tableName: 'any' }))).toMatchObject({
      message: expect.stringContaining('AWS does not accept the credentials'),
      retryable: false,
      applied: 'no',
      cause: { name: 'UnrecognizedClientException' },
    })
  })
})

describe('without configuration', () => {
  beforeEach(() => {
    for (const name of [
      'AWS_REGION',
      'AWS_DEFAULT_REGION',
      'AWS_PROFILE',
      'AWS_ACCESS_KEY_ID',
      'AWS_SECRET_ACCESS_KEY',
    ])
      vi.stubEnv(name, undefined)
    for (const name of ['AWS_CONFIG_FILE', 'AWS_SHARED_CREDENTIALS_FILE']) vi.stubEnv(name, '/dev/null')
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true')
  })
  afterEach(() => vi.unstubAllEnvs())

  test('absent credentials are told, with what to set', async () => {
    const client = dynamoDbClient({ region: 'local', endpoint: 'http://127.0.0.1:1' })
    expect(await failureOf(dynamoDbStore({ client, tableName: 'any' }))).toMatchObject({
      message: expect.stringContaining(
        'no AWS credentials were found; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
      ),
      retryable: false,
      applied: 'no',
      cause: { name: 'CredentialsProviderError' },
    })
  })

  test('an absent region is told, with what to set', async () => {
    const store = dynamoDbStore({ client: dynamoDbClient({ credentials }), tableName: 'any' })
    expect(await failureOf(store)).toMatchObject({
      message: expect.stringContaining('no AWS region is configured; set AWS_REGION'),
      retryable: false,
      applied: 'no',
    })
  })
})

describe('a server that answers with an error', () => {
  const never = { applied: 'no', retryable: false }
  const later = { applied: 'no', retryable: true }
  const unknown = { applied: 'unknown', retryable: true }
  test.for([
    { status: 400, type: 'ThrottlingException', means: later },
    { status: 400, type: 'ProvisionedThroughputExceededException', means: later },
    { status: 400, type: 'RequestLimitExceeded', means: later },
    { status: 400, type: 'ReplicatedWriteConflictException', means: later },
    { status: 400, type: 'TransactionConflictException', means: later },
    { status: 400, type: 'LimitExceededException', means: later },
    { status: 400, type: 'AccessDeniedException', means: never },
    { status: 400, type: 'ExpiredTokenException', means: never },
    { status: 400, type: 'InvalidSignatureException', means: never },
    { status: 400, type: 'ItemCollectionSizeLimitExceededException', means: never },
    { status: 500, type: 'InternalServerError', means: unknown },
    { status: 503, type: 'ServiceUnavailable', means: unknown },
    { status: 400, type: 'SomethingNobodyKnows', means: unknown },
  ])('$type: applied $means.applied, retryable $means.retryable', async ({ status, type, means }) => {
    await using server = await serve(answer(status, type))
    expect(await failureOf(server.store())).toMatchObject({ ...means, cause: { name: type } })
    expect(server.requests()).toBe(1)
  })

  test('a refused second attempt does not prove that the first was refused', async () => {
    await using server = await serve(answer(500, 'InternalServerError'), answer(400, 'ThrottlingException'))
    expect(await failureOf(server.store({ maxAttempts: 2 }))).toMatchObject({
      applied: 'unknown',
      retryable: true,
      cause: { name: 'ThrottlingException' },
    })
    expect(server.requests()).toBe(2)
  })

  test('without the item that is there, the loser is told only that it lost', async () => {
    await using server = await serve(answer(400, 'ConditionalCheckFailedException'))
    expect(await server.store().append('account/acc-001', 1, { id: 'x' })).toEqual({ kind: 'occupied' })
  })
})

describe('a transaction that DynamoDB cancels', () => {
  test.for([
    { code: 'TransactionConflict', retryable: true, says: 'another write to the same items of table any' },
    { code: 'ThrottlingError', retryable: true, says: 'table any is throttled' },
    { code: 'ProvisionedThroughputExceeded', retryable: true, says: 'table any is throttled' },
    { code: 'ValidationError', retryable: false, says: 'DynamoDB found the request to table any invalid' },
    { code: 'ItemCollectionSizeLimitExceeded', retryable: false, says: 'has reached 10 GB' },
  ])(
    'changed nothing, and is worth a retry or not by its reason: $code',
    async ({ code, retryable, says }) => {
      const reasons = { CancellationReasons: [{ Code: 'None' }, { Code: code }] }
      await using server = await serve(answer(400, 'TransactionCanceledException', reasons))
      const ids = [{ commandId: 'c-1', expiresAtEpochSeconds: 4_102_444_800 }]
      await expect(server.store().append('account/acc-001', 1, { id: 'x' }, { ids })).rejects.toMatchObject({
        code: 'store-unavailable',
        retryable,
        data: { applied: 'no' },
        message: expect.stringContaining(says),
      })
    },
  )
})

describe('a request that its caller aborts', () => {
  test('may have been applied', async () => {
    await using server = await serve(() => {})
    const { signal, abort } = abortable()
    const appended = server.store().append('account/acc-001', 1, { id: 'x' }, { signal })
    setTimeout(abort, 20)
    await expect(appended).rejects.toMatchObject({
      code: 'store-unavailable',
      retryable: true,
      data: { operation: 'append', applied: 'unknown' },
      message: 'The store could not append: the request to table any was aborted before its answer came.',
    })
  })

  test.for(['recover', 'range', 'saveSnapshot', 'findCommandId', 'truncate'] as const)(
    'ends %s at once',
    async (method) => {
      await using server = await serve(() => {})
      const { signal, abort } = abortable()
      const store = server.store()
      const calls = {
        recover: () => store.recover('a/1', 4, { signal }),
        range: () => store.range('a/1', 1, 4, { signal }),
        saveSnapshot: () =>
          store.saveSnapshot('a/1', { revision: 1, schemaVersion: 1, record: {} }, { signal }),
        findCommandId: () => store.findCommandId?.('a/1', 'c-1', { signal }),
        truncate: () => store.truncate?.('a/1', 1, { signal }),
      }
      setTimeout(abort, 20)
      await expect(calls[method]()).rejects.toMatchObject({
        data: { applied: 'unknown' },
        cause: { name: 'AbortError' },
      })
    },
  )
})

describe('a server that gives no answer', () => {
  test('is left after the request timeout, and nobody knows what it did', async () => {
    await using server = await serve(() => {})
    expect(await failureOf(server.store({ requestTimeoutMs: 50 }))).toMatchObject({
      applied: 'unknown',
      retryable: true,
      cause: { name: 'TimeoutError' },
    })
  })

  test('is left as well when it begins an answer and does not end it', async () => {
    await using server = await serve((_, response) => {
      response
        .writeHead(200, { 'content-type': 'application/x-amz-json-1.0', 'content-length': 100 })
        .write('{')
    })
    expect(await failureOf(server.store({ requestTimeoutMs: 50 }))).toMatchObject({
      applied: 'unknown',
      retryable: true,
    })
  })

  test('is left when it hangs up', async () => {
    await using server = await serve((request) => void request.socket.destroy())
    expect(await failureOf(server.store())).toMatchObject({
      applied: 'unknown',
      retryable: true,
      message: expect.stringContaining('gave no usable answer'),
      cause: { code: 'ECONNRESET' },
    })
  })

  test('proves that nothing was written when nobody listens', async () => {
    const server = await serve(() => {})
    const store = server.store()
    await server[Symbol.asyncDispose]()
    expect(await failureOf(store)).toMatchObject({
      applied: 'no',
      retryable: true,
      message: expect.stringContaining('start DynamoDB Local'),
      cause: { code: 'ECONNREFUSED' },
    })
  })
})

/** A function that is called without its object, for timers. */
function abortable() {
  const controller = new AbortController()
  return { signal: controller.signal, abort: () => controller.abort() }
}
