import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { postgresStore } from 'tailfold/postgres'
import type { LocalServer } from 'tailfold/testing/postgres-local'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ended } from '../../helpers/cli.ts'
import {
  deposit,
  runLocalServer,
  startLocalServer,
  stateOf,
  temporaryFolder,
} from '../../helpers/local-server.ts'
import { startPostgres, withClient } from './postgres-server.ts'

const program = fileURLToPath(new URL('../../../src/cli/tailfold.js', import.meta.url))
const here = fileURLToPath(new URL('..', import.meta.url))
let server: LocalServer

beforeAll(async () => {
  server = await startPostgres()
})
afterAll(() => server.stop())

/** Runs the command line in a project that has `pg`. */
const tailfold = (...args: string[]) => ended(process.execPath, [program, ...args], process.env, here)
const as = (user: string) => server.address.replace('postgres@', `${user}@`)

describe('npx tailfold with a PostgreSQL url', () => {
  test('creates, describes and waits for the tables', async () => {
    const store = ['--store', `${server.address}?schema=ledger`]
    expect(await tailfold('store', 'describe', ...store)).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining(
        'schema ledger lacks the tables; create them with createSchema(client)',
      ),
    })
    for (let time = 0; time < 2; time++)
      expect(await tailfold('store', 'create', ...store)).toMatchObject({
        exitCode: 0,
        stdout: expect.stringMatching(/^PostgreSQL 127\.0\.0\.1:\d+\/postgres, schema ledger is ready\.\n$/),
      })
    expect(await tailfold('store', 'wait', ...store)).toMatchObject({ exitCode: 0 })
    const { stdout } = await tailfold('store', 'describe', '--json', ...store)
    expect(JSON.parse(stdout)).toMatchObject({ exists: true, encoding: 'UTF8', usage: true })
  })

  test.for([
    ['REVOKE USAGE ON SCHEMA granted FROM guest', 'GRANT USAGE ON SCHEMA granted TO guest'],
    [
      'REVOKE DELETE ON granted.commits FROM guest',
      'GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA granted TO guest',
    ],
  ] as const)('names the grant that is missing after %s', async ([revoke, grant]) => {
    await tailfold('store', 'create', '--store', `${server.address}?schema=granted`)
    await withClient(server.address, async (client) => {
      await client.query(`DROP ROLE IF EXISTS guest; CREATE USER guest; GRANT USAGE ON SCHEMA granted TO guest;
        GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA granted TO guest; ${revoke}`)
      const store = ['--store', `${as('guest')}?schema=granted`]
      expect(await tailfold('store', 'describe', ...store)).toMatchObject({
        exitCode: 1,
        stderr: expect.stringContaining(grant),
      })
      await client.query(grant)
      expect(await tailfold('store', 'describe', ...store)).toMatchObject({ exitCode: 0 })
      await client.query('DROP OWNED BY guest')
    })
  })

  test('follows and repairs a store', async () => {
    const store = ['--store', server.address]
    await tailfold('store', 'create', ...store)
    await withClient(server.address, (client) =>
      postgresStore({ client }).append('account/a', 2, { v: 1, id: 'c', h: 'h' }),
    )
    const entity = ['--type', 'account', '--id', 'a']
    expect(await tailfold('repair', ...store, ...entity, '--yes')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('Repaired: removed 1 commit of account/a.'),
    })
  })
})

describe('npm start -- --journal postgres', () => {
  test('says why a database cannot be made in a folder', async () => {
    const folder = temporaryFolder()
    chmodSync(folder.path, 0o755)
    mkdirSync(join(folder.path, 'postgres'))
    writeFileSync(join(folder.path, 'postgres/notes.txt'), 'mine')
    const { exitCode, stderr } = await runLocalServer({
      args: ['--journal', 'postgres'],
      env: { TAILFOLD_DATA: folder.path },
    })
    expect(exitCode).toBe(1)
    expect(stderr).toMatch(
      /^PostgreSQL cannot be set up in .*postgres: directory .* exists but is not empty\..*\n$/,
    )
    folder.remove()
  })

  test('keeps its entities in a server of its own until the next start', async () => {
    const folder = temporaryFolder()
    // As root the server runs as another user, who has to reach the folder.
    chmodSync(folder.path, 0o755)
    const start = () =>
      startLocalServer({ args: ['--journal', 'postgres'], env: { TAILFOLD_DATA: folder.path } })
    try {
      const first = await start()
      expect(first.greeting).toContain(`${folder.path}/postgres (PostgreSQL at 127.0.0.1:`)
      await deposit(first.url, 3)
      first.kill('SIGTERM')
      await first.ended
      const second = await start()
      expect(await stateOf(second.url)).toMatchObject({ balance: 3 })
      second.kill('SIGTERM')
      await second.ended
    } finally {
      folder.remove()
    }
  })
})
