import { createClient } from '@libsql/client'
import { libsqlStore } from 'tailfold/libsql'
import type { OpenAddress } from 'tailfold/testing'

/** Opens a client of its own on a database. */
export const openStore: OpenAddress<string> = async (url) => {
  const client = createClient({ url, timeout: 5_000 })
  return { store: libsqlStore({ client }), close: () => client.close() }
}
