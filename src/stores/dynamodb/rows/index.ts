export { rowsTableDefinition } from './definition.ts'
export { type DynamoDbRowsOptions, dynamoDbRows } from './rows.ts'
export { createRowsTable, verifyRowsTable } from './table.ts'
