export type { LibsqlClient, LibsqlResult } from './client.ts'
export { libsqlJournal } from './journal.ts'
export { libsqlRows, type LibsqlRowsOptions } from './rows.ts'
export {
  createRowsSchema,
  createSchema,
  describeSchema,
  rowsSchemaSql,
  type SchemaReport,
  schemaSql,
} from './schema.ts'
export { libsqlStore, type LibsqlStoreOptions } from './store.ts'
