import type { LocalServer } from 'tailfold/testing/postgres-local'
import { afterAll, beforeAll } from 'vitest'
import { storeSuite } from '../suite/store-suite.ts'
import { openStore } from './redis-open.ts'
import { startRedis } from './redis-server.ts'

let server: LocalServer
beforeAll(async () => {
  server = await startRedis()
})
afterAll(() => server.stop())

// docs/examples/redis-store.ts
storeSuite({
  row: 'Redis streams (example)',
  open: () => openStore(server.address),
  withoutChanges: 'an example',
  module: () => ({ url: import.meta.resolve('./redis-open.ts'), address: server.address }),
  costs: { warm: [1, 0, 0], cold: [2, 0, 0], units: undefined },
})
