import { join } from 'node:path'
import { createClient, type Client } from '@libsql/client'
import type { StoredRow } from 'tailfold'
import { createRowsSchema, libsqlRows, rowsSchemaSql } from 'tailfold/libsql'
import { rowStoreConformance } from 'tailfold/testing'
import type { LocalServer } from 'tailfold/testing/sqld'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import golden from '../../golden/consumer-rows.json' with { type: 'json' }
import { temporaryFolder } from '../../helpers/local-server.ts'
import { rejectionOf } from '../../helpers/thrown.ts'
import { startSqld, withClient } from './libsql-server.ts'

const folder = temporaryFolder()
let server: LocalServer

beforeAll(async () => {
  server = await startSqld()
})
afterAll(async () => {
  await server.stop()
  folder.remove()
})

const row = (key: string, revision: number) => ({ key, revision, value: { revision } })

describe.each([
  ['libSQL, sqld', () => server.address],
  ['libSQL, file', () => `file:${join(folder.path, 'rows.db')}`],
] as const)('rows in %s', (name, url) => {
  const cell = { meta: { cell: { table: 'stores', row: name, column: 'rows' } as const } }
  let client: Client
  const open = async () => ({ rows: libsqlRows({ client }) })

  beforeAll(async () => {
    client = createClient({ url: url(), timeout: 5_000 })
    await createRowsSchema(client)
  })
  afterAll(() => client.close())

  test.for(rowStoreConformance({ open }))('$name', cell, async ({ run }) => {
    await expect(run()).resolves.toBeUndefined()
  })

  test('writes all rows or none where three writers create one of them at once', cell, async () => {
    const rows = libsqlRows({ client })
    for (let round = 0; round < 20; round++) {
      const write = (writer: string) =>
        rows.write([
          { row: row(`${writer}-${round}`, 1), when: -1 },
          { row: row(`shared-${round}`, 1), when: -1 },
        ])
      const results = await Promise.all(['a', 'b', 'c'].map(write))
      expect(results.filter(Boolean)).toHaveLength(1)
      const found = await rows.get(['a', 'b', 'c', 'shared'].map((key) => `${key}-${round}`))
      expect(found.map((each) => each !== undefined)).toEqual([...results, true])
    }
  })

  test('counts each of 80 increments by 8 writers once', cell, async () => {
    const increment = async () => {
      const rows = libsqlRows({ client })
      for (;;) {
        const [present] = await rows.get(['counter'])
        const revision = present?.revision ?? -1
        if (await rows.write([{ row: row('counter', revision + 1), when: revision }])) return
      }
    }
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        for (let n = 0; n < 10; n++) await increment()
      }),
    )
    expect((await libsqlRows({ client }).get(['counter']))[0]?.revision).toBe(79)
  })

  test('finds the rows of an index by the index', cell, async () => {
    let explained = ''
    const watched = {
      protocol: client.protocol,
      closed: false,
      reconnect: () => client.reconnect(),
      execute: (text: string) => client.execute(text),
      async batch(statements: { sql: string; args: (string | number | null)[] }[], mode?: 'write' | 'read') {
        const { sql = '', args = [] } = statements.at(-1) ?? {}
        const plan = await client.execute({ sql: `EXPLAIN QUERY PLAN ${sql}`, args })
        explained += plan.rows.map(({ detail }) => detail as string).join('\n')
        return client.batch(statements, mode)
      },
    }
    await libsqlRows({ client: watched }).query({ index: 0, value: 'value 7', limit: 5 })
    expect(explained).toContain('rows_by_0')
    expect(explained).not.toMatch(/SCAN rows/)
  })

  test('are read in pages that the server may answer with', cell, async () => {
    const rows = libsqlRows({ client })
    const value = { text: 'x'.repeat(400_000) }
    const keys = Array.from({ length: 30 }, (_, n) => `large/${String(n).padStart(2, '0')}`)
    const large = keys.map((key) => ({ key, revision: 1, value, indexes: [{ value: 'large', sort: key }] }))
    expect(await rows.write(large.map((each) => ({ row: each, when: -1 })))).toBe(true)
    for (const page of [
      (cursor?: string) =>
        rows.query({ index: 0, value: 'large', limit: 100, ...(cursor !== undefined && { cursor }) }),
      (cursor?: string) => rows.scan('large/', cursor, 100),
    ]) {
      const found: string[] = []
      for (let cursor: string | undefined; ; ) {
        const { rows: some, cursor: next } = await page(cursor)
        found.push(...some.map(({ key }) => key))
        if (next === undefined) break
        cursor = next
      }
      expect(found).toEqual(keys)
    }
    expect(await rows.get(keys.slice(0, rows.limits.reads))).toHaveLength(rows.limits.reads)
    await rows.remove(keys)
  })

  test('are stored as in the golden file, and read from it', cell, async () => {
    const rows = libsqlRows({ client })
    await client.execute('DELETE FROM rows')
    const stored = golden.map(({ row: one }) => one as StoredRow)
    await rows.write(stored.map((one) => ({ row: one, when: -1 })))
    const entries = ['v0', 's0', 'v1', 's1', 'v2', 's2']
    const hexed = entries.map((column) => `CASE WHEN ${column} IS NOT NULL THEN hex(${column}) END`)
    const columns = `key, revision, value, expires_at, ${hexed.join(', ')}, as_of`
    const found = await client.execute(`SELECT ${columns} FROM rows ORDER BY key`)
    const hex = (value: string | number | null, place: number) =>
      typeof value === 'string' && place >= 4 && place < 10
        ? Buffer.from(value).toString('hex').toUpperCase()
        : value
    const wanted = golden.map(({ sqlite }) => sqlite)
    expect(found.rows.map((one) => Array.from(one))).toEqual(wanted.map((one) => one.map(hex)))
    await client.execute('DELETE FROM rows')
    for (const args of wanted)
      await client.execute({ sql: `INSERT INTO rows VALUES (${args.map(() => '?').join(', ')})`, args })
    expect((await rows.scan('', undefined, 100)).rows).toEqual(stored)
  })

  test('may be created by a migration, any number of times', cell, async () => {
    await client.executeMultiple(rowsSchemaSql())
    await Promise.all(Array.from({ length: 6 }, () => createRowsSchema(client)))
    await expect(libsqlRows({ client }).verify?.()).resolves.toBeUndefined()
  })
})

test('rows of libSQL are verified: a missing table and one of another program are named', async () => {
  await withClient(`file:${join(folder.path, 'bare.db')}`, async (client) => {
    const rows = libsqlRows({ client })
    for (const failing of [async () => rows.verify?.(), async () => rows.get(['a'])])
      expect(await rejectionOf(failing())).toMatchObject({
        retryable: false,
        message: expect.stringContaining('createRowsSchema(client)'),
      })
    await client.execute('CREATE TABLE rows (id INTEGER)')
    for (const failing of [async () => rows.verify?.(), async () => createRowsSchema(client)])
      expect(await rejectionOf(failing())).toMatchObject({
        retryable: false,
        message: expect.stringContaining('tables of another program'),
      })
  })
})
