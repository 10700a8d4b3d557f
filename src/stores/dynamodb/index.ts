export { type DynamoDbClientOptions, dynamoDbClient } from './client.ts'
export { dynamoDbJournal } from './journal.ts'
export { type DynamoDbStoreOptions, dynamoDbStore } from './store.ts'
export { createTable, tableDefinition, verifyTable } from './table.ts'
