import type { Shard } from '@aws-sdk/client-dynamodb-streams'
import { feedLost } from '../../../core/base/failures.ts'
import type { ShardPosition, ShardPositions } from './cursor.ts'

/**
 * A stream keeps records for 24 hours. A shard that was discovered longer ago than this and never read may have lost its
 * first ones, which DynamoDB does not report.
 * Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
 */
export const unreadForMs: number = 23 * 3_600_000

/**
 * The positions in the shards that a stream has now: known ones as they were, new ones unread. Shards that were read to
 * their end are forgotten when the stream has forgotten them.
 * Throws `feed-lost` where records were deleted before they were read.
 */
export function discovered(known: ShardPositions, described: readonly Shard[], now: number): ShardPositions {
  const ids = new Set(described.map(({ ShardId = '' }) => ShardId))
  for (const [id, position] of Object.entries(known)) {
    if (position !== null && !ids.has(id))
      throw feedLost(`the stream no longer has ${id}, which was not read to its end`)
  }
  const isFirstLook = Object.keys(known).length === 0
  const positions = described.map(({ ShardId = '', ParentShardId: parent }): [string, ShardPosition] => {
    const position = known[ShardId]
    if (position !== undefined) return [ShardId, position]
    // Its parent came and went while nobody read.
    if (parent !== undefined && !isFirstLook && known[parent] === undefined && !ids.has(parent))
      throw feedLost(`the stream no longer has ${parent}, which was not read`)
    return [ShardId, now]
  })
  return Object.fromEntries(positions)
}

/** The shards to read now: those not read to their end whose parents are. The changes of a key then come in order. */
export function readable(positions: ShardPositions, described: readonly Shard[]): readonly string[] {
  const parents = new Map(described.map(({ ShardId = '', ParentShardId }) => [ShardId, ParentShardId]))
  return Object.keys(positions).filter((id) => {
    const parent = parents.get(id)
    return positions[id] !== null && (parent === undefined || (positions[parent] ?? null) === null)
  })
}
