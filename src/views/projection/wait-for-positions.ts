import type { RequestOptions } from '../../core/base/cost.ts'
import { describeEntity } from '../../core/base/entity-key.ts'
import { TailfoldError } from '../../core/base/errors.ts'
import { type Platform, sleep } from '../../core/base/platform.ts'
import { positionKey, readPosition } from '../../consumers/position-row.ts'
import { readRows } from '../../journal/read-rows.ts'
import { storeKey } from '../../journal/key.ts'
import type { EntityPosition } from '../position.ts'
import type { AnswerReads } from '../retried-reads.ts'

/** Rows are usually some milliseconds behind; who waits longer is better off asking again. */
const longestWaitMs = 2_000
const firstPauseMs = 10
const longestPauseMs = 200

/** What waiting takes. */
export interface WaitOptions {
  /** The id of the projection. */
  readonly id: string
  /** Waits until their deadline, for two seconds at most. */
  readonly reads: AnswerReads
  readonly platform: Platform
}

/**
 * Waits until the rows of a projection include some commits. Throws `view-behind` when that takes too long, and at once
 * where an entity is parked.
 */
export async function waitForPositions(
  { id, reads: { rows, deadline }, platform }: WaitOptions,
  positions: readonly EntityPosition[],
  request: RequestOptions,
): Promise<void> {
  const keyOf = (position: EntityPosition) => positionKey(id, storeKey(position))
  const end = Math.min(deadline, platform.now() + longestWaitMs)
  for (let missing = positions, pauseMs = firstPauseMs; missing.length > 0; pauseMs *= 2) {
    const keys = [...new Set(missing.map(keyOf))]
    const stored = await readRows(rows, keys, { ...request, consistency: 'eventual' })
    const found = new Map(keys.map((key, index) => [key, readPosition(stored[index])]))
    const reached = (position: EntityPosition) => found.get(keyOf(position))
    missing = missing.filter((position) => (reached(position)?.revision ?? 0) < position.revision)
    const [first] = missing
    if (first === undefined) return
    const parked = missing.find((position) => reached(position)?.hold?.state === 'parked')
    const ms = Math.min(pauseMs, longestPauseMs)
    if (parked !== undefined || platform.now() + ms > end) throw viewBehind(id, parked ?? first)
    await sleep(platform, ms)
  }
}

function viewBehind(view: string, { revision, ...entity }: EntityPosition): TailfoldError {
  const name = describeEntity(entity)
  return new TailfoldError(
    'view-behind',
    `The rows of ${view} do not include revision ${revision} of ${name} yet. Ask again, or without it.`,
    { view, entity: name },
  )
}
