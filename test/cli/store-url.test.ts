import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openStore, parseStoreUrl } from '../../src/cli/store-url.ts'
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
  ])('%s is understood', ([url, meaning]) => {
    expect(parseStoreUrl(url)).toEqual(meaning)
  })

  const shapes = 'sqlite:<path> or dynamodb:<table>[?endpoint=<address>&region=<region>]'
  test.for<[string | undefined, string]>([
    [undefined, `Which store? Add --store ${shapes}.`],
    ['', `Which store? Add --store ${shapes}.`],
    ['memory', 'A store in memory is gone when its process ends: it cannot be opened.'],
    ['memory:', 'A store in memory is gone when its process ends: it cannot be opened.'],
    ['sqlite:', `--store must be ${shapes}, not "sqlite:".`],
    ['journal.sqlite', `--store must be ${shapes}, not "journal.sqlite".`],
    ['mysql://localhost/bank', `--store must be ${shapes}, not "mysql://localhost/bank".`],
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
  test('creates no SQLite file', async () => {
    const folder = temporaryFolder()
    try {
      const file = join(folder.path, 'journal.sqlite')
      const opening = openStore({ kind: 'sqlite', file }, {})
      await expect(opening).rejects.toMatchObject({
        name: 'UsageError',
        message: `There is no file ${file}.`,
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
