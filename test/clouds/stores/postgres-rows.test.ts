import pg from 'pg'
import type { StoredRow } from 'tailfold'
import { createRowsSchema, postgresRows, rowsSchemaSql } from 'tailfold/postgres'
import { rowStoreConformance } from 'tailfold/testing'
import type { LocalServer } from 'tailfold/testing/postgres-local'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import golden from '../../golden/consumer-rows.json' with { type: 'json' }
import withoutTime from '../../golden/rows-without-time.json' with { type: 'json' }
import { rejectionOf } from '../../helpers/thrown.ts'
import { startPostgres, withClient } from './postgres-server.ts'

let server: LocalServer
let client: pg.Pool

beforeAll(async () => {
  server = await startPostgres()
  client = new pg.Pool({ connectionString: server.address })
  await createRowsSchema(client)
})
afterAll(async () => {
  await client.end()
  await server.stop()
})

const open = async () => ({ rows: postgresRows({ client }) })
const row = (key: string, revision: number) => ({ key, revision, value: { revision } })
const cell = { meta: { cell: { table: 'stores', row: 'PostgreSQL', column: 'rows' } as const } }

const entries = ['v0', 's0', 'v1', 's1', 'v2', 's2']

/** What a table holds, with bytes as hexadecimal digits. */
async function columnsOf(schema: string): Promise<readonly unknown[]> {
  const hex = entries.map((name) => `encode(${name}, 'hex') AS ${name}`).join(', ')
  const text = `SELECT key, revision, value::text AS value, expires_at, ${hex}, as_of FROM ${schema}.rows ORDER BY key`
  const { rows } = await client.query<Record<string, string | null>>(text)
  const whole = (value: string | null | undefined) => (value === null ? null : Number(value))
  return rows.map(({ revision, expires_at: expires, as_of: asOf, key, value, ...rest }) => [
    key,
    whole(revision),
    value,
    whole(expires),
    ...entries.map((name) => rest[name]),
    whole(asOf),
  ])
}

async function insert(schema: string, tuples: readonly (readonly unknown[])[]): Promise<void> {
  for (const tuple of tuples) {
    const values = tuple.map((_, n) => (n >= 4 && n < 10 ? `decode($${n + 1}::text, 'hex')` : `$${n + 1}`))
    await client.query(`INSERT INTO ${schema}.rows VALUES (${values.join(', ')})`, [...tuple])
  }
}

describe('rows in PostgreSQL', () => {
  test.for(rowStoreConformance({ open }))('$name', cell, async ({ run }) => {
    await expect(run()).resolves.toBeUndefined()
  })

  test('writes all rows or none where two writers create one of them at once', cell, async () => {
    const rows = postgresRows({ client })
    for (let round = 0; round < 30; round++) {
      const write = (writer: string) =>
        rows.write([
          { row: row(`${writer}-${round}`, 1), when: -1 },
          { row: row(`shared-${round}`, 1), when: -1 },
        ])
      const results = await Promise.all(['a', 'b', 'c'].map(write))
      expect(results.filter(Boolean)).toHaveLength(1)
      const found = await rows.get(['a', 'b', 'c', 'shared'].map((name) => `${name}-${round}`))
      expect(found.map((each) => each !== undefined)).toEqual([...results, true])
    }
  })

  test('counts each of 200 increments by 8 writers once', cell, async () => {
    const rows = postgresRows({ client })
    const increment = async () => {
      for (;;) {
        const [present] = await rows.get(['counter'])
        const revision = present?.revision ?? -1
        if (await rows.write([{ row: row('counter', revision + 1), when: revision }])) return
      }
    }
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        for (let n = 0; n < 25; n++) await increment()
      }),
    )
    expect((await rows.get(['counter']))[0]?.revision).toBe(199)
  })

  test('finds the rows of an index by the index', cell, async () => {
    const fill = `INSERT INTO tailfold.rows (key, revision, v0, s0)
      SELECT 'plan/' || n, 1, 'value ' || (n % 1000), int4send(n) FROM generate_series(1, 20000) AS n`
    await client.query(
      `${fill.replace("'value ' || (n % 1000)", "convert_to('value ' || (n % 1000), 'UTF8')")}; ANALYZE tailfold.rows`,
    )
    let explained = ''
    const watched = {
      query: async (text: string, values?: unknown[]) => {
        const { rows: plan } = await client.query(`EXPLAIN ${text}`, values)
        explained = JSON.stringify(plan)
        return client.query(text, values)
      },
    }
    await postgresRows({ client: watched }).query({ index: 0, value: 'value 7', limit: 5 })
    expect(explained).toContain('rows_by_0')
    expect(explained).not.toContain('Seq Scan')
  })

  test('is verified: a missing table and a missing grant are named', async () => {
    const missing = postgresRows({ client, schema: 'nothing' })
    expect(await rejectionOf(Promise.resolve(missing.verify?.()))).toMatchObject({
      retryable: false,
      message: expect.stringContaining('createRowsSchema(client)'),
    })
    await client.query('CREATE USER reader; GRANT USAGE ON SCHEMA tailfold TO reader')
    await withClient(server.address.replace('postgres@', 'reader@'), async (reader) => {
      const rows = postgresRows({ client: reader })
      expect(await rejectionOf(Promise.resolve(rows.verify?.()))).toMatchObject({
        message: expect.stringContaining('GRANT SELECT, INSERT, UPDATE, DELETE ON tailfold.rows TO reader'),
      })
      await client.query('GRANT SELECT, INSERT, UPDATE, DELETE ON tailfold.rows TO reader')
      await rows.verify?.()
    })
  })

  test('has the columns of the golden file, and is read from them', async () => {
    await createRowsSchema(client, 'golden')
    const rows = postgresRows({ client, schema: 'golden' })
    const stored = golden.map(({ row: one }) => one as StoredRow)
    await rows.write(stored.map((one) => ({ row: one, when: -1 })))
    expect(await columnsOf('golden')).toEqual(golden.map(({ postgres }) => postgres))
    await client.query('DELETE FROM golden.rows')
    await insert(
      'golden',
      golden.map(({ postgres }) => postgres),
    )
    expect((await rows.scan('', undefined, 100)).rows).toEqual(stored)
  })

  test('from before rows had a time gets the column, and its rows are read', async () => {
    await createRowsSchema(client, 'old')
    await client.query('ALTER TABLE old.rows DROP COLUMN as_of')
    await insert(
      'old',
      withoutTime.map(({ postgres }) => postgres),
    )
    const rows = postgresRows({ client, schema: 'old' })
    for (const failing of [async () => rows.verify?.(), async () => rows.get(['a'])])
      expect(await rejectionOf(failing())).toMatchObject({
        retryable: false,
        message: expect.stringContaining('createRowsSchema(client)'),
      })
    await createRowsSchema(client, 'old')
    await rows.verify?.()
    expect((await rows.scan('', undefined, 100)).rows).toEqual(withoutTime.map(({ row: one }) => one))
  })

  test('is created once, however many processes do so at once', async () => {
    await Promise.all(Array.from({ length: 6 }, () => createRowsSchema(client, 'racing')))
    await client.query(rowsSchemaSql('racing'))
    await expect(postgresRows({ client, schema: 'racing' }).verify?.()).resolves.toBeUndefined()
  })
})
