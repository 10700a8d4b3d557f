import pg from 'pg'
import { createSchema, postgresStore } from 'tailfold/postgres'
import type { LocalServer } from 'tailfold/testing/postgres-local'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import golden from '../../golden/postgres-journal.json' with { type: 'json' }
import { startPostgres } from './postgres-server.ts'

const key = '~acme/account/acc-001%2F.x'
const record = {
  v: 1,
  id: 'q3Jx',
  h: 'hash-1',
  e: '[{"note":"Grüße, 日本 😀\\u0000"}]',
  ts: 1_767_225_600_000,
}
const next = { ...record, h: 'hash-2' }
/** Columns that Tailfold writes; `xid` and `position` come from the server. */
const tables = {
  commits: ['key', 'revision', 'hash', 'record'],
  snapshots: ['key', 'revision', 'schema_version', 'record'],
  command_ids: ['key', "encode(id_hash, 'hex')", 'revision', 'expires_at'],
} as const

let server: LocalServer
let client: pg.Pool

beforeAll(async () => {
  server = await startPostgres()
  client = new pg.Pool({ connectionString: server.address })
  for (const schema of ['written', 'golden']) await createSchema(client, schema)
})
afterAll(async () => {
  await client.end()
  await server.stop()
})

describe('the journal in PostgreSQL', () => {
  test('is stored as in the golden file', async () => {
    const store = postgresStore({ client, schema: 'written' })
    await store.append(key, 1, record, { previousHash: '' })
    const ids = [{ commandId: 'deposit-1\u0000', expiresAtEpochSeconds: 4_102_444_800 }]
    await store.append(key, 2, next, { ids, previousHash: 'hash-1' })
    await store.saveSnapshot(key, { revision: 2, schemaVersion: 3, record })
    await store.saveSnapshot(`${key}//2`, { revision: 1, schemaVersion: 2, record })
    const stored: Record<string, unknown> = {}
    for (const [table, columns] of Object.entries(tables)) {
      const text = `SELECT ${columns.join(', ')} FROM written.${table} ORDER BY 1, 2`
      stored[table] = (await client.query({ text, rowMode: 'array' })).rows
    }
    expect(stored).toEqual(golden)
  })

  test('of the golden file is read', async () => {
    for (const [table, columns] of Object.entries(tables)) {
      const names = columns.map((column) => (column.startsWith('encode') ? 'id_hash' : column))
      const values = columns.map((column, n) =>
        column.startsWith('encode') ? `decode($${n + 1}, 'hex')` : `$${n + 1}`,
      )
      for (const row of golden[table as keyof typeof golden])
        await client.query(
          `INSERT INTO golden.${table} (${names.join(', ')}) VALUES (${values.join(', ')})`,
          [...row],
        )
    }
    const store = postgresStore({ client, schema: 'golden' })
    expect(await store.recover(key, 4)).toEqual({
      snapshot: { revision: 2, schemaVersion: 3, record },
      commits: [
        { revision: 2, record: next },
        { revision: 1, record },
      ],
      more: false,
    })
    expect((await store.recover(`${key}//2`, 2)).snapshot).toEqual({ revision: 1, schemaVersion: 2, record })
    expect(await store.findCommandId?.(key, 'deposit-1\u0000')).toBe(2)
    expect((await store.changes?.(undefined, 10))?.changes.map(({ revision }) => revision)).toEqual([1, 2])
  })
})
