import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { clientOptions } from '../../src/cli/dynamodb.ts'
import { readArguments } from '../../src/cli/table.ts'
import { ended, runCli } from '../helpers/cli.ts'
import { root } from '../helpers/doc-blocks.ts'
import { thrownBy } from '../helpers/thrown.ts'

const seeHelp = 'See npx tailfold table --help.'
const seeAll = 'See npx tailfold --help.'
/** For a machine that is busy with other tests. */
const timeout = 60_000

describe('a command line that is not understood exits with 2 and says why in one line:', { timeout }, () => {
  test.for([
    [[], `The action must be one of create, describe, wait, not nothing. ${seeHelp}`],
    [['drop'], `The action must be one of create, describe, wait, not "drop". ${seeHelp}`],
    [['create'], `Which table? Add --table <name>. ${seeHelp}`],
    [['create', '--table', ''], `Which table? Add --table <name>. ${seeHelp}`],
    [['create', 'bank', '--table', 'bank'], `Unexpected argument "bank". ${seeHelp}`],
    [['create', '--tabel', 'bank'], `Unknown option '--tabel'. ${seeHelp}`],
    [['create', '--table'], `Option '--table <value>' argument missing. ${seeHelp}`],
    [
      ['create', '--table', 'bank', '--timeout-seconds', '3'],
      `--timeout-seconds is an option of wait. ${seeHelp}`,
    ],
    ...['0', '-1', '1.5', 'soon', ''].map((seconds) => [
      ['wait', '--table', 'bank', `--timeout-seconds=${seconds}`],
      `--timeout-seconds must be a whole number of seconds from 1, not "${seconds}".`,
    ]),
    ...['localhost:8000', 'nonsense', ''].map((endpoint) => [
      ['create', '--table', 'bank', `--endpoint=${endpoint}`],
      `--endpoint must be an address such as http://localhost:8000, not "${endpoint}".`,
    ]),
  ] as Array<[string[], string]>)('%j', ([args, says]) => {
    const error = thrownBy(() => readArguments(args, {}))
    expect(error).toMatchObject({ name: 'UsageError', message: says })
  })

  test.for([
    [['table', 'drop'], `The action must be one of create, describe, wait, not "drop". ${seeHelp}`],
    [['create'], `Unknown command "create". Known: init, store, table, repair, consumers, views. ${seeAll}`],
    [
      ['toString'],
      `Unknown command "toString". Known: init, store, table, repair, consumers, views. ${seeAll}`,
    ],
  ] as const)('as a process: %j', async ([args, says]) => {
    expect(await runCli(args)).toEqual({ exitCode: 2, stdout: '', stderr: `${says}\n` })
  })
})

test('without a command each has one line, and --version prints that of the package', {
  timeout,
}, async () => {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
  expect(await runCli(['--version'])).toEqual({ exitCode: 0, stdout: `${version}\n`, stderr: '' })
  const bare = await runCli([])
  expect(bare).toEqual(await runCli(['--help']))
  expect(bare.stdout.split('\n')).toEqual([
    'Usage:',
    '  npx tailfold init [folder]',
    '  npx tailfold store create|describe|wait --store <url> [options]',
    '  npx tailfold table create|describe|wait --table <name> [options]',
    '  npx tailfold repair --store <url> --type <type> --id <id> [options]',
    '  npx tailfold consumers <action> --store <url> [options]',
    '  npx tailfold views <action> <view> --store <url> [options]',
    '  npx tailfold --version',
    '',
    'npx tailfold <command> --help says what each does.',
    '',
  ])
})

