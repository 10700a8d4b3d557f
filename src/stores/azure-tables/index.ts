export type { AzureTablesConnection } from './connection.ts'
export { azureTablesJournal } from './journal.ts'
export {
  type AzureTableOptions,
  type AzureTableReport,
  createAzureTable,
  describeAzureTable,
} from './schema.ts'
export { type AzureTablesStoreOptions, azureTablesStore } from './store.ts'
