import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openRows, openStore, parseStoreUrl } from '../../src/cli/store-url.ts'
import { temporaryFolder } from '../helpers/local-server.ts'
import { thrownBy } from '../helpers/thrown.ts'

describe('a store url', () => {
  test.for<[string, object]>([
    ['sqlite:data/journal.sqlite', { kind: 'sqlite', file: 'data/journal.sqlite' }],
    ['sqlite:C:\\data\\a?b.sqlite', { kind: 'sqlite', file: 'C:\\data\\a?b.sqlite' }],
    ['dynamodb:bank', { kind: 'dynamodb', tableName: 'bank' }],
    [
      'dynamodb:bank?endpoint=http://localhost:8000&region=eu-central-1',
      { kind: 'dynamodb', tableName: 'bank', endpoint: 'http://localhost:8000', region: 'eu-central-1' },
    ],
    [
      'postgres://worker:secret@db.example.com/bank?schema=ledger&sslmode=require',
      {
        kind: 'postgres',
        connectionString: 'postgres://worker:secret@db.example.com/bank?sslmode=require',
        schema: 'ledger',
      },
    ],
    ['postgresql://localhost/bank', { kind: 'postgres', connectionString: 'postgresql://localhost/bank' }],
    ['libsql://bank-acme.turso.io', { kind: 'libsql', url: 'libsql://bank-acme.turso.io' }],
    ['libsql:http://127.0.0.1:8080', { kind: 'libsql', url: 'http://127.0.0.1:8080' }],
    ['libsql:data/bank?.db', { kind: 'libsql', file: 'data/bank?.db' }],
    ['libsql:file:bank.db', { kind: 'libsql', file: 'bank.db' }],
    ['azure-table:bank', { kind: 'azure-table', tableName: 'bank' }],
    ['d1:', { kind: 'd1', feed: false }],
    ['d1:?feed=true', { kind: 'd1', feed: true }],
  ])('%s is understood', ([url, meaning]) => {
    expect(parseStoreUrl(url)).toEqual(meaning)
  })

  const shapes =
    'sqlite:<path>, dynamodb:<table>[?endpoint=<address>&region=<region>], postgres://<user>@<host>/<database>[?schema=<schema>], libsql://<host>, libsql:<address>, libsql:<path>, azure-table:<table> or d1:[?feed=true]'
  test.for<[string | undefined, string]>([
    [undefined, `Which store? Add --store ${shapes}.`],
    ['', `Which store? Add --store ${shapes}.`],
    ['memory', 'A store in memory is gone when its process ends: it cannot be opened.'],
    ['memory:', 'A store in memory is gone when its process ends: it cannot be opened.'],
    ['sqlite:', `--store must be ${shapes}, not "sqlite:".`],
    ['journal.sqlite', `--store must be ${shapes}, not "journal.sqlite".`],
    ['mysql://me:secret@localhost/bank', `--store must be ${shapes}, not "mysql://me:***@localhost/bank".`],
    ['postgres:bank', `--store must be ${shapes}, not "postgres:bank".`],
    ['libsql:', `--store must be ${shapes}, not "libsql:".`],
    ['libsql:http://', `--store must be ${shapes}, not "libsql:http://".`],
    ['libsql://?authToken=secret', `--store must be ${shapes}, not "libsql://?authToken=***".`],
    // As passwords are made: with characters that end a host, and with more than one `@`.
    [
      'mysql://me:se/cr?e#t@localhost/bank',
      `--store must be ${shapes}, not "mysql://me:***@localhost/bank".`,
    ],
    ['mysql://me:se@cr:et@localhost/bank', `--store must be ${shapes}, not "mysql://me:***@localhost/bank".`],
    [
      'mysql://me@corp:secret@localhost/bank',
      `--store must be ${shapes}, not "mysql://me@corp:***@localhost/bank".`,
    ],
    ['mysql:/me:secret@localhost/bank', `--store must be ${shapes}, not "mysql:/me:***@localhost/bank".`],
    ['azure-table:', `--store must be ${shapes}, not "azure-table:".`],
    [
      'azure-table:my-bank',
      'An Azure table is named by 3 to 63 letters and digits, a letter first; not "my-bank".',
    ],
    ['d1:bank', `--store must be ${shapes}, not "d1:bank".`],
    ['dynamodb:', `--store must be ${shapes}, not "dynamodb:".`],
    ['dynamodb:bank?table=x', `--store must be ${shapes}, not "dynamodb:bank?table=x".`],
    [
      'dynamodb:bank?endpoint=localhost:8000',
      'The endpoint of --store must be an address such as http://localhost:8000, not "localhost:8000".',
    ],
  ])('%s is refused, and the message says what to write', ([url, message]) => {
    expect(thrownBy(() => parseStoreUrl(url))).toMatchObject({ name: 'UsageError', message })
  })
})

describe('opening a store', () => {
  test('of D1 is left to Workers', async () => {
    const message = expect.stringMatching(/^Only a Worker opens a D1 database/)
    for (const opening of [
      openStore({ kind: 'd1', feed: false }, {}),
      openRows({ kind: 'd1', feed: false }, {}),
    ])
      await expect(opening).rejects.toMatchObject({ name: 'UsageError', message })
  })

  test('creates no SQLite file', async () => {
    const folder = temporaryFolder()
    try {
      const file = join(folder.path, 'journal.sqlite')
      const opening = openStore({ kind: 'sqlite', file }, {})
      await expect(opening).rejects.toMatchObject({
        name: 'UsageError',
        message: `There is no file ${file}. Correct the path, or run npx tailfold store create --store sqlite:${file}.`,
      })
    } finally {
      folder.remove()
    }
  })

  test('refuses a DYNAMODB_ENDPOINT that is no address', async () => {
    const opening = openStore(
      { kind: 'dynamodb', tableName: 'bank' },
      { DYNAMODB_ENDPOINT: 'localhost:8000' },
    )
    const message =
      'DYNAMODB_ENDPOINT must be an address such as http://localhost:8000, not "localhost:8000".'
    await expect(opening).rejects.toMatchObject({ name: 'UsageError', message })
  })
})
