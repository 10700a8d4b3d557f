import { chmodSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { createSchema, describeSchema, postgresStore } from 'tailfold/postgres'
import type { LocalServer } from 'tailfold/testing/postgres-local'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { temporaryFolder } from '../../helpers/local-server.ts'
import { rejectionOf } from '../../helpers/thrown.ts'
import { createIn, startPostgres, withClient } from './postgres-server.ts'

const folder = temporaryFolder()
const data = join(folder.path, 'data')
// As root the server runs as another user, who has to reach the folder.
chmodSync(folder.path, 0o755)
const record = { v: 1, id: 'c', h: 'h' }
let server: LocalServer

beforeAll(async () => {
  server = await startPostgres(data)
  await createIn(server.address)
})

afterAll(async () => {
  await server.stop()
  folder.remove()
})

/** The address for another user. */
const as = (user: string) => server.address.replace('postgres@', `${user}@`)

describe('a PostgreSQL server', () => {
  test('holds the tables once, however many processes create them at once', async () => {
    await withClient(server.address, (client) =>
      Promise.all(Array.from({ length: 8 }, () => createSchema(client, 'racing'))),
    )
    const report = await withClient(server.address, (client) => describeSchema(client, 'racing'))
    expect(report).toMatchObject({ exists: true, form: 'Tailfold stored form 1', encoding: 'UTF8' })
  })

  test('is not touched where the schema holds tables of another program', async () => {
    await withClient(server.address, async (client) => {
      await client.query('CREATE SCHEMA other; CREATE TABLE other.commits (id int)')
      const cases = [
        ['create the tables', await rejectionOf(createSchema(client, 'other'))],
        ['verify', await rejectionOf(Promise.resolve(postgresStore({ client, schema: 'other' }).verify?.()))],
      ] as const
      for (const [operation, error] of cases)
        expect(error).toMatchObject({ code: 'store-unavailable', retryable: false, data: { operation } })
    })
  })

  test('without the tables says how to create them', async () => {
    await withClient(server.address, async (client) => {
      const store = postgresStore({ client, schema: 'missing' })
      // Both at once: a rejection that waits for its turn is unhandled until then.
      const refused = [store.append('a/a', 1, record), store.verify?.()].map((work) =>
        rejectionOf(Promise.resolve(work)),
      )
      for (const error of await Promise.all(refused))
        expect(error).toMatchObject({
          retryable: false,
          message: expect.stringContaining('createSchema(client)'),
        })
    })
  })

  test('serves a user that may only read and write the tables, feed included', async () => {
    await withClient(server.address, (client) =>
      client.query(`CREATE USER worker; GRANT USAGE ON SCHEMA tailfold TO worker;
        GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA tailfold TO worker; CREATE USER stranger`),
    )
    await withClient(as('worker'), async (client) => {
      const store = postgresStore({ client })
      await store.verify?.()
      expect(await store.append('worker/a', 1, record)).toEqual({ kind: 'appended' })
      const page = await store.changes?.(undefined, 100)
      expect(page?.changes.map(({ key }) => key)).toContain('worker/a')
    })
    const stranger = withClient(as('stranger'), (client) => postgresStore({ client }).recover('a/a', 4))
    expect(await rejectionOf(stranger)).toMatchObject({
      retryable: false,
      message: expect.stringContaining('permission denied'),
    })
  })

  test.for([
    ['synchronous_commit', 'off', 'synchronous_commit is off'],
    ['default_transaction_read_only', 'on', 'the primary'],
  ] as const)('with %s %s is found unfit', async ([setting, value, says]) => {
    await withClient(server.address, (client) =>
      client.query(`CREATE USER ${setting} SUPERUSER; ALTER USER ${setting} SET ${setting} = ${value}`),
    )
    const verified = withClient(as(setting), async (client) => postgresStore({ client }).verify?.())
    expect(await rejectionOf(verified)).toMatchObject({ message: expect.stringContaining(says) })
  })

  test('cancels a statement after statement_timeout; nothing was written', async () => {
    await withClient(server.address, async (client) => {
      const blocker = await client.connect()
      await blocker.query('BEGIN; LOCK TABLE tailfold.commits IN ACCESS EXCLUSIVE MODE')
      const slow = withClient(`${server.address}?statement_timeout=100`, (impatient) =>
        postgresStore({ client: impatient }).append('blocked/a', 1, record),
      )
      expect(await rejectionOf(slow)).toMatchObject({ retryable: true, data: { applied: 'no' } })
      await blocker.query('COMMIT')
      blocker.release()
      expect((await postgresStore({ client }).recover('blocked/a', 4)).commits).toEqual([])
    })
  })

  test('that is killed keeps every append that it acknowledged', async () => {
    const key = 'killed/a'
    let acknowledged = 0
    const [pid] = readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')
    await withClient(server.address, async (client) => {
      const store = postgresStore({ client })
      const write = async () => {
        for (let revision = 1; ; revision++) {
          await store.append(key, revision, { ...record, n: revision })
          acknowledged = revision
          if (revision === 200) process.kill(Number(pid), 'SIGKILL')
        }
      }
      await rejectionOf(write())
    })
    await server.stop()
    server = await restarted()
    const { commits } = await withClient(server.address, (client) =>
      postgresStore({ client }).recover(key, 4),
    )
    const newest = commits[0]?.revision ?? 0
    expect(acknowledged).toBeGreaterThanOrEqual(200)
    expect([acknowledged, acknowledged + 1]).toContain(newest)
  })
})

/** The children of a killed server hold its memory until they notice. */
async function restarted(): Promise<LocalServer> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await startPostgres(data)
    } catch (error) {
      if (attempt === 20) throw error
      await delay(250)
    }
  }
}
