import type { DynamoDBClient, TableDescription } from '@aws-sdk/client-dynamodb'
import { createAndVerify } from '../table/create.ts'
import { keysOf, readTable, unfitTable } from '../table/verify.ts'
import { rowsTableDefinition } from './definition.ts'

/**
 * Creates the table of rows if it does not exist, and waits until it is active; several may call it at once. Of an existing
 * table only the time to live is changed. Throws `store-unavailable` when it cannot, or when the existing table is unfit.
 */
export function createRowsTable(
  client: DynamoDBClient,
  tableName: string,
): Promise<{ readonly created: boolean }> {
  return createAndVerify({ client, tableName }, rowsTableDefinition(tableName), verifyRowsTable)
}

/** Throws `store-unavailable` unless the table has the keys and indexes that rows need, with what differs. One request. */
export async function verifyRowsTable(client: DynamoDBClient, tableName: string): Promise<void> {
  const operation = 'verify a table of rows'
  const problem = rowsProblem(await readTable(operation, { client, tableName }))
  if (problem !== undefined) throw unfitTable(operation, tableName, problem)
}

function rowsProblem({ KeySchema, AttributeDefinitions, GlobalSecondaryIndexes = [] }: TableDescription) {
  const advice = 'name another table, or create one with `npx tailfold table create --rows`'
  const expected = rowsTableDefinition('')
  const actualKeys = keysOf({ KeySchema, AttributeDefinitions })
  const expectedKeys = keysOf(expected)
  if (actualKeys !== expectedKeys) return `has ${actualKeys}, but needs ${expectedKeys}; ${advice}`
  for (const { IndexName, KeySchema: indexKeys } of expected.GlobalSecondaryIndexes ?? []) {
    const index = GlobalSecondaryIndexes.find((each) => each.IndexName === IndexName)
    const needed = keysOf({ KeySchema: indexKeys, AttributeDefinitions: expected.AttributeDefinitions })
    const found = index && keysOf({ KeySchema: index.KeySchema, AttributeDefinitions })
    if (found !== needed)
      return `has ${found ?? 'no keys'}, but needs ${needed}, as keys of its index ${IndexName}; ${advice}`
  }
  return undefined
}
