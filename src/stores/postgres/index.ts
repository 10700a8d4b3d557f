export type { PostgresClient, PostgresRow } from './client.ts'
export { postgresJournal } from './journal.ts'
export { createSchema, describeSchema, type SchemaReport, schemaSql } from './schema.ts'
export { type PostgresStoreOptions, postgresStore } from './store.ts'
