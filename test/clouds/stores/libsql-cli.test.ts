import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createRowsSchema, createSchema, libsqlRows, libsqlStore } from 'tailfold/libsql'
import type { LocalServer } from 'tailfold/testing/sqld'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ended } from '../../helpers/cli.ts'
import { deposit, startLocalServer, stateOf, temporaryFolder } from '../../helpers/local-server.ts'
import { moveToNewVersion } from '../../helpers/views-cli.ts'
import { startSqld, withClient } from './libsql-server.ts'

const program = fileURLToPath(new URL('../../../src/cli/tailfold.js', import.meta.url))
const here = fileURLToPath(new URL('..', import.meta.url))
const folder = temporaryFolder()
let server: LocalServer

beforeAll(async () => {
  server = await startSqld()
})
afterAll(async () => {
  await server.stop()
  folder.remove()
})

/** Runs the command line in a project that has `@libsql/client`. */
const tailfold = (...args: string[]) => ended(process.execPath, [program, ...args], process.env, here)

describe.each([
  ['an sqld server', () => server.address, /^libSQL 127\.0\.0\.1:\d+ is ready\.\n$/],
  ['a file', () => join(folder.path, 'data/a b%?.db'), /^libSQL file .*a b%\?\.db is ready\.\n$/],
] as const)('npx tailfold with the libSQL url of %s', (_, place, ready) => {
  const store = () => ['--store', `libsql:${place()}`]

  test('creates, describes and waits for the tables', async () => {
    expect(await tailfold('store', 'describe', ...store())).toMatchObject({ exitCode: 1 })
    for (const rows of [[], [], ['--rows']])
      expect(await tailfold('store', 'create', ...store(), ...rows)).toMatchObject({
        exitCode: 0,
        stdout: expect.stringMatching(ready),
      })
    expect(await tailfold('store', 'wait', ...store(), '--rows')).toMatchObject({ exitCode: 0 })
    const { stdout } = await tailfold('store', 'describe', '--json', ...store())
    expect(JSON.parse(stdout)).toMatchObject({ exists: true, sqlite: expect.stringMatching(/^3\./) })
  })

  test('repairs a store, and lists its consumers', async () => {
    const url = place().startsWith('http') ? place() : `file:${encodeURIComponent(place())}`
    await withClient(url, (client) =>
      libsqlStore({ client }).append('account/a', 2, { v: 1, id: 'c', h: 'h' }),
    )
    const entity = ['--type', 'account', '--id', 'a']
    expect(await tailfold('repair', ...store(), ...entity, '--yes')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('Repaired: removed 1 commit of account/a.'),
    })
    expect(await tailfold('consumers', 'list', ...store())).toMatchObject({ exitCode: 0 })
  })
})

test('tailfold views moves queries to a new version on libSQL', { timeout: 120_000 }, async () => {
  await withClient(server.address, async (client) => {
    await createSchema(client)
    await createRowsSchema(client)
    const moving = moveToNewVersion({
      store: libsqlStore({ client }),
      rows: libsqlRows({ client }),
      cli: (...args) => tailfold(...args, '--store', `libsql:${server.address}`),
    })
    await expect(moving).resolves.toBeUndefined()
  })
})

test('a libSQL file that is missing is not made by a command that reads', async () => {
  const store = ['--store', `libsql:${join(folder.path, 'missing.db')}`]
  expect(await tailfold('consumers', 'list', ...store)).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('There is no file'),
  })
})

describe('npm start -- --journal libsql', () => {
  test('keeps its entities in an sqld of its own until the next start', async () => {
    const start = () =>
      startLocalServer({ args: ['--journal', 'libsql'], env: { TAILFOLD_DATA: folder.path } })
    const first = await start()
    expect(first.greeting).toContain(`${folder.path}/sqld (sqld at 127.0.0.1:`)
    await deposit(first.url, 3)
    first.kill('SIGTERM')
    await first.ended
    const second = await start()
    expect(await stateOf(second.url)).toMatchObject({ balance: 3 })
    second.kill('SIGTERM')
    await second.ended
  })
})
