import { setTimeout as delay } from 'node:timers/promises'
import { checkNames, type OptionNames } from '../../core/base/check-options.ts'
import { type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb'
import type { RequestOptions } from '../../core/base/cost.ts'
import { feedLost } from '../../core/base/failures.ts'
import type { Change, ChangeFeed, ChangePage } from '../../core/journal/journal.ts'
import { dynamoDbClient } from './client.ts'
import { onTable } from './failures.ts'
import type { Item } from './stored-form.ts'
import { checkTableName } from './table-name.ts'
import { itemChange } from './streams/stream-record.ts'

/** Options of {@link dynamoDbScan}. */
export interface DynamoDbScanOptions {
  readonly tableName: string
  /** Default: a new {@link dynamoDbClient}. */
  readonly client?: DynamoDBClient
  /** Parts of the table that are read at the same time, 1 to 1,000. Default 4. */
  readonly segments?: number
  /** Most read units a second, over all segments. Default: no limit. */
  readonly readUnitsPerSecond?: number
}

const optionNames: OptionNames<DynamoDbScanOptions> = {
  tableName: true,
  client: true,
  segments: true,
  readUnitsPerSecond: true,
}

/** Where a segment continues: after an item, at its first, or nowhere. */
type SegmentPosition = { readonly pk: string; readonly sk: string } | 'start' | 'done'

/**
 * The commits of a table as a feed that ends: what a consumer catches up from when the stream no longer has it. A page
 * takes up to `limit` items of the table, snapshots included, and half a read unit for every 4 KB; it may hold no change.
 * The cursor says how far each segment is, so a scan that was interrupted continues. Reads are eventually consistent:
 * what is committed less than a second before the scan begins, or during it, is for the stream to deliver.
 * Throws `TypeError` for options out of range; `feed-lost` for a cursor that is not one of a scan.
 */
export function dynamoDbScan(options: DynamoDbScanOptions): ChangeFeed {
  checkNames('dynamoDbScan', options, optionNames)
  const { tableName, client = dynamoDbClient(), segments = 4, readUnitsPerSecond = Infinity } = options
  checkTableName('dynamoDbScan needs', tableName)
  if (!Number.isInteger(segments) || segments < 1 || segments > 1_000)
    throw new TypeError(`segments is ${segments}; it must be a whole number from 1 to 1,000.`)
  if (!(readUnitsPerSecond > 0))
    throw new TypeError(`readUnitsPerSecond is ${readUnitsPerSecond}; it must be more than 0.`)
  const pace = pacer(readUnitsPerSecond)

  async function scanSegment(
    position: SegmentPosition,
    Segment: number,
    TotalSegments: number,
    Limit: number,
    { meter, signal }: RequestOptions,
  ): Promise<{ readonly items: readonly Item[]; readonly position: SegmentPosition }> {
    if (position === 'done') return { items: [], position }
    const command = new ScanCommand({
      TableName: tableName,
      Segment,
      TotalSegments,
      Limit,
      // Snapshots can be large and have no commit id: they are read, but not sent.
      FilterExpression: 'attribute_exists(id)',
      ReturnConsumedCapacity: 'TOTAL',
      ...(position !== 'start' && {
        ExclusiveStartKey: { pk: { S: position.pk }, sk: { N: position.sk } },
      }),
    })
    const page = await onTable('scan', { client, tableName }, () =>
      client.send(command, signal && { abortSignal: signal }),
    )
    const readUnits = page.ConsumedCapacity?.CapacityUnits ?? 0
    meter?.({ requests: 1, readUnits, writeUnits: 0 })
    pace.spend(readUnits)
    const { pk, sk } = page.LastEvaluatedKey ?? {}
    const next = pk === undefined ? 'done' : { pk: pk.S ?? '', sk: sk?.N ?? '' }
    return { items: page.Items ?? [], position: next }
  }

  return {
    async changes(cursor, limit, request = {}): Promise<ChangePage> {
      const positions = cursor === undefined ? atStart(segments) : parseCursor(cursor)
      await pace.wait(request.signal)
      const open = positions.filter((position) => position !== 'done').length
      const each = Math.max(1, Math.floor(limit / Math.max(1, open)))
      // A limit below the number of segments is for those in front.
      let left = limit
      const pages = await Promise.all(
        positions.map(async (position, segment) => {
          if (position === 'done' || left < each) return { items: [], position }
          left -= each
          return scanSegment(position, segment, positions.length, each, request)
        }),
      )
      const changes = pages.flatMap(({ items }) => items.map(itemChange).filter(isChange))
      const next = pages.map(({ position }) => position)
      return {
        changes,
        cursor: JSON.stringify({ scan: next }),
        more: next.some((position) => position !== 'done'),
      }
    },
  }
}

function atStart(segments: number): readonly SegmentPosition[] {
  return Array.from({ length: segments }, () => 'start')
}

function parseCursor(cursor: string): readonly SegmentPosition[] {
  try {
    const { scan } = JSON.parse(cursor) as { scan?: unknown }
    if (Array.isArray(scan) && scan.length > 0) return scan as SegmentPosition[]
  } catch {
    // Reported below, as any other text that is no cursor.
  }
  throw feedLost('the cursor is not one of a scan of this version')
}

function isChange(change: Change | undefined): change is Change {
  return change !== undefined
}

/** Spreads units over time: what was spent is waited for before the next request. */
function pacer(unitsPerSecond: number) {
  let free = 0
  return {
    spend(units: number): void {
      free = Math.max(free, performance.now()) + (units / unitsPerSecond) * 1_000
    },
    async wait(signal: AbortSignal | undefined): Promise<void> {
      const ms = free - performance.now()
      if (ms > 0) await delay(ms, undefined, signal && { signal })
    },
  }
}
