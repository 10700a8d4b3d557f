import { existsSync } from 'node:fs'
import type { RowStore } from '../journal/row-store.ts'
import { UsageError } from './command-line.ts'
import { clientOptions } from './dynamodb.ts'
import type { StoreUrl } from './store-url.ts'

/** A row store that a command has opened, and has to close. */
export interface OpenedRows {
  readonly rows: RowStore
  close(): void | Promise<void>
}

/**
 * Opens the rows beside a store: in the same SQLite file, or in the DynamoDB table that the url names as `rows`, by default
 * `<table>-rows`. Throws {@link UsageError} where there is no file.
 */
export async function openRows(url: StoreUrl, env: NodeJS.ProcessEnv): Promise<OpenedRows> {
  if (url.kind === 'sqlite') {
    if (!existsSync(url.file)) throw new UsageError(`There is no file ${url.file}.`)
    const { sqliteRows } = await import('../stores/sqlite/rows.ts')
    const rows = sqliteRows({ file: url.file })
    return { rows, close: () => rows.close() }
  }
  const { dynamoDbClient } = await import('../stores/dynamodb/client.ts')
  const { dynamoDbRows } = await import('../stores/dynamodb/rows/rows.ts')
  const client = dynamoDbClient(clientOptions(url, env))
  return {
    rows: dynamoDbRows({ tableName: url.rowsTable ?? `${url.tableName}-rows`, client }),
    close: () => client.destroy(),
  }
}
