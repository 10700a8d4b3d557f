import { type DynamoDBClient, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb'
import { storeFailure } from '../../../core/base/failures.ts'
import { isConditionFailed } from '../failures.ts'
import { tableFindings } from './findings.ts'
import { askAboutTable, readTable } from './request.ts'

/** What {@link verifyTable} looks at besides the table's description. */
export interface VerifyTableOptions {
  /**
   * Try a read and a write as well, with the caller's own permissions: a query that finds nothing, and a put whose
   * condition cannot hold. Nothing is written; costs one read unit and one write unit. Default false.
   */
  readonly access?: boolean
}

const operation = 'verify a table'

/**
 * Throws `store-unavailable` unless the table is there with the keys it must have, in use, and without eventually
 * consistent replicas; the message names what differs and what to do. One request, which needs the permission
 * `dynamodb:DescribeTable`: for deployments and local servers. A function that is called does not have it, nor need it.
 */
export async function verifyTable(
  client: DynamoDBClient,
  tableName: string,
  { access = false }: VerifyTableOptions = {},
): Promise<void> {
  const table = await readTable(client, tableName, operation)
  const wrong = tableFindings(table).find(({ kind }) => kind === 'wrong')
  if (wrong !== undefined) {
    const why = `table ${tableName} ${wrong.what}; ${wrong.fix}`
    throw storeFailure(operation, why, { applied: 'no', retryable: false })
  }
  if (access) await tryAccess(client, tableName)
}

/** No entity's key holds `//`. */
const absent = { pk: { S: '//verify' }, sk: { N: '0' } }

async function tryAccess(client: DynamoDBClient, tableName: string): Promise<void> {
  const query = new QueryCommand({
    TableName: tableName,
    KeyConditionExpression: 'pk = :pk',
    ExpressionAttributeValues: { ':pk': absent.pk },
    ConsistentRead: true,
    Limit: 1,
  })
  const put = new PutItemCommand({
    TableName: tableName,
    Item: absent,
    ConditionExpression: 'attribute_exists(pk)',
  })
  await askAboutTable(client, tableName, 'read a table', () => client.send(query))
  await askAboutTable(client, tableName, 'write to a table', async () => {
    try {
      await client.send(put)
    } catch (error) {
      if (!isConditionFailed(error)) throw error
    }
  })
}
