import '../../node-version.ts'

export { type SqliteJournal, sqliteJournal } from './journal.ts'
export { type SqliteRows, type SqliteRowsOptions, sqliteRows } from './rows.ts'
export { type SqliteStore, type SqliteStoreOptions, sqliteStore } from './store.ts'
