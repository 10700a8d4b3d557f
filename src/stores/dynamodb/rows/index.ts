export { type DynamoDbRowsOptions, dynamoDbRows } from './rows.ts'
export { createRowsTable, rowsTableDefinition, verifyRowsTable } from './table.ts'
