import { setTimeout as delay } from 'node:timers/promises'
import { isTailfoldError } from '../../../core/base/errors.ts'
import { storeFailure } from '../../../core/base/failures.ts'
import { isTableMissing, type Target } from '../failures.ts'
import { readTable } from './verify.ts'

const pollMs = 1_000

/**
 * Waits until a table is active with all its indexes; also for a table that does not exist yet and a server that does not
 * answer yet. Throws `store-unavailable` after the time-out, with what it was waiting for, and immediately on errors that
 * waiting cannot fix.
 */
export async function waitForTable(target: Target, timeoutSeconds: number): Promise<void> {
  const deadline = performance.now() + timeoutSeconds * 1_000
  for (;;) {
    const obstacle = await obstacleOf(target)
    if (obstacle === undefined) return
    const leftMs = deadline - performance.now()
    if (leftMs <= 0) {
      const why = `after ${timeoutSeconds} s, ${obstacle}`
      throw storeFailure('wait for a table any longer', why, { applied: 'no' })
    }
    await delay(Math.min(pollMs, leftMs))
  }
}

/** What prevents the use of the table for now; `undefined` when nothing does. */
async function obstacleOf(target: Target): Promise<string | undefined> {
  const operation = 'describe a table'
  try {
    const { TableStatus, GlobalSecondaryIndexes = [] } = await readTable(operation, target)
    if (TableStatus !== 'ACTIVE') return `table ${target.tableName} is ${TableStatus}`
    const index = GlobalSecondaryIndexes.find(({ IndexStatus = 'ACTIVE' }) => IndexStatus !== 'ACTIVE')
    return index && `index ${index.IndexName} of table ${target.tableName} is ${index.IndexStatus}`
  } catch (error) {
    if (!isTailfoldError(error) || !(error.retryable || isTableMissing(error.cause))) throw error
    return error.message.replace(`The store could not ${operation}: `, '').replace(/\.$/, '')
  }
}
