import type { CreateTableCommandInput, UpdateTimeToLiveCommandInput } from '@aws-sdk/client-dynamodb'
import { entityIndex, expiryAttribute, listAttribute, listedAttribute } from '../stored-form.ts'

const indexAttributes = [
  { AttributeName: listAttribute, AttributeType: 'S' as const },
  { AttributeName: listedAttribute, AttributeType: 'S' as const },
]
const index = {
  IndexName: entityIndex,
  KeySchema: [
    { AttributeName: listAttribute, KeyType: 'HASH' as const },
    { AttributeName: listedAttribute, KeyType: 'RANGE' as const },
  ],
  Projection: { ProjectionType: 'KEYS_ONLY' as const },
}

/**
 * What a table for {@link dynamoDbStore} must be: text `pk` and number `sk` as its keys, billed per request,
 * with a stream of new images. The index
 * holds an item for each entity where `listEntities` is on, and costs nothing where it is off.
 */
export function tableDefinition(tableName: string): CreateTableCommandInput {
  return {
    TableName: tableName,
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
    AttributeDefinitions: [
      { AttributeName: 'pk', AttributeType: 'S' },
      { AttributeName: 'sk', AttributeType: 'N' },
      ...indexAttributes,
    ],
    GlobalSecondaryIndexes: [index],
    BillingMode: 'PAY_PER_REQUEST',
    // For consumers. Unread it costs nothing.
    StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
  }
}

/** Lets DynamoDB delete command ids that have expired; without it `dedupe: 'always'` works and ids stay. */
export function timeToLiveDefinition(tableName: string): UpdateTimeToLiveCommandInput {
  return {
    TableName: tableName,
    TimeToLiveSpecification: { AttributeName: expiryAttribute, Enabled: true },
  }
}

/** The shell command that adds the index to a table that was created without it. */
export function addIndexCommand(tableName: string): string {
  const attributes = JSON.stringify(indexAttributes)
  return `aws dynamodb update-table --table-name ${tableName} --attribute-definitions '${attributes}' --global-secondary-index-updates '${JSON.stringify([{ Create: index }])}'`
}
