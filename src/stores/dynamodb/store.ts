import { checkNames, type OptionNames } from '../../core/base/check-options.ts'
import type { KeyValueJournalOptions } from '../../journal/key-value-journal.ts'
import { type DynamoDBClient, PutItemCommand, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb'
import { recordTooLarge } from '../../journal/failures.ts'
import { checkNumbers } from '../../journal/record-text.ts'
import type { Store, StoredRecord } from '../../journal/store.ts'
import { dynamoDbClient } from './client.ts'
import { keysDiffer } from './failures.ts'
import { tableRequests } from './requests.ts'
import {
  commandIdItem,
  commandIdKey,
  commitItem,
  commitItemBytes,
  commitOf,
  entityIndex,
  excessiveBytes,
  keyRange,
  listFields,
  listOf,
  maxItemBytes,
  maxListedBytes,
  snapshotFields,
  snapshotOf,
  snapshotSlot,
  writeUnitBytes,
} from './stored-form.ts'
import { checkTableName } from './table-name.ts'
import type { verifyTable } from './table/verify.ts'
import { truncate } from './truncate.ts'

/** Options of {@link dynamoDbStore}. */
export interface DynamoDbStoreOptions {
  /** The table, made by `createTable` or as `tableDefinition` says. */
  readonly tableName: string
  /** Default: a new {@link dynamoDbClient}. Another client needs timeouts of its own. Not closed by the store. */
  readonly client?: DynamoDBClient
  /**
   * Write what `keys` lists: the first commit of each entity then costs one more write unit, for the index `entities`,
   * and grows by the length of its key. Entities that began before it was switched on are not listed, nor are those whose
   * id has more than 1,024 characters when percent-encoded. Default false.
   */
  readonly listEntities?: boolean
}

/** Those of the journal over it are given in the same object. */
const optionNames: OptionNames<DynamoDbStoreOptions & KeyValueJournalOptions> = {
  tableName: true,
  client: true,
  listEntities: true,
  inlineState: true,
  maxInflatedBytes: true,
}

/**
 * A store in one DynamoDB table: one request for every call except `truncate` and `verify`, consistent reads, and
 * transactions only for `dedupe: 'always'`, where a commit costs twice as much and each id two write units.
 * Throws `TypeError` without a table name.
 */
export function dynamoDbStore(options: DynamoDbStoreOptions): Store {
  checkNames('dynamoDbJournal', options, optionNames)
  const { tableName, client = dynamoDbClient(), listEntities = false } = options
  checkTableName('dynamoDbJournal and dynamoDbStore need', tableName)
  const requests = tableRequests({ client, tableName })
  const { query, write } = requests

  const listed = (key: string, revision: number, record: StoredRecord): StoredRecord =>
    listEntities && revision === 1 ? { ...record, ...listFields(key, revision) } : record

  return {
    limits: { maxRecordBytes: maxItemBytes, billedBytes: writeUnitBytes, maxCommandIds: 99 },
    units: { read: 'read unit', write: 'write unit' },
    recordBytes: (key, revision, record) => commitItemBytes(key, revision, listed(key, revision, record)),

    async append(key, revision, record, request = {}) {
      const { ids = [] } = request
      const stored = listed(key, revision, record)
      checkRecord(key, 'commit', revision, stored)
      const put = {
        TableName: tableName,
        Item: commitItem(key, revision, stored),
        ConditionExpression: 'attribute_not_exists(pk)',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
      }
      const idPuts = ids.map((id) => ({
        Put: { TableName: tableName, Item: commandIdItem(key, revision, id) },
      }))
      const command =
        ids.length === 0
          ? new PutItemCommand(put)
          : new TransactWriteItemsCommand({ TransactItems: [{ Put: put }, ...idPuts] })
      const found = await write('append', command, request, () =>
        billedUnits(key, revision, stored, ids.length),
      )
      if (found === 'written') return { kind: 'appended' }
      const winner = found && commitOf(found)
      if (winner && winner.revision !== revision) throw keysDiffer('append', tableName)
      return { kind: 'occupied', record: winner?.record }
    },

    async findCommandId(key, commandId, request = {}) {
      const values = { ':pk': { S: commandIdKey(key, commandId) } }
      const input = { KeyConditionExpression: 'pk = :pk', ExpressionAttributeValues: values }
      const { items } = await query('find a command id', input, request)
      return items[0] && Number(items[0]['r']?.N)
    },

    async recover(key, limit, request = {}) {
      const input = {
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': { S: key } },
        ScanIndexForward: false,
        Limit: limit,
      }
      const { items, more } = await query('recover', input, request)
      const snapshot = items[0] && snapshotOf(items[0])
      const commits = (snapshot ? items.slice(1) : items).map(commitOf)
      return { snapshot, commits, more: more && commits.at(-1)?.revision !== 1 }
    },

    async range(key, fromRevision, limit, request = {}) {
      const input = {
        KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
        ExpressionAttributeValues: keyRange(key, fromRevision, snapshotSlot - 1),
        Limit: limit,
      }
      const { items, more } = await query('read a range', input, request)
      return { commits: items.map(commitOf), more }
    },

    ...(listEntities &&
      ({
        async keys(prefix, after, limit, request = {}) {
          if (listOf(prefix) === '')
            throw new TypeError('A table lists only entities of one type; dynamoDbScan is a feed of all.')
          const input = {
            IndexName: entityIndex,
            KeyConditionExpression: after > prefix ? 'l = :list AND k > :after' : 'l = :list',
            ExpressionAttributeValues: {
              ':list': { S: listOf(prefix) },
              // Cut to what a key of the index may hold: no listed id is in between.
              ...(after > prefix && { ':after': { S: after.slice(prefix.length).slice(0, maxListedBytes) } }),
            },
            ProjectionExpression: 'pk',
            Limit: limit,
          }
          const { items, more } = await query('list keys', input, request)
          return { keys: items.map((item) => String(item['pk']?.S)), more }
        },
      } satisfies Pick<Store, 'keys'>)),

    async saveSnapshot(key, snapshot, request = {}) {
      const { revision, schemaVersion } = snapshot
      const fields = snapshotFields(snapshot)
      checkRecord(key, 'snapshot', snapshotSlot, fields)
      const command = new PutItemCommand({
        TableName: tableName,
        Item: commitItem(key, snapshotSlot, fields),
        ConditionExpression: 'attribute_not_exists(pk) OR sv < :sv OR (sv = :sv AND sr <= :sr)',
        ExpressionAttributeValues: { ':sv': { N: String(schemaVersion) }, ':sr': { N: String(revision) } },
      })
      // Where the condition does not hold, a newer snapshot is there, which stays.
      await write('save a snapshot', command, request, () => billedUnits(key, snapshotSlot, fields, 0))
    },

    truncate: (key, lastRevision, request = {}) => truncate(requests, tableName, key, lastRevision, request),

    async verify() {
      const tools = (await import(/* webpackIgnore: true */ thisPackage)) as {
        verifyTable: typeof verifyTable
      }
      await tools.verifyTable(client, tableName, { access: true, listEntities })
    },
  }
}

/** By a name that bundlers do not follow: verification is 6 KB of a bundle, and no function calls it. */
const thisPackage: string = 'tailfold/dynamodb'

/** Write units of a commit; in a transaction, which one with command ids is, everything costs double. */
function billedUnits(key: string, revision: number, record: StoredRecord, ids: number): number {
  const units = Math.ceil(commitItemBytes(key, revision, record) / writeUnitBytes)
  return ids === 0 ? units : 2 * (units + ids)
}

function checkRecord(key: string, what: 'commit' | 'snapshot', revision: number, record: StoredRecord): void {
  checkNumbers(record)
  const bytes = excessiveBytes(key, revision, record)
  if (bytes !== undefined) throw recordTooLarge(key, what, bytes, maxItemBytes)
}
