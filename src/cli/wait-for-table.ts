import { setTimeout as delay } from 'node:timers/promises'
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { isTailfoldError } from '../core/base/errors.ts'
import { storeFailure } from '../core/base/failures.ts'
import { isTableMissing } from '../stores/dynamodb/failures.ts'
import { readTable } from '../stores/dynamodb/table/request.ts'

const pollMs = 1_000

/**
 * Waits until a table is active with all its indexes. A table that is not there yet and a server that does not answer
 * yet are waited for as well. Throws `store-unavailable` after the time-out, with what was in the way, and at once for
 * what no waiting mends.
 */
export async function waitForTable(
  client: DynamoDBClient,
  tableName: string,
  timeoutSeconds: number,
): Promise<void> {
  const deadline = performance.now() + timeoutSeconds * 1_000
  for (;;) {
    const obstacle = await obstacleOf(client, tableName)
    if (obstacle === undefined) return
    const leftMs = deadline - performance.now()
    if (leftMs <= 0) {
      const why = `after ${timeoutSeconds} s, ${obstacle}`
      throw storeFailure('wait for a table any longer', why, { applied: 'no' })
    }
    await delay(Math.min(pollMs, leftMs))
  }
}

/** What is in the way of using the table, for now; `undefined` when nothing is. */
async function obstacleOf(client: DynamoDBClient, tableName: string): Promise<string | undefined> {
  try {
    const { TableStatus, GlobalSecondaryIndexes = [] } = await readTable(
      client,
      tableName,
      'describe a table',
    )
    if (TableStatus !== 'ACTIVE') return `table ${tableName} is ${TableStatus}`
    const index = GlobalSecondaryIndexes.find(({ IndexStatus = 'ACTIVE' }) => IndexStatus !== 'ACTIVE')
    return index && `index ${index.IndexName} of table ${tableName} is ${index.IndexStatus}`
  } catch (error) {
    const passes = isTailfoldError(error) && (error.retryable || isTableMissing(error.cause))
    if (passes) return reasonOf(error)
    throw error
  }
}

/** The message without its beginning, which says what was tried, and its full stop. */
function reasonOf({ message }: Error): string {
  return message.replace('The store could not describe a table: ', '').replace(/\.$/, '')
}
