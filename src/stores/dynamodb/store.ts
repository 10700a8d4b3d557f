import { type DynamoDBClient, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb'
import type { TailfoldError } from '../../core/errors.ts'
import { recordTooLarge } from '../../journal/failures.ts'
import type { Store, StoredRecord } from '../../journal/store.ts'
import { dynamoDbClient } from './client.ts'
import { dynamoDbFailure, isConditionFailed } from './failures.ts'
import {
  commitItem,
  commitItemBytes,
  commitOf,
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
 * A store in one DynamoDB table: one request for every call, no transactions, consistent reads.
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

    async append(key, revision, record) {
      checkSize(key, 'commit', revision, record)
      const put = new PutItemCommand({
        TableName: tableName,
        Item: commitItem(key, revision, record),
        ConditionExpression: 'attribute_not_exists(pk)',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      })
      try {
        await client.send(put)
        return { kind: 'appended' }
      } catch (error) {
        if (!isConditionFailed(error)) throw await failure('append', error)
        return { kind: 'occupied', record: error.Item && commitOf(error.Item).record }
      }
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

function checkSize(key: string, what: 'commit' | 'snapshot', revision: number, record: StoredRecord): void {
  const bytes = commitItemBytes(key, revision, record)
  if (bytes > maxItemBytes) throw recordTooLarge(key, what, bytes, maxItemBytes)
}
