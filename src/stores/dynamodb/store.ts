import {
  type DynamoDBClient,
  PutItemCommand,
  QueryCommand,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb'
import type { TailfoldError } from '../../core/errors.ts'
import { recordTooLarge } from '../../journal/failures.ts'
import type { Store, StoredRecord } from '../../journal/store.ts'
import { dynamoDbClient } from './client.ts'
import { cancelledBy, dynamoDbFailure, isConditionFailed } from './failures.ts'
import {
  commandIdItem,
  commandIdKey,
  commitItem,
  commitItemBytes,
  commitOf,
  type Item,
  isSnapshot,
  maxItemBytes,
  snapshotItem,
  snapshotOf,
  snapshotSlot,
  writeUnitBytes,
} from './item.ts'

/** Options of {@link dynamoDbStore}. */
export interface DynamoDbStoreOptions {
  /** The table, made by `createTable` or as `tableDefinition` says. */
  readonly tableName: string
  /** Default: a new {@link dynamoDbClient}. Another client needs timeouts of its own. Not closed by the store. */
  readonly client?: DynamoDBClient
}

/**
 * A store in one DynamoDB table: one request for every call, consistent reads, and no transaction but for
 * `dedupe: 'always'`, where it doubles the price of a commit and adds two write units for each id.
 * Throws `TypeError` without a table name.
 */
export function dynamoDbStore({ tableName, client = dynamoDbClient() }: DynamoDbStoreOptions): Store {
  if (typeof tableName !== 'string' || tableName === '') {
    throw new TypeError('dynamoDbStore needs a tableName; is the environment variable that holds it set?')
  }

  async function failure(operation: string, error: unknown): Promise<TailfoldError> {
    const region = await client.config.region().catch(() => undefined)
    return dynamoDbFailure(operation, { tableName, region }, error)
  }

  return {
    limits: { maxRecordBytes: maxItemBytes, billedBytes: writeUnitBytes },
    recordBytes: commitItemBytes,

    async append(key, revision, record, ids = []) {
      checkSize(key, 'commit', revision, record)
      const put = {
        TableName: tableName,
        Item: commitItem(key, revision, record),
        ConditionExpression: 'attribute_not_exists(pk)',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
      }
      const idPuts = ids.map((id) => ({
        Put: { TableName: tableName, Item: commandIdItem(key, revision, id) },
      }))
      try {
        if (ids.length === 0) await client.send(new PutItemCommand(put))
        else await client.send(new TransactWriteItemsCommand({ TransactItems: [{ Put: put }, ...idPuts] }))
        return { kind: 'appended' }
      } catch (error) {
        const item = winnerIn(error)
        if (item === undefined) throw await failure('append', error)
        return { kind: 'occupied', record: item === null ? undefined : commitOf(item).record }
      }
    },

    async findCommandId(key, commandId) {
      const query = new QueryCommand({
        TableName: tableName,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': { S: commandIdKey(key, commandId) } },
        ConsistentRead: true,
      })
      const { Items = [] } = await client.send(query).catch(async (error: unknown) => {
        throw await failure('find a command id', error)
      })
      return Items[0] && Number(Items[0]['r']?.N)
    },

    async recover(key, limit) {
      const query = new QueryCommand({
        TableName: tableName,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': { S: key } },
        ScanIndexForward: false,
        ConsistentRead: true,
        Limit: limit,
      })
      const { Items = [], LastEvaluatedKey } = await client.send(query).catch(async (error: unknown) => {
        throw await failure('recover', error)
      })
      const slot = Items.find(isSnapshot)
      const commits = Items.filter((item) => item !== slot).map(commitOf)
      const oldest = commits.at(-1)?.revision
      return {
        snapshot: slot && snapshotOf(slot),
        commits,
        more: LastEvaluatedKey !== undefined && oldest !== 1,
      }
    },

    async range(key, fromRevision, limit) {
      const query = new QueryCommand({
        TableName: tableName,
        KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
        ExpressionAttributeValues: {
          ':pk': { S: key },
          ':from': { N: String(fromRevision) },
          ':to': { N: String(snapshotSlot - 1) },
        },
        ConsistentRead: true,
        Limit: limit,
      })
      const { Items = [], LastEvaluatedKey } = await client.send(query).catch(async (error: unknown) => {
        throw await failure('read a range', error)
      })
      return { commits: Items.map(commitOf), more: LastEvaluatedKey !== undefined }
    },

    async saveSnapshot(key, snapshot) {
      const { revision, schemaVersion, record } = snapshot
      checkSize(key, 'snapshot', snapshotSlot, { ...record, sr: revision, sv: schemaVersion })
      const put = new PutItemCommand({
        TableName: tableName,
        Item: snapshotItem(key, snapshot),
        ConditionExpression: 'attribute_not_exists(pk) OR sv < :sv OR (sv = :sv AND sr < :sr)',
        ExpressionAttributeValues: { ':sv': { N: String(schemaVersion) }, ':sr': { N: String(revision) } },
      })
      try {
        await client.send(put)
      } catch (error) {
        // A newer one is there: all is well.
        if (!isConditionFailed(error)) throw await failure('save a snapshot', error)
      }
    },
  }
}

/** The commit that holds the revision, `null` where DynamoDB did not return it; `undefined` for another error. */
function winnerIn(error: unknown): Item | null | undefined {
  if (isConditionFailed(error)) return error.Item ?? null
  const reason = cancelledBy(error)
  return reason?.Code === 'ConditionalCheckFailed' ? (reason.Item ?? null) : undefined
}

function checkSize(key: string, what: 'commit' | 'snapshot', revision: number, record: StoredRecord): void {
  const bytes = commitItemBytes(key, revision, record)
  if (bytes > maxItemBytes) throw recordTooLarge(key, what, bytes, maxItemBytes)
}
