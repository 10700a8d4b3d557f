import { CreateTableCommand } from '@aws-sdk/client-dynamodb'
import { createTable, tableDefinition } from 'tailfold/dynamodb'
import { describe, expect, inject, test } from 'vitest'
import { accessDenied, cannedDynamoDb } from '../../helpers/canned-dynamodb.ts'
import { type CommandEnded, runCli } from '../../helpers/cli.ts'
import { accessKeyId, localClient } from '../../helpers/dynamodb.ts'

const client = localClient({ requestTimeoutMs: 30_000 })
const env = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: 'secret', AWS_REGION: 'local' }
/** For a machine that is busy with other tests. */
const timeout = 60_000
const newName = () => `cli-${globalThis.crypto.randomUUID()}`

/** `tailfold table …` in the database of this worker. */
function table(...args: readonly string[]): Promise<CommandEnded> {
  return runCli(['table', ...args, '--endpoint', inject('endpoint')], env)
}

/** A table with text as its range key. */
async function tableWithOtherKeys(): Promise<string> {
  const tableName = newName()
  const { GlobalSecondaryIndexes: _, ...definition } = tableDefinition(tableName)
  const AttributeDefinitions = [
    { AttributeName: 'pk', AttributeType: 'S' as const },
    { AttributeName: 'sk', AttributeType: 'S' as const },
  ]
  await client.send(new CreateTableCommand({ ...definition, AttributeDefinitions }))
  return tableName
}

describe('tailfold table create', { timeout }, () => {
  test('creates a table, and leaves the one that is there', async () => {
    const tableName = newName()
    const where = `Table ${tableName} in ${inject('endpoint')}`
    const ok = { exitCode: 0, stderr: '' }
    expect(await table('create', '--table', tableName)).toEqual({
      ...ok,
      stdout: `${where} is created and active.\n`,
    })
    expect(await table('create', '--table', tableName)).toEqual({
      ...ok,
      stdout: `${where} was there already.\n`,
    })
  })

  test('prints JSON on demand', async () => {
    const tableName = newName()
    const { stdout } = await table('create', '--table', tableName, '--json')
    expect(JSON.parse(stdout)).toMatchObject({ created: true, tableName, status: 'ACTIVE', advice: [] })
  })

  test('without settings of AWS uses the database of npm start', async () => {
    const tableName = newName()
    await runCli(['table', 'create', '--table', tableName], { DYNAMODB_ENDPOINT: inject('endpoint') })
    const local = localClient({ credentials: { accessKeyId: 'local', secretAccessKey: 'local' } })
    expect(await createTable(local, tableName)).toEqual({ created: false })
  })

  test('refuses a table with other keys, and names what differs', async () => {
    const tableName = await tableWithOtherKeys()
    expect(await table('create', '--table', tableName)).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: `The store could not verify a table: table ${tableName} has pk S as HASH, sk S as RANGE, but needs pk S as HASH, sk N as RANGE; keys cannot be changed: name another table, or create one with \`npx tailfold table create\`.\n`,
    })
  })

  test('names the permission that is missing', async () => {
    await using server = await cannedDynamoDb({ CreateTable: accessDenied('CreateTable') })
    const { exitCode, stderr } = await runCli(
      ['table', 'create', '--table', 'bank', '--endpoint', server.endpoint],
      env,
    )
    expect(exitCode).toBe(1)
    expect(stderr).toMatch(
      /^The store could not create a table: access to table bank is denied; allow dynamodb:CreateTable on it \(User: .*\)\.\n$/,
    )
  })
})

describe('tailfold table create --rows', { timeout }, () => {
  test('creates a table of rows once', async () => {
    const tableName = newName()
    const create = () => table('create', '--rows', '--table', tableName)
    const where = inject('endpoint')
    expect((await create()).stdout).toBe(`Table of rows ${tableName} in ${where} is created and active.\n`)
    expect((await create()).stdout).toBe(`Table of rows ${tableName} in ${where} was there already.\n`)
  })
})

