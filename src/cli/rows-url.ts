import { existsSync } from 'node:fs'
import type { RowStore } from '../journal/row-store.ts'
import { UsageError } from './command-line.ts'
import type { StoreUrl } from './store-url.ts'

/** A row store that a command has opened, and has to close. */
export interface OpenedRows {
  readonly rows: RowStore
  close(): void | Promise<void>
}

/** Opens the rows beside a store. Throws {@link UsageError} where there are none. */
export async function openRows(url: StoreUrl): Promise<OpenedRows> {
  if (url.kind !== 'sqlite')
    throw new UsageError('Positions of consumers are read from SQLite files: --store sqlite:<path>.')
  if (!existsSync(url.file)) throw new UsageError(`There is no file ${url.file}.`)
  const { sqliteRows } = await import('../stores/sqlite/rows.ts')
  const rows = sqliteRows({ file: url.file })
  return { rows, close: () => rows.close() }
}
