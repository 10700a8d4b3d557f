import { describe, expect, test } from 'vitest'
import { contend } from '../helpers/contention.ts'
import { localClient, newTable } from '../helpers/dynamodb.ts'

describe('16 writers with 20 deposits each on one entity, each with a client of its own', () => {
  test.each([
    ['warm caches', {}, 2],
    ['no caches', { maxEntries: 0 }, 4],
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
