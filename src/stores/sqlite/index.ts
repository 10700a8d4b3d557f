import '../../node-version.ts'

export type { SqliteConnection } from './connection.ts'
export { type SqliteJournal, sqliteJournal } from './journal.ts'
export {
  type SqliteRows,
  type SqliteRowsFileOptions,
  type SqliteRowsOptions,
  type SqliteSharedRowsOptions,
  sqliteRows,
} from './rows.ts'
export { type SqliteStore, type SqliteStoreOptions, sqliteStore } from './store.ts'
