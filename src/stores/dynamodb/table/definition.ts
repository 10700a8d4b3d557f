import type { CreateTableCommandInput, UpdateTimeToLiveCommandInput } from '@aws-sdk/client-dynamodb'
import { entityIndex, expiryAttribute, listAttribute, listedAttribute } from '../stored-form.ts'

/**
 * What a table for {@link dynamoDbStore} must be: text `pk` and number `sk` as its keys, billed per request. The index
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
      { AttributeName: listAttribute, AttributeType: 'S' },
      { AttributeName: listedAttribute, AttributeType: 'S' },
    ],
    GlobalSecondaryIndexes: [
      {
        IndexName: entityIndex,
        KeySchema: [
          { AttributeName: listAttribute, KeyType: 'HASH' },
          { AttributeName: listedAttribute, KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'KEYS_ONLY' },
      },
    ],
    BillingMode: 'PAY_PER_REQUEST',
  }
}

/** Lets DynamoDB delete command ids that have expired; without it `dedupe: 'always'` works and ids stay. */
export function timeToLiveDefinition(tableName: string): UpdateTimeToLiveCommandInput {
  return {
    TableName: tableName,
    TimeToLiveSpecification: { AttributeName: expiryAttribute, Enabled: true },
  }
}
