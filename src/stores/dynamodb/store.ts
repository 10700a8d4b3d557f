import {
  type ConsumedCapacity,
  type DynamoDBClient,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb'
import type { Meter } from '../../core/base/cost.ts'
import type { TailfoldError } from '../../core/base/errors.ts'
import { recordTooLarge } from '../../journal/failures.ts'
import { checkNumbers } from '../../journal/record-text.ts'
import type { Store, StoredRecord } from '../../journal/store.ts'
import { dynamoDbClient } from './client.ts'
import { cancelledBy, dynamoDbFailure, isConditionFailed, keysDiffer } from './failures.ts'
import {
  commandIdItem,
  commandIdKey,
  commitItem,
  commitItemBytes,
  commitOf,
  entityIndex,
  type Item,
  isSnapshot,
  listFields,
  listOf,
  maxItemBytes,
  maxListedBytes,
  snapshotItem,
  snapshotOf,
  snapshotSlot,
  writeUnitBytes,
} from './stored-form.ts'

/** Options of {@link dynamoDbStore}. */
export interface DynamoDbStoreOptions {
  /** The table, made by `createTable` or as `tableDefinition` says. */
  readonly tableName: string
  /** Default: a new {@link dynamoDbClient}. Another client needs timeouts of its own. Not closed by the store. */
  readonly client?: DynamoDBClient
  /**
   * Write what `keys` lists: the first commit of each entity then costs one more write unit, for the index `entities`,
   * and grows by the length of its key. Not listed are entities that began before it was switched on, and those whose id
   * has more than 1,024 characters when percent-encoded. Default false.
   */
  readonly listEntities?: boolean
}

/**
 * A store in one DynamoDB table: one request for every call, consistent reads, and no transaction but for
 * `dedupe: 'always'`, where it doubles the price of a commit and adds two write units for each id.
 * Throws `TypeError` without a table name.
 */
export function dynamoDbStore(options: DynamoDbStoreOptions): Store {
  const { tableName, client = dynamoDbClient(), listEntities = false } = options
  if (typeof tableName !== 'string' || tableName === '') {
    throw new TypeError('dynamoDbStore needs a tableName; is the environment variable that holds it set?')
  }

  const listed = (key: string, revision: number, record: StoredRecord): StoredRecord =>
    listEntities ? { ...record, ...listFields(key, revision) } : record

  async function failure(operation: string, error: unknown): Promise<TailfoldError> {
    const region = await client.config.region().catch(() => undefined)
    return dynamoDbFailure(operation, { tableName, region }, error)
  }

  async function query(
    operation: string,
    meter: Meter | undefined,
    input: Omit<QueryCommandInput, 'TableName'>,
  ) {
    const command = new QueryCommand({
      TableName: tableName,
      // An index knows no other reads than eventually consistent ones.
      ConsistentRead: input.IndexName === undefined,
      ...input,
      ...capacityAsked(meter),
    })
    const {
      Items = [],
      LastEvaluatedKey,
      ConsumedCapacity,
    } = await client.send(command).catch(async (error: unknown) => {
      throw await failure(operation, error)
    })
    meter?.({ requests: 1, readUnits: unitsOf(ConsumedCapacity), writeUnits: 0 })
    return { Items, more: LastEvaluatedKey !== undefined }
  }

  return {
    limits: { maxRecordBytes: maxItemBytes, billedBytes: writeUnitBytes },
    recordBytes: (key, revision, record) => commitItemBytes(key, revision, listed(key, revision, record)),

    async append(key, revision, record, { ids = [], meter } = {}) {
      const stored = listed(key, revision, record)
      checkSize(key, 'commit', revision, stored)
      const put = {
        TableName: tableName,
        Item: commitItem(key, revision, stored),
        ConditionExpression: 'attribute_not_exists(pk)',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
      }
      const idPuts = ids.map((id) => ({
        Put: { TableName: tableName, Item: commandIdItem(key, revision, id) },
      }))
      const asked = capacityAsked(meter)
      try {
        const { ConsumedCapacity } =
          ids.length === 0
            ? await client.send(new PutItemCommand({ ...put, ...asked }))
            : await client.send(
                new TransactWriteItemsCommand({ TransactItems: [{ Put: put }, ...idPuts], ...asked }),
              )
        meter?.({ requests: 1, readUnits: 0, writeUnits: unitsOf(ConsumedCapacity) })
        return { kind: 'appended' }
      } catch (error) {
        const item = winnerIn(error)
        if (item === undefined) throw await failure('append', error)
        if (item !== null && commitOf(item).revision !== revision) throw keysDiffer('append', tableName)
        // A condition that fails is billed as the write would have been; DynamoDB does not say so in its answer.
        meter?.({ requests: 1, readUnits: 0, writeUnits: billedUnits(key, revision, stored, ids.length) })
        return { kind: 'occupied', record: item === null ? undefined : commitOf(item).record }
      }
    },

    async findCommandId(key, commandId, { meter } = {}) {
      const { Items } = await query('find a command id', meter, {
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': { S: commandIdKey(key, commandId) } },
      })
      return Items[0] && Number(Items[0]['r']?.N)
    },

    async recover(key, limit, { meter } = {}) {
      const { Items, more } = await query('recover', meter, {
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': { S: key } },
        ScanIndexForward: false,
        Limit: limit,
      })
      const slot = Items.find(isSnapshot)
      const commits = Items.filter((item) => item !== slot).map(commitOf)
      return { snapshot: slot && snapshotOf(slot), commits, more: more && commits.at(-1)?.revision !== 1 }
    },

    async range(key, fromRevision, limit, { meter } = {}) {
      const { Items, more } = await query('read a range', meter, {
        KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
        ExpressionAttributeValues: {
          ':pk': { S: key },
          ':from': { N: String(fromRevision) },
          ':to': { N: String(snapshotSlot - 1) },
        },
        Limit: limit,
      })
      return { commits: Items.map(commitOf), more }
    },

    ...(listEntities &&
      ({
        async keys(prefix, after, limit, { meter } = {}) {
          const { Items, more } = await query('list keys', meter, {
            IndexName: entityIndex,
            KeyConditionExpression: after > prefix ? 'l = :list AND k > :after' : 'l = :list',
            ExpressionAttributeValues: {
              ':list': { S: listOf(prefix) },
              // Cut to what a key of the index may hold: no id listed stands between.
              ...(after > prefix && { ':after': { S: after.slice(prefix.length).slice(0, maxListedBytes) } }),
            },
            ProjectionExpression: 'pk',
            Limit: limit,
          })
          return { keys: Items.map((item) => String(item['pk']?.S)), more }
        },
      } satisfies Pick<Store, 'keys'>)),

    async saveSnapshot(key, snapshot, { meter } = {}) {
      const { revision, schemaVersion, record } = snapshot
      checkSize(key, 'snapshot', snapshotSlot, { ...record, sr: revision, sv: schemaVersion })
      const put = new PutItemCommand({
        TableName: tableName,
        Item: snapshotItem(key, snapshot),
        ConditionExpression: 'attribute_not_exists(pk) OR sv < :sv OR (sv = :sv AND sr <= :sr)',
        ExpressionAttributeValues: { ':sv': { N: String(schemaVersion) }, ':sr': { N: String(revision) } },
        ...capacityAsked(meter),
      })
      try {
        const { ConsumedCapacity } = await client.send(put)
        meter?.({ requests: 1, readUnits: 0, writeUnits: unitsOf(ConsumedCapacity) })
      } catch (error) {
        // A newer one is there: all is well. The refused write is billed.
        if (!isConditionFailed(error)) throw await failure('save a snapshot', error)
        const measured = { ...record, sr: revision, sv: schemaVersion }
        meter?.({ requests: 1, readUnits: 0, writeUnits: billedUnits(key, snapshotSlot, measured, 0) })
      }
    },
  }
}

function capacityAsked(meter: Meter | undefined) {
  return meter === undefined ? {} : { ReturnConsumedCapacity: 'TOTAL' as const }
}

function unitsOf(consumed: ConsumedCapacity | readonly ConsumedCapacity[] | undefined): number {
  const list = consumed === undefined ? [] : [consumed].flat()
  return list.reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0)
}

/** Write units of a commit; in a transaction, which one with command ids is, everything costs double. */
function billedUnits(key: string, revision: number, record: StoredRecord, ids: number): number {
  const units = Math.ceil(commitItemBytes(key, revision, record) / writeUnitBytes)
  return ids === 0 ? units : 2 * (units + ids)
}

/** The commit that holds the revision, `null` where DynamoDB did not return it; `undefined` for another error. */
function winnerIn(error: unknown): Item | null | undefined {
  if (isConditionFailed(error)) return error.Item ?? null
  const reason = cancelledBy(error)
  return reason?.Code === 'ConditionalCheckFailed' ? (reason.Item ?? null) : undefined
}

function checkSize(key: string, what: 'commit' | 'snapshot', revision: number, record: StoredRecord): void {
  checkNumbers(record)
  const bytes = commitItemBytes(key, revision, record)
  if (bytes > maxItemBytes) throw recordTooLarge(key, what, bytes, maxItemBytes)
}
