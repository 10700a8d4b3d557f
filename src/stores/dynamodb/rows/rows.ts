import { checkNames } from '../../../core/base/check-options.ts'
import { setTimeout as delay } from 'node:timers/promises'
import type { ConsumedCapacity, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import {
  BatchGetCommand,
  type BatchGetCommandOutput,
  BatchWriteCommand,
  type BatchWriteCommandOutput,
  DynamoDBDocumentClient,
  PutCommand,
  QueryCommand,
  ScanCommand,
  TransactWriteCommand,
} from '@aws-sdk/lib-dynamodb'
import type { RequestOptions } from '../../../core/base/cost.ts'
import { queryCursor, rowPage, scanPlace } from '../../../journal/row-page.ts'
import type { RowLimits, RowPage, RowStore, StoredRow } from '../../../journal/row-store.ts'
import { checkRowKeys, checkRowWrites } from '../../../journal/row-text.ts'
import { dynamoDbClient } from '../client.ts'
import { checkTableName } from '../table-name.ts'
import { dynamoDbFailure, isConditionCancelled, isConditionFailed } from '../failures.ts'
import { maxItemBytes, writeUnitBytes } from '../stored-form.ts'
import { rowIndexes } from './definition.ts'
import {
  conditionOf,
  itemBytes,
  keyCondition,
  keyOf,
  type RowItem,
  rowItem,
  rowOf,
  rowSortKey,
  startOfQuery,
} from './row-form.ts'
import { verifyRowsTable } from './table.ts'

/** Options of {@link dynamoDbRows}. */
export interface DynamoDbRowsOptions {
  /** The table, made by `createRowsTable` or as `rowsTableDefinition` says. Not that of a journal. */
  readonly tableName: string
  /** Default: a new `dynamoDbClient`. Another client needs timeouts of its own. Not closed by the store. */
  readonly client?: DynamoDBClient
}

/** Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html, API_TransactWriteItems.html */
const limits: RowLimits = { reads: 100, writes: 100, maxRowBytes: maxItemBytes, indexes: rowIndexes }

/** Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html */
const maxBatchWrites = 25

/** Pauses before what DynamoDB left of a batch is asked for again. */
const firstPauseMs = 20
const longestPauseMs = 1_000

/** Values are plain JSON, whose numbers are JavaScript's. */
const translation = {
  marshallOptions: { removeUndefinedValues: true, allowImpreciseNumbers: true },
  unmarshallOptions: { wrapNumbers: (text: string) => Number(text) },
}

/**
 * Rows in a DynamoDB table of their own. Reading costs half a read unit a key with `'eventual'`, one otherwise; a row costs
 * a write unit for every KB, one more in each of its indexes, and twice as much in a write of several rows. Values nest at
 * most 30 levels deep. Makes no request by itself. Throws `TypeError` without a table name.
 */
export function dynamoDbRows(options: DynamoDbRowsOptions): RowStore {
  checkNames('dynamoDbRows', options, { tableName: true, client: true })
  const { tableName, client = dynamoDbClient() } = options
  checkTableName('dynamoDbRows needs', tableName)
  const documents = DynamoDBDocumentClient.from(client, translation)
  const ReturnConsumedCapacity = 'TOTAL' as const

  /** Sends a request. `refused` tells the units of a write whose condition failed, which it then resolves to `undefined`. */
  async function send<
    Answer extends { ConsumedCapacity?: ConsumedCapacity | ConsumedCapacity[] | undefined },
  >(
    operation: string,
    { meter, signal }: RequestOptions,
    unit: 'readUnits' | 'writeUnits',
    ask: (options: { readonly abortSignal?: AbortSignal }) => Promise<Answer>,
    refused?: () => number,
  ): Promise<Answer | undefined> {
    const cost = { requests: 1, readUnits: 0, writeUnits: 0 }
    try {
      const answer = await ask(signal === undefined ? {} : { abortSignal: signal })
      const consumed = [answer.ConsumedCapacity ?? []].flat()
      meter?.({ ...cost, [unit]: consumed.reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0) })
      return answer
    } catch (error) {
      const isRefused = refused !== undefined && (isConditionFailed(error) || isConditionCancelled(error))
      meter?.({ ...cost, ...(isRefused && { [unit]: refused() }) })
      if (isRefused) return undefined
      throw await dynamoDbFailure(operation, { client, tableName }, error, signal)
    }
  }

  async function page(
    operation: string,
    request: RequestOptions,
    limit: number,
    ask: (options: { readonly abortSignal?: AbortSignal }) => ReturnType<typeof sendQuery>,
    cursorOf: (last: Pick<StoredRow, 'key' | 'indexes'>) => string,
  ): Promise<RowPage> {
    const answer = await send(operation, request, 'readUnits', ask)
    const last = answer?.LastEvaluatedKey
    const found = (answer?.Items ?? []).map(rowOf)
    const sized = found.map((row) => ({ row, size: JSON.stringify(row.value ?? null).length }))
    const page = rowPage(sized, limit, cursorOf)
    // The end of DynamoDB's page is further than its last row where rows were filtered out.
    if (page.cursor !== undefined || last === undefined) return page
    return { ...page, cursor: cursorOf(keyOf(last)) }
  }

  const sendQuery = (input: QueryCommand, given: { readonly abortSignal?: AbortSignal }) =>
    documents.send(input, given)

  return {
    limits,

    async get(keys, request = {}) {
      checkRowKeys(keys, limits.reads)
      const found = new Map<string, RowItem>()
      let left: readonly Record<string, unknown>[] = keys.map((pk) => ({ pk, sk: rowSortKey }))
      for (let pauseMs = firstPauseMs; left.length > 0; pauseMs = Math.min(longestPauseMs, 2 * pauseMs)) {
        const table = { Keys: [...left], ConsistentRead: request.consistency !== 'eventual' }
        const command = new BatchGetCommand({ RequestItems: { [tableName]: table }, ReturnConsumedCapacity })
        const answer: BatchGetCommandOutput | undefined = await send(
          'read rows',
          request,
          'readUnits',
          (given) => documents.send(command, given),
        )
        for (const item of answer?.Responses?.[tableName] ?? []) found.set(String(item['pk']), item)
        left = answer?.UnprocessedKeys?.[tableName]?.Keys ?? []
        if (left.length > 0) await pause(pauseMs, request)
      }
      return keys.map((key) => {
        const item = found.get(key)
        return item && rowOf(item)
      })
    },

    async write(writes, request = {}) {
      checkRowWrites(writes, limits)
      const puts = writes.map((write) => ({
        TableName: tableName,
        Item: rowItem(write.row),
        ...conditionOf(write),
      }))
      const [first] = puts
      if (first === undefined) return true
      const units = puts.reduce((sum, { Item }) => sum + Math.ceil(itemBytes(Item) / writeUnitBytes), 0)
      const answer =
        puts.length === 1
          ? await send(
              'write a row',
              request,
              'writeUnits',
              (given) => documents.send(new PutCommand({ ...first, ReturnConsumedCapacity }), given),
              () => units,
            )
          : await send(
              'write rows',
              request,
              'writeUnits',
              (given) => {
                const TransactItems = puts.map((Put) => ({ Put }))
                return documents.send(
                  new TransactWriteCommand({ TransactItems, ReturnConsumedCapacity }),
                  given,
                )
              },
              () => 2 * units,
            )
      return answer !== undefined
    },

    async query(query, request = {}) {
      if (query.index >= limits.indexes || query.index < 0)
        throw new TypeError(`There is no index ${query.index}; this store has ${limits.indexes}, from 0 on.`)
      const command = new QueryCommand({
        TableName: tableName,
        ...keyCondition(query),
        ScanIndexForward: query.order !== 'descending',
        Limit: query.limit,
        ReturnConsumedCapacity,
        ...startOfQuery(query),
      })
      const cursorOf = (last: Parameters<typeof queryCursor>[1]) => queryCursor(query, last)
      return page('list rows', request, query.limit, (given) => sendQuery(command, given), cursorOf)
    },

    async scan(prefix, cursor, limit, request = {}) {
      const after = scanPlace(cursor)
      const command = new ScanCommand({
        TableName: tableName,
        Limit: limit,
        ConsistentRead: true,
        ReturnConsumedCapacity,
        ...(prefix !== '' && {
          FilterExpression: 'begins_with(pk, :prefix)',
          ExpressionAttributeValues: { ':prefix': prefix },
        }),
        ...(after !== undefined && { ExclusiveStartKey: { pk: after, sk: rowSortKey } }),
      })
      const send = (given: { readonly abortSignal?: AbortSignal }) => documents.send(command, given)
      return page('scan rows', request, limit, send, ({ key }) => key)
    },

    async remove(keys, request = {}) {
      checkRowKeys(keys, limits.writes)
      for (let start = 0; start < keys.length; start += maxBatchWrites) {
        type Requests = NonNullable<BatchWriteCommandOutput['UnprocessedItems']>[string]
        let left: Requests = keys
          .slice(start, start + maxBatchWrites)
          .map((pk) => ({ DeleteRequest: { Key: { pk, sk: rowSortKey } } }))
        for (let pauseMs = firstPauseMs; left.length > 0; pauseMs = Math.min(longestPauseMs, 2 * pauseMs)) {
          const command = new BatchWriteCommand({
            RequestItems: { [tableName]: left },
            ReturnConsumedCapacity,
          })
          const answer: BatchWriteCommandOutput | undefined = await send(
            'remove rows',
            request,
            'writeUnits',
            (given) => documents.send(command, given),
          )
          left = answer?.UnprocessedItems?.[tableName] ?? []
          if (left.length > 0) await pause(pauseMs, request)
        }
      }
    },

    verify: () => verifyRowsTable(client, tableName),
  }
}

async function pause(ms: number, { signal }: RequestOptions): Promise<void> {
  await delay(ms / 2 + (Math.random() * ms) / 2, undefined, signal && { signal })
}
