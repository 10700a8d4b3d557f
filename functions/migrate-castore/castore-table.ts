import { type AttributeValue, type DynamoDBClient, QueryCommand, ScanCommand } from '@aws-sdk/client-dynamodb'
import { plainValue } from './plain-value.ts'
import { Unfit } from './unfit.ts'

/**
 * An event as castore's `DynamoDBSingleTableEventStorageAdapter` (2.4.2) keeps it, one item each:
 *
 *   aggregateId   S  event store id, `#` and aggregate id: `ACCOUNTS#acc-001`. Hash key
 *   version       N  1, 2, 3 … Range key
 *   type          S
 *   timestamp     S  ISO 8601
 *   payload       M, or any other type; absent without one
 *   metadata      M, or any other type; absent without one
 *   eventStoreId  S  of version 1 only: the hash key of the index `initialEvents`
 */
export interface CastoreEvent {
  /** Without the event store id. */
  readonly aggregateId: string
  readonly version: number
  readonly type: string
  readonly timestamp: string
  readonly payload?: unknown
  readonly metadata?: unknown
}

/** A table of castore's, read only. */
export interface CastoreTable {
  readonly client: DynamoDBClient
  readonly tableName: string
  readonly eventStoreId: string
}

/**
 * The ids of all aggregates, each once, in no order. Scans the whole table: the index would not show an aggregate whose
 * first event is missing.
 */
export async function* aggregateIds({
  client,
  tableName,
  eventStoreId,
}: CastoreTable): AsyncGenerator<string> {
  const prefix = `${eventStoreId}#`
  const seen = new Set<string>()
  let from: Record<string, AttributeValue> | undefined
  do {
    const page = await client.send(
      new ScanCommand({
        TableName: tableName,
        ConsistentRead: true,
        FilterExpression: 'begins_with(aggregateId, :prefix)',
        ExpressionAttributeValues: { ':prefix': { S: prefix } },
        ProjectionExpression: 'aggregateId',
        ...(from && { ExclusiveStartKey: from }),
      }),
    )
    for (const { aggregateId } of page.Items ?? []) {
      const id = aggregateId?.S?.slice(prefix.length) ?? ''
      if (!seen.has(id)) yield id
      seen.add(id)
    }
    from = page.LastEvaluatedKey
  } while (from !== undefined)
}

/**
 * The events of an aggregate, oldest first; `not-ours` when it belongs to another event store, whose id has a `#` itself.
 * Throws {@link Unfit} when a version is missing, or an item is not of castore's form.
 */
export async function eventsOf(
  { client, tableName, eventStoreId }: CastoreTable,
  aggregateId: string,
): Promise<readonly CastoreEvent[] | 'not-ours'> {
  const events: CastoreEvent[] = []
  let from: Record<string, AttributeValue> | undefined
  do {
    const page = await client.send(
      new QueryCommand({
        TableName: tableName,
        ConsistentRead: true,
        KeyConditionExpression: 'aggregateId = :id',
        ExpressionAttributeValues: { ':id': { S: `${eventStoreId}#${aggregateId}` } },
        ...(from && { ExclusiveStartKey: from }),
      }),
    )
    for (const item of page.Items ?? []) {
      const version = events.length + 1
      const owner = item['eventStoreId']?.S
      if (version === 1 && owner !== undefined && owner !== eventStoreId) return 'not-ours'
      if (item['version']?.N !== String(version)) {
        throw new Unfit(`version ${version} is missing: version ${item['version']?.N} follows ${version - 1}`)
      }
      events.push(castoreEvent(aggregateId, version, item))
    }
    from = page.LastEvaluatedKey
  } while (from !== undefined)
  return events
}

function castoreEvent(
  aggregateId: string,
  version: number,
  item: Record<string, AttributeValue>,
): CastoreEvent {
  const { type, timestamp, payload, metadata } = item
  if (type?.S === undefined || timestamp?.S === undefined || Number.isNaN(Date.parse(timestamp.S))) {
    throw new Unfit(`version ${version} has no type or no timestamp, as text; was it written by castore?`)
  }
  return {
    aggregateId,
    version,
    type: type.S,
    timestamp: timestamp.S,
    ...(payload && { payload: plainValue(payload, `payload of version ${version}`) }),
    ...(metadata && { metadata: plainValue(metadata, `metadata of version ${version}`) }),
  }
}