describe('tailfold table describe', { timeout }, () => {
  test('prints what is there', async () => {
    const tableName = newName()
    await createTable(client, tableName)
    const { exitCode, stdout } = await table('describe', '--table', tableName)
    expect(exitCode).toBe(0)
    expect(stdout.split('\n')).toEqual([
      `Table ${tableName} in ${inject('endpoint')}`,
      '  status                  ACTIVE',
      '  keys                    pk S as HASH, sk N as RANGE',
      '  billing                 PAY_PER_REQUEST',
      '  item count              0',
      '  size bytes              0',
      '  indexes                 entities: l S as HASH, k S as RANGE (ACTIVE)',
      '  time to live            on',
      '  point in time recovery  unknown',
      '  deletion protection     off',
      '  stream                  NEW_IMAGE',
      '  replicas                none',
      'Nothing differs from what a journal needs.',
      '',
    ])
  })

  test('fails for a table that is not there, and says how to create it', async () => {
    const { exitCode, stdout, stderr } = await table('describe', '--table', 'not-there')
    expect([exitCode, stdout]).toEqual([1, ''])
    expect(stderr).toBe(
      'The store could not describe a table: table not-there is not found in region local; create it with `npx tailfold table create --table not-there` or deploy its stack, or correct the name or the region.\n',
    )
  })

  test('fails where something else answers, and says so', async () => {
    await using server = await cannedDynamoDb({})
    const { exitCode, stderr } = await runCli(
      ['table', 'describe', '--table', 'bank', '--endpoint', server.endpoint],
      env,
    )
    expect(exitCode).toBe(1)
    expect(stderr).toBe(
      'The store could not describe a table: table bank gave no usable answer (UnknownOperationException: no DescribeTable here). Try again, and check that it is the database that answers there.\n',
    )
  })

  test('fails for a table with other keys, and prints what is there all the same', async () => {
    const tableName = await tableWithOtherKeys()
    const { exitCode, stdout, stderr } = await table('describe', '--table', tableName, '--json')
    expect(exitCode).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({
      keys: 'pk S as HASH, sk S as RANGE',
      problem: expect.stringMatching(/^has pk S as HASH, sk S as RANGE, but needs /),
      advice: [],
    })
    expect(stderr).toContain(`table ${tableName} has pk S as HASH, sk S as RANGE, but needs`)
  })
})

describe('tailfold table wait', { timeout }, () => {
  test('waits for a table that is created meanwhile', async () => {
    const tableName = newName()
    const waiting = table('wait', '--table', tableName, '--timeout-seconds', '25')
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    await createTable(client, tableName)
    expect(await waiting).toMatchObject({
      exitCode: 0,
      stdout: `Table ${tableName} in ${inject('endpoint')} is active.\n`,
    })
  })

  test('gives up after --timeout-seconds, and says what it waited for', async () => {
    const { exitCode, stderr } = await table('wait', '--table', 'not-there', '--timeout-seconds', '1')
    expect(exitCode).toBe(1)
    expect(stderr).toContain('after 1 s, table not-there is not found in region local; create it with')
  })

  test('waits for the indexes as well', async () => {
    const index = { IndexName: 'entities', IndexStatus: 'CREATING', KeySchema: [] }
    await using server = await cannedDynamoDb({
      DescribeTable: { Table: { TableName: 'bank', TableStatus: 'ACTIVE', GlobalSecondaryIndexes: [index] } },
    })
    const args = ['table', 'wait', '--table', 'bank', '--endpoint', server.endpoint, '--timeout-seconds', '1']
    const { exitCode, stderr } = await runCli(args, env)
    expect(exitCode).toBe(1)
    expect(stderr).toContain('after 1 s, index entities of table bank is CREATING.')
  })

  test('does not wait for what waiting does not mend', async () => {
    await using server = await cannedDynamoDb({ DescribeTable: accessDenied('DescribeTable') })
    const args = [
      'table',
      'wait',
      '--table',
      'bank',
      '--endpoint',
      server.endpoint,
      '--timeout-seconds',
      '100000',
    ]
    const { exitCode, stderr } = await runCli(args, env)
    expect(exitCode).toBe(1)
    expect(stderr).toContain('allow dynamodb:DescribeTable on it')
  })
})
