import { createEngine, systemPlatform } from 'tailfold'
import { dynamoDbJournal } from 'tailfold/dynamodb'
import { beforeAll, describe, expect, test } from 'vitest'
import { account } from '../../../functions/bank/account.ts'
import { contend } from '../../helpers/contention.ts'
import { localClient, newTable } from '../../helpers/dynamodb.ts'
import { meter } from '../../helpers/metered-client.ts'

// A DynamoDB Local that has just started is several times slower, and pauses are measured in its round trips.
beforeAll(async () => {
  const clients = Array.from({ length: 16 }, () => localClient())
  await contend(clients, await newTable(localClient()), 20, {})
})

describe('16 writers with 20 deposits each on one entity, each with a client of its own', () => {
  test.each([
    // 1.8 and 2.9 on a calm machine; a busy one lets more races be lost.
    ['warm caches', {}, 3],
    ['no caches', { maxEntries: 0 }, 4.5],
  ])('with %s: all 320 succeed, with few requests for each', async (name, cache, budget) => {
    const tableName = await newTable(localClient())
    const writers = Array.from({ length: 16 }, () => localClient())
    const { succeeded, failed, requests, slowestMs, balance } = await contend(writers, tableName, 20, cache)
    console.log(
      `16 × 20, ${name}: ${succeeded} succeeded, ${(requests / succeeded).toFixed(2)} requests each, slowest ${Math.round(slowestMs)} ms`,
    )
    expect({ succeeded, failed, balance }).toEqual({ succeeded: 320, failed: 0, balance: 320 })
    expect(requests / succeeded).toBeLessThanOrEqual(budget)
  })
})

describe('64 callers with 10 deposits each on one entity, in one process', () => {
  test('share commits: few requests for many commands', async () => {
    const client = localClient()
    const tableName = await newTable(client)
    const requests = meter(client)
    const engine = createEngine(account, {
      journal: dynamoDbJournal({ client, tableName }),
      platform: systemPlatform,
    })
    const caller = async () => {
      for (let n = 0; n < 10; n++) await engine.execute('hot', { type: 'Deposit', amount: 1 })
    }
    await Promise.all(Array.from({ length: 64 }, caller))
    console.log(`64 callers in one process: ${requests.length} requests for 640 commands`)
    expect((await engine.read('hot')).state).toEqual({ balance: 640, txCount: 640 })
    expect(requests.length).toBeLessThan(64)
  })
})
