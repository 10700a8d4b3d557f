import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb'
import { dynamoDbScan } from 'tailfold/dynamodb'
import { postgresStore } from 'tailfold/postgres'
import { sqliteStore } from 'tailfold/sqlite'
import { expect, test } from 'vitest'
import { cursorText, parseCursor } from '../../src/stores/dynamodb/streams/cursor.ts'
import golden from '../golden/feed-cursors.json' with { type: 'json' }
import { temporaryFolder } from '../helpers/local-server.ts'

/*
 * Followers and catch-ups keep the cursors of their feeds: those that are kept today are read tomorrow.
 */

test('the cursor of a SQLite file', async () => {
  const folder = temporaryFolder()
  const file = join(folder.path, 'journal.sqlite')
  copyFileSync(fileURLToPath(new URL('../golden/journal-of-format-1.sqlite', import.meta.url)), file)
  {
    using store = sqliteStore({ file })
    expect((await store.changes?.(undefined, 4))?.cursor).toBe(golden.sqlite)
    const { changes = [] } = (await store.changes?.(golden.sqlite, 2)) ?? {}
    expect(changes.map(({ key, revision }) => `${key}@${revision}`)).toEqual([
      'account/acc-001@5',
      'account/acc-002@1',
    ])
  }
  folder.remove()
})

test('the cursor of a PostgreSQL database', async () => {
  const asked: unknown[] = []
  const found = {
    life: '7312345678901234567.00000001.5.16390',
    is_ahead: false,
    is_restored: false,
    held_back: false,
    hash_at_cursor: 'hash-4',
    found: '1',
    key: 'account/acc-001',
    revision: '5',
    record: '{"v":1,"id":"c5","h":"hash-5"}',
    hash: 'hash-5',
    xid: '743',
    position: '5',
  }
  const client = {
    async query(_text: string, values: unknown[] = []) {
      asked.push(values)
      return { rows: [found] }
    },
  }
  const { text, next } = golden.postgres
  const page = await postgresStore({ client }).changes?.(text, 10)
  expect(asked).toEqual([['742', '4', 10]])
  expect(page?.cursor).toBe(next)
})

test('the cursor of a DynamoDB stream, while its table is scanned', () => {
  const { text, cursor } = golden.dynamoDbStream
  expect(parseCursor(text)).toEqual(cursor)
  expect(cursorText(cursor)).toBe(text)
})

test('the cursor of a scan of a DynamoDB table', async () => {
  const asked: unknown[] = []
  const client = {
    async send({ input }: ScanCommand) {
      asked.push([input.Segment, input.ExclusiveStartKey])
      return input.Segment === 0 ? { LastEvaluatedKey: { pk: { S: 'account/acc-001' }, sk: { N: '5' } } } : {}
    },
  } as unknown as DynamoDBClient
  const { text, next } = golden.dynamoDbScan
  const page = await dynamoDbScan({ tableName: 'bank', client }).changes(text, 10)
  expect(asked).toEqual([
    [0, { pk: { S: 'account/acc-001' }, sk: { N: '4' } }],
    [1, undefined],
  ])
  expect(page.cursor).toBe(next)
})
