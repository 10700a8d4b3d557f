import { createRowsSchema, createSchema, libsqlRows, libsqlStore } from 'tailfold/libsql'
import { rowStoreConformance, storeConformance } from 'tailfold/testing'
import { describe, expect, test } from 'vitest'
import { sqliteLibsqlClient } from '../../helpers/libsql-client.ts'
import { sqliteFiles } from '../../helpers/sqlite-files.ts'

const { newFile } = sqliteFiles()

/** One file for all of a function; clients of `@libsql/client` are tried in test/clouds. */
function shared() {
  let file: string | undefined
  return async () => {
    const client = sqliteLibsqlClient((file ??= newFile()))
    await createSchema(client)
    await createRowsSchema(client)
    return client
  }
}

describe('libsqlStore keeps the store contract', () => {
  const open = (client: ReturnType<typeof sqliteLibsqlClient>) => ({
    store: libsqlStore({ client }),
    close: () => client.close(),
  })
  const openShared = shared()
  const cases = storeConformance({
    open: async () => open(await openShared()),
    openEmpty: async () => open(await shared()()),
  })
  test.for(cases)('$name', { timeout: 30_000 }, async ({ skip: reason, run }, { skip }) => {
    skip(reason !== undefined, reason)
    await expect(run()).resolves.toBeUndefined()
  })

  test('and is verified', async () => {
    const client = await shared()()
    await expect(libsqlStore({ client }).verify?.()).resolves.toBeUndefined()
    await expect(libsqlRows({ client }).verify?.()).resolves.toBeUndefined()
    client.close()
  })
})

describe('libsqlRows keeps the row-store contract', () => {
  const openShared = shared()
  const open = async () => {
    const client = await openShared()
    return { rows: libsqlRows({ client }), close: () => client.close() }
  }
  test.for(rowStoreConformance({ open }))('$name', { timeout: 30_000 }, async ({ run }) => {
    await expect(run()).resolves.toBeUndefined()
  })
})