describe('the endpoint', () => {
  test('is that of --endpoint, else of DYNAMODB_ENDPOINT, else of AWS', () => {
    const env = { DYNAMODB_ENDPOINT: 'http://localhost:8001' }
    const args = ['describe', '--table', 'bank', '--endpoint', 'http://localhost:8000']
    expect(readArguments(args, env).client).toMatchObject({ endpoint: 'http://localhost:8000' })
    expect(clientOptions({}, env)).toMatchObject({ endpoint: 'http://localhost:8001' })
    expect(clientOptions({}, { DYNAMODB_ENDPOINT: '' })).not.toHaveProperty('endpoint')
  })

  test('in DYNAMODB_ENDPOINT must be an address as well', () => {
    const error = thrownBy(() => clientOptions({}, { DYNAMODB_ENDPOINT: 'localhost:8000' }))
    expect(error).toMatchObject({ message: expect.stringContaining('DYNAMODB_ENDPOINT must be an address') })
  })

  const local = { region: 'local', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } }
  test.for(['http://localhost:8000', 'http://127.0.0.1:8000', 'http://[::1]:8000'])(
    '%s needs no settings of AWS: it gets those of npm start',
    (endpoint) => {
      expect(clientOptions({ endpoint }, {})).toMatchObject({ endpoint, ...local })
    },
  )

  test('on this machine gets the settings that there are', () => {
    const endpoint = 'http://localhost:8000'
    const set = { AWS_REGION: 'eu-central-1', AWS_ACCESS_KEY_ID: 'worker1' }
    expect(clientOptions({ endpoint }, set)).toEqual({ endpoint, requestTimeoutMs: 20_000, maxAttempts: 3 })
    expect(clientOptions({ endpoint, region: 'eu-west-1' }, {})).toMatchObject({ region: 'eu-west-1' })
  })

  test.for([undefined, 'http://dynamodb.internal:8000', 'https://dynamodb.eu-central-1.amazonaws.com'])(
    '%s gets no invented credentials',
    (endpoint) => {
      const options = clientOptions({ endpoint }, {})
      expect(options).not.toHaveProperty('credentials')
      expect(options).not.toHaveProperty('region')
    },
  )
})

describe('a table that cannot be reached exits with 1 and says in one line what to do:', { timeout }, () => {
  test.for([
    {
      what: 'nothing at the endpoint, as when DynamoDB Local was not started',
      args: ['--endpoint', 'http://127.0.0.1:1'],
      env: {},
      says: 'nothing answers at the endpoint (connect ECONNREFUSED 127.0.0.1:1); correct the endpoint or the region, or start DynamoDB Local.',
    },
    { what: 'no region', args: [], env: {}, says: 'no AWS region is configured; set AWS_REGION' },
    {
      what: 'no credentials',
      args: ['--region', 'eu-central-1'],
      env: {},
      says: 'no AWS credentials were found; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
    },
    {
      what: 'a region that there is not',
      args: ['--region', 'eu-centrall-1'],
      env: { AWS_ACCESS_KEY_ID: 'any', AWS_SECRET_ACCESS_KEY: 'any' },
      says: 'dynamodb.eu-centrall-1.amazonaws.com); correct the endpoint or the region',
    },
  ])('$what', async ({ args, env, says }) => {
    const { exitCode, stdout, stderr } = await runCli(['table', 'create', '--table', 'bank', ...args], env)
    expect([exitCode, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(/^The store could not create a table: [^\n]+\n$/)
    expect(stderr).toContain(says)
  })
})

describe('npx tailfold in this repository', { timeout }, () => {
  test('explains one command without the AWS SDK', async () => {
    const { exitCode, stdout } = await runCli(['table', 'create', '--help'])
    expect([exitCode, stdout.split('\n')[0]]).toEqual([
      0,
      'Usage: npx tailfold table create|describe|wait --table <name> [options]',
    ])
  })

  test('runs the source, without a build and without the network', async () => {
    const env = { ...process.env, npm_config_offline: 'true', DYNAMODB_ENDPOINT: '' }
    const { exitCode, stdout, stderr } = await ended('npx', ['tailfold', '--help'], env, root)
    expect([exitCode, stderr]).toEqual([0, ''])
    expect(stdout).toContain('npx tailfold table create|describe|wait --table <name>')
  })
})
