import { createClient, type Client } from '@libsql/client'
import { createSchema, libsqlStore } from 'tailfold/libsql'
import type { LocalServer } from 'tailfold/testing/sqld'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import golden from '../../golden/libsql-journal.json' with { type: 'json' }
import { startSqld } from './libsql-server.ts'

const key = '~acme/account/acc-001%2F.x'
const record = {
  v: 1,
  id: 'q3Jx',
  h: 'hash-1',
  e: '[{"note":"Grüße, 日本 😀\\u0000"}]',
  ts: 1_767_225_600_000,
}
const next = { ...record, h: 'hash-2' }
const tables = ['commits', 'snapshots', 'command_ids'] as const

const servers: LocalServer[] = []
const clients: Client[] = []

beforeAll(async () => {
  for (let count = 0; count < 2; count++) {
    const server = await startSqld()
    servers.push(server)
    const client = createClient({ url: server.address })
    clients.push(client)
    await createSchema(client)
  }
})
afterAll(async () => {
  for (const client of clients) client.close()
  for (const server of servers) await server.stop()
})

describe('the journal in libSQL', () => {
  test('is stored as in the golden file', async () => {
    const client = clients[0] as Client
    const store = libsqlStore({ client })
    await store.append(key, 1, record, { previousHash: '' })
    const ids = [{ commandId: 'deposit-1\u0000', expiresAtEpochSeconds: 4_102_444_800 }]
    await store.append(key, 2, next, { ids, previousHash: 'hash-1' })
    await store.saveSnapshot(key, { revision: 2, schemaVersion: 3, record })
    await store.saveSnapshot(`${key}//2`, { revision: 1, schemaVersion: 2, record })
    const stored: Record<string, unknown> = {}
    for (const table of tables) {
      const { rows } = await client.execute(`SELECT * FROM ${table} ORDER BY 1, 2`)
      stored[table] = rows.map((row) => Array.from(row))
    }
    expect(stored).toEqual(golden)
  })

  test('of the golden file is read', async () => {
    const client = clients[1] as Client
    for (const table of tables)
      for (const args of golden[table])
        await client.execute({
          sql: `INSERT INTO ${table} VALUES (${args.map(() => '?').join(', ')})`,
          args: [...args],
        })
    const store = libsqlStore({ client })
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
