import type { LocalServer } from 'tailfold/testing/postgres-local'
import { afterAll, beforeAll } from 'vitest'
import { storeSuite } from '../suite/store-suite.ts'
import { openStore } from './postgres-open.ts'
import { createIn, startPostgres } from './postgres-server.ts'

let server: LocalServer
let schemas = 0

beforeAll(async () => {
  server = await startPostgres()
  await createIn(server.address)
})

afterAll(() => server.stop())

storeSuite({
  row: 'PostgreSQL',
  open: () => openStore({ connectionString: server.address }),
  async openEmpty() {
    schemas += 1
    const empty = { connectionString: server.address, schema: `empty_${schemas}` }
    await createIn(empty.connectionString, empty.schema)
    return openStore(empty)
  },
  module: () => ({
    url: import.meta.resolve('./postgres-open.ts'),
    address: { connectionString: server.address },
  }),
  costs: { warm: [1, 0, 0], cold: [2, 0, 0], units: undefined },
})
