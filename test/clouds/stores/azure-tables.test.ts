import { createAzureTable } from 'tailfold/azure-tables'
import { type LocalServer, startAzurite } from 'tailfold/testing/azurite'
import { afterAll, beforeAll } from 'vitest'
import { storeSuite } from '../suite/store-suite.ts'
import { openStore } from './azure-tables-open.ts'

let server: LocalServer
const address = () => ({ connectionString: server.address, tableName: 'journal', listEntities: true })

beforeAll(async () => {
  server = await startAzurite({ packagesFrom: import.meta.url })
  await createAzureTable(address())
})

afterAll(() => server.stop())

storeSuite({
  row: 'Azure Tables',
  open: () => openStore(address()),
  ignoresPreviousHash: 'Azure compares nothing but the version of the entity that is written.',
  withoutChanges: 'Nothing is atomic or ordered across partitions.',
  module: () => ({ url: import.meta.resolve('./azure-tables-open.ts'), address: address() }),
  costs: {
    warm: [1, 0, 1],
    cold: [2, 1, 1],
    units: { read: 'read transaction', write: 'write transaction' },
  },
})
