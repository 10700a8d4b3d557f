import { RemovalPolicy } from 'aws-cdk-lib'
import { AttributeType, BillingMode, ProjectionType, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb'
import type { Construct } from 'constructs'

const text = (name: string) => ({ name, type: AttributeType.STRING })

/** The indexes of a table of rows. entity-api.test.ts holds the table against rowsTableDefinition() of tailfold/dynamodb/rows. */
export const rowIndexes: ReadonlyArray<{ readonly indexName: string; readonly short: string }> = [
  { indexName: 'index1', short: 'i1' },
  { indexName: 'index2', short: 'i2' },
  { indexName: 'index3', short: 'i3' },
]

/** A table for the rows and positions of consumers and views. */
export function rowsTable(scope: Construct, tableName: string, keep: boolean): Table {
  const table = new Table(scope, 'Rows', {
    tableName,
    partitionKey: text('pk'),
    sortKey: text('sk'),
    billingMode: BillingMode.PAY_PER_REQUEST,
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    timeToLiveAttribute: 'x',
    encryption: TableEncryption.AWS_MANAGED,
    deletionProtection: keep,
    removalPolicy: keep ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
  })
  for (const { indexName, short } of rowIndexes)
    table.addGlobalSecondaryIndex({
      indexName,
      partitionKey: text(`${short}p`),
      sortKey: text(`${short}s`),
      projectionType: ProjectionType.ALL,
    })
  return table
}
