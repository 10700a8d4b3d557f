import { setTimeout as delay } from 'node:timers/promises'
import { createClient } from '@libsql/client'
import { createEngine, systemPlatform } from 'tailfold'
import { createRowsSchema, createSchema, libsqlJournal, libsqlRows, libsqlStore } from 'tailfold/libsql'
import type { LocalServer } from 'tailfold/testing/sqld'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { account } from '../../../functions/bank/account.ts'
import { startSqld } from './libsql-server.ts'

const admin = `127.0.0.1:${40_000 + (process.pid % 20_000)}`
let server: LocalServer
let client: ReturnType<typeof createClient>

beforeAll(async () => {
  server = await startSqld({ args: ['--admin-listen-addr', admin] })
  client = createClient({ url: server.address })
  await createSchema(client)
  await createRowsSchema(client)
})
afterAll(async () => {
  client.close()
  await server.stop()
})

interface Counts {
  readonly rows_read_count: number
  readonly rows_written_count: number
}

/** What the server has counted, once it has counted all: it does so a moment after it has answered. */
async function counts(): Promise<Counts> {
  let before: Counts | undefined
  for (;;) {
    const answer = await fetch(`http://${admin}/v1/namespaces/default/stats`)
    const now = (await answer.json()) as Counts
    if (
      before?.rows_read_count === now.rows_read_count &&
      before.rows_written_count === now.rows_written_count
    )
      return now
    before = now
    await delay(200)
  }
}

/** Rows read and written, as the server counts and Turso bills them. */
async function rowsOf(work: () => Promise<unknown>): Promise<readonly [read: number, written: number]> {
  const before = await counts()
  await work()
  const after = await counts()
  return [
    after.rows_read_count - before.rows_read_count,
    after.rows_written_count - before.rows_written_count,
  ]
}

test('sqld counts the rows that docs/libsql.md names', async () => {
  const newEngine = () =>
    createEngine(account, { journal: libsqlJournal({ client }), platform: systemPlatform })
  const deposit = (engine: ReturnType<typeof newEngine>) =>
    engine.execute('a', { type: 'Deposit', amount: 1 })
  const engine = newEngine()
  for (let commit = 0; commit < 20; commit++) await deposit(engine)
  const store = libsqlStore({ client })
  const record = { v: 1, id: 'c', h: 'h' }
  const ids = [{ commandId: 'once', expiresAtEpochSeconds: 4_102_444_800 }]
  const rows = libsqlRows({ client })
  const row = { key: 'a', revision: 1, value: {}, indexes: [{ value: 'v', sort: 's' }] }
  expect({
    warm: await rowsOf(() => deposit(engine)),
    cold: await rowsOf(() => deposit(newEngine())),
    snapshot: await rowsOf(() => store.saveSnapshot('b/b', { revision: 1, schemaVersion: 1, record })),
    'append with an id': await rowsOf(() => store.append('b/b', 1, record, { ids })),
    '10 changes': await rowsOf(async () => store.changes?.(undefined, 10)),
    'a row in one index': await rowsOf(() => rows.write([{ row, when: -1 }])),
  }).toEqual({
    warm: [5, 3],
    cold: [13, 3],
    snapshot: [2, 1],
    'append with an id': [8, 5],
    '10 changes': [46, 0],
    'a row in one index': [5, 3],
  })
})
