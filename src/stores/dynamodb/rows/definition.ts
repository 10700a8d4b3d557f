import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb'

/** Indexes of the table: `index1` to `index3`, for names have at least three characters. */
export const rowIndexes = 3

/** Names of an index and its attributes. */
export function indexNames(index: number): {
  readonly name: string
  readonly value: string
  readonly sort: string
} {
  const short = `i${index + 1}`
  return { name: `index${index + 1}`, value: `${short}p`, sort: `${short}s` }
}

const allIndexes = Array.from({ length: rowIndexes }, (_, index) => indexNames(index))
const text = (AttributeName: string) => ({ AttributeName, AttributeType: 'S' as const })
const keys = (hash: string, range: string) => [
  { AttributeName: hash, KeyType: 'HASH' as const },
  { AttributeName: range, KeyType: 'RANGE' as const },
]

/**
 * What a table for `dynamoDbRows` must be: text `pk` and `sk` as its keys, billed per request, and three indexes that
 * hold the rows with an entry there. An index costs nothing for other rows, and one more write unit for these.
 */
export function rowsTableDefinition(tableName: string): CreateTableCommandInput {
  return {
    TableName: tableName,
    KeySchema: keys('pk', 'sk'),
    AttributeDefinitions: ['pk', 'sk', ...allIndexes.flatMap(({ value, sort }) => [value, sort])].map(text),
    GlobalSecondaryIndexes: allIndexes.map(({ name, value, sort }) => ({
      IndexName: name,
      KeySchema: keys(value, sort),
      Projection: { ProjectionType: 'ALL' },
    })),
    BillingMode: 'PAY_PER_REQUEST',
  }
}
