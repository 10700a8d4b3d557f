import pg from 'pg'
import { createSchema } from 'tailfold/postgres'
import { type LocalServer, startPostgresLocal } from 'tailfold/testing/postgres-local'

/** Starts the server of the npm package, or in a folder that it keeps. */
export function startPostgres(folder?: string): Promise<LocalServer> {
  return startPostgresLocal({ packagesFrom: import.meta.url, ...(folder !== undefined && { folder }) })
}

/** Uses a client that is closed afterwards. */
export async function withClient<Answer>(
  connectionString: string,
  use: (client: pg.Pool) => Promise<Answer>,
): Promise<Answer> {
  const client = new pg.Pool({ connectionString })
  // A server that ends breaks idle connections too.
  client.on('error', () => {})
  try {
    return await use(client)
  } finally {
    await client.end()
  }
}

/** Creates the tables. */
export function createIn(connectionString: string, schema?: string): Promise<void> {
  return withClient(connectionString, (client) => createSchema(client, schema))
}
