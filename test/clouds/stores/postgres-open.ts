import pg from 'pg'
import { postgresStore } from 'tailfold/postgres'
import type { OpenAddress } from 'tailfold/testing'

/** Opens a pool of its own on a database. */
export const openStore: OpenAddress<{
  readonly connectionString: string
  readonly schema?: string
}> = async ({ connectionString, ...schema }) => {
  const client = new pg.Pool({ connectionString, max: 4, statement_timeout: 10_000 })
  // A server that ends breaks idle connections too; the pool opens others.
  client.on('error', () => {})
  return { store: postgresStore({ client, ...schema }), close: () => client.end() }
}
