import {
  type ConsumedCapacity,
  type DeleteItemCommand,
  type PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
  type TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb'
import type { RequestOptions } from '../../core/base/cost.ts'
import { cancelledBy, dynamoDbFailure, isConditionFailed, type Target } from './failures.ts'
import type { Item } from './stored-form.ts'

/** Requests to the items of one table: metered whatever becomes of them, and rejected with `store-unavailable`. */
export interface TableRequests {
  /** One page of a query; consistent unless it is of an index. `operation` completes "The store could not …". */
  query(
    operation: string,
    input: Omit<QueryCommandInput, 'TableName'>,
    request: RequestOptions,
  ): Promise<{ readonly items: readonly Item[]; readonly more: boolean }>
  /**
   * A write. Resolves with `'written'`, or with the item that its condition did not allow, as far as it was asked for.
   * `billed` tells the write units of a condition that fails, which DynamoDB bills like the write and does not report.
   */
  write(
    operation: string,
    command: PutItemCommand | DeleteItemCommand | TransactWriteItemsCommand,
    request: RequestOptions,
    billed?: () => number,
  ): Promise<'written' | Item | undefined>
}

/** Opens a table. */
export function tableRequests(target: Target): TableRequests {
  const { client, tableName } = target
  return {
    async query(operation, input, { meter, signal }) {
      const command = new QueryCommand({
        TableName: tableName,
        // An index offers eventually consistent reads only.
        ConsistentRead: input.IndexName === undefined,
        ...input,
        ...capacityAsked(meter),
      })
      try {
        const answer = await client.send(command, signal && { abortSignal: signal })
        meter?.({ requests: 1, readUnits: unitsOf(answer.ConsumedCapacity), writeUnits: 0 })
        return { items: answer.Items ?? [], more: answer.LastEvaluatedKey !== undefined }
      } catch (error) {
        meter?.({ requests: 1, readUnits: 0, writeUnits: 0 })
        throw await dynamoDbFailure(operation, target, error, signal)
      }
    },

    async write(operation, command, { meter, signal }, billed = () => 0) {
      Object.assign(command.input, capacityAsked(meter))
      try {
        // All of these answer with the capacity consumed; only the overloads of `send` differ.
        const sent = client.send(command as PutItemCommand, signal && { abortSignal: signal })
        const { ConsumedCapacity } = await sent
        meter?.({ requests: 1, readUnits: 0, writeUnits: unitsOf(ConsumedCapacity) })
        return 'written'
      } catch (error) {
        const obstacle = obstacleIn(error)
        meter?.({ requests: 1, readUnits: 0, writeUnits: obstacle ? billed() : 0 })
        if (obstacle === undefined) throw await dynamoDbFailure(operation, target, error, signal)
        return obstacle.Item
      }
    },
  }
}

function capacityAsked(meter: RequestOptions['meter']) {
  return meter === undefined ? {} : { ReturnConsumedCapacity: 'TOTAL' as const }
}

/** A transaction reports a list. */
function unitsOf(consumed: ConsumedCapacity | readonly ConsumedCapacity[] | undefined): number {
  const list = consumed === undefined ? [] : [consumed].flat()
  return list.reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0)
}

/** What a condition did not allow, with the item that is there; `undefined` for any other error. */
function obstacleIn(error: unknown): { readonly Item?: Item | undefined } | undefined {
  if (isConditionFailed(error)) return error
  const reason = cancelledBy(error)
  return reason?.Code === 'ConditionalCheckFailed' ? reason : undefined
}
