import pg from 'pg'
import { createRowsSchema, createSchema, postgresJournal, postgresRows } from 'tailfold/postgres'
import type { OpenPlace, Place } from '../../system/follow/place.ts'
import { withClient } from './postgres-server.ts'

/** Tables for journal and rows, in a schema of their own. */
export async function postgresPlace(connectionString: string): Promise<Place> {
  const schema = 'follow'
  await withClient(connectionString, async (client) => {
    await createSchema(client, schema)
    await createRowsSchema(client, schema)
  })
  return { opener: import.meta.url, address: { connectionString, schema } }
}

/** Opens the tables; see `place.ts`. */
export async function open({
  connectionString,
  schema,
}: {
  readonly connectionString: string
  readonly schema: string
}): Promise<OpenPlace> {
  const client = new pg.Pool({ connectionString })
  return {
    journal: postgresJournal({ client, schema }),
    rows: postgresRows({ client, schema }),
    close: () => client.end(),
  }
}
