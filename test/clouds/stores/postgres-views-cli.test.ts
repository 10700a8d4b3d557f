import { fileURLToPath } from 'node:url'
import { createRowsSchema, createSchema, postgresRows, postgresStore } from 'tailfold/postgres'
import type { LocalServer } from 'tailfold/testing/postgres-local'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ended } from '../../helpers/cli.ts'
import { moveToNewVersion } from '../../helpers/views-cli.ts'
import { startPostgres, withClient } from './postgres-server.ts'

const program = fileURLToPath(new URL('../../../src/cli/tailfold.js', import.meta.url))
const here = fileURLToPath(new URL('..', import.meta.url))
let server: LocalServer

beforeAll(async () => {
  server = await startPostgres()
})
afterAll(() => server.stop())

test('tailfold views moves queries to a new version on PostgreSQL', { timeout: 120_000 }, async () => {
  await withClient(server.address, async (client) => {
    await createSchema(client)
    await createRowsSchema(client)
    const moving = moveToNewVersion({
      store: postgresStore({ client }),
      rows: postgresRows({ client }),
      cli: (...args) =>
        ended(process.execPath, [program, ...args, '--store', server.address], process.env, here),
    })
    await expect(moving).resolves.toBeUndefined()
  })
})
