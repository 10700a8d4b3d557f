import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { readStoreArguments, run } from '../../src/cli/store.ts'
import { d1Schema } from '../../src/stores/cloudflare/index.ts'
import { temporaryFolder } from '../helpers/local-server.ts'
import { rejectionOf, thrownBy } from '../helpers/thrown.ts'

const folder = temporaryFolder()
afterAll(() => folder.remove())
const seeHelp = 'See npx tailfold store --help.'

/** What a command line prints. */
async function printed(...args: string[]): Promise<string> {
  let text = ''
  const terminal = { env: {}, print: (more: string) => void (text += more), ask: undefined }
  expect(await run(args, terminal)).toBe(0)
  return text
}

describe('tailfold store', () => {
  test.for<[string[], string]>([
    [[], `The action must be one of create, describe, wait, not nothing. ${seeHelp}`],
    [['drop'], `The action must be one of create, describe, wait, not "drop". ${seeHelp}`],
    [['create', 'bank', '--store', 'd1:'], `Unexpected argument "bank". ${seeHelp}`],
    [
      ['create', '--store', 'd1:', '--timeout-seconds', '3'],
      `--timeout-seconds is an option of wait. ${seeHelp}`,
    ],
    [
      ['wait', '--store', 'd1:', '--timeout-seconds', '0'],
      '--timeout-seconds must be a whole number of seconds from 1, not "0".',
    ],
  ])('refuses %j, and the message says what to write', ([args, message]) => {
    expect(thrownBy(() => readStoreArguments(args))).toMatchObject({ name: 'UsageError', message })
  })

  test('creates a SQLite file, and finds it fit', async () => {
    const file = join(folder.path, 'data/journal.sqlite')
    const url = `sqlite:${file}`
    const missing = await rejectionOf(printed('describe', '--store', url))
    expect(missing).toMatchObject({
      code: 'store-unavailable',
      message: expect.stringContaining(
        `there is no file ${file}. Correct the path, or run npx tailfold store create --store sqlite:${file}`,
      ),
    })
    expect(await printed('create', '--store', url)).toBe(`SQLite file ${file} is ready.\n`)
    expect(await printed('create', '--store', url)).toBe(`SQLite file ${file} is ready.\n`)
    expect(await printed('describe', '--store', url)).toContain('Nothing differs from what a journal needs.')
    expect(JSON.parse(await printed('describe', '--store', url, '--json'))).toMatchObject({ exists: true })
  })

  test('waits for a store that another process creates, and gives up in time', async () => {
    const file = join(folder.path, 'later.sqlite')
    const url = `sqlite:${file}`
    const late = rejectionOf(printed('wait', '--store', url, '--timeout-seconds', '1'))
    expect(await late).toMatchObject({
      code: 'store-unavailable',
      message: expect.stringContaining('The store could not wait for a store: there is no file'),
    })
    const waiting = printed('wait', '--store', url, '--timeout-seconds', '30')
    await printed('create', '--store', url)
    expect(await waiting).toBe(`SQLite file ${file} is ready.\n`)
  })

  test('prints the migration of a D1 database, with a feed on request', async () => {
    expect(await printed('create', '--store', 'd1:')).toBe(d1Schema())
    expect(await printed('create', '--store', 'd1:?feed=true')).toBe(d1Schema({ feed: true }))
    expect(await rejectionOf(printed('describe', '--store', 'd1:'))).toMatchObject({ name: 'UsageError' })
  })

  test('of Azure needs the connection string in the environment, and has no rows', async () => {
    const url = 'azure-table:bank'
    const says = async (...args: string[]) => rejectionOf(printed(...args, '--store', url))
    expect(await says('create')).toMatchObject({
      name: 'UsageError',
      message: 'Set AZURE_STORAGE_CONNECTION_STRING to the connection string of the storage account.',
    })
    expect(await says('create', '--rows')).toMatchObject({
      name: 'UsageError',
      message: 'Azure Tables holds journals alone: consumers and views need another database.',
    })
  })

  test('of PostgreSQL without pg says how to install it', async () => {
    const refused = await rejectionOf(printed('describe', '--store', 'postgres://localhost/bank'))
    expect(refused).toMatchObject({
      name: 'MissingError',
      message: 'The package pg is not installed: npm install pg',
    })
  })

  test('of libSQL without its client says how to install it, and creates no file by looking', async () => {
    expect(await rejectionOf(printed('describe', '--store', 'libsql://bank.example'))).toMatchObject({
      name: 'MissingError',
      message: 'The package @libsql/client is not installed: npm install @libsql/client',
    })
    const missing = join(folder.path, 'missing.db')
    expect(await rejectionOf(printed('describe', '--store', `libsql:${missing}`))).toMatchObject({
      message: expect.stringContaining(`there is no file ${missing}`),
    })
    expect(existsSync(missing)).toBe(false)
  })
})
