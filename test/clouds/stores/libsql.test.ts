import { join } from 'node:path'
import type { LocalServer } from 'tailfold/testing/sqld'
import { afterAll, beforeAll } from 'vitest'
import { temporaryFolder } from '../../helpers/local-server.ts'
import { storeSuite } from '../suite/store-suite.ts'
import { openStore } from './libsql-open.ts'
import { createIn, startSqld, withClient } from './libsql-server.ts'

const folder = temporaryFolder()
let server: LocalServer
let emptied: LocalServer
let file: string
let files = 0

/** The other server, without what it held. */
async function emptiedServer(): Promise<string> {
  await withClient(emptied.address, (client) =>
    client.batch(
      ['commits', 'snapshots', 'command_ids'].map((table) => `DROP TABLE IF EXISTS ${table}`),
      'write',
    ),
  )
  await createIn(emptied.address)
  return emptied.address
}

async function newFile(): Promise<string> {
  files += 1
  const url = `file:${join(folder.path, `${files}.db`)}`
  await createIn(url)
  return url
}

beforeAll(async () => {
  server = await startSqld()
  emptied = await startSqld()
  await createIn(server.address)
  file = await newFile()
})

afterAll(async () => {
  await server.stop()
  await emptied.stop()
  folder.remove()
})

const url = import.meta.resolve('./libsql-open.ts')
const costs = { warm: [1, 0, 0], cold: [2, 0, 0], units: undefined } as const

storeSuite({
  row: 'libSQL, sqld',
  open: () => openStore(server.address),
  openEmpty: async () => openStore(await emptiedServer()),
  module: () => ({ url, address: server.address }),
  costs,
})

storeSuite({
  row: 'libSQL, file',
  open: () => openStore(file),
  openEmpty: async () => openStore(await newFile()),
  module: () => ({ url, address: file }),
  costs,
})
