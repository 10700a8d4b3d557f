import { expect, inject, test } from 'vitest'
import { contendAcrossProcesses, describeContention } from '../chaos/contention.ts'
import { newJournal } from '../chaos/database.ts'
import { accessKeyId } from '../../helpers/dynamodb.ts'

/** 1.8 on a calm machine. On a busy one processes lose their turn between a read and its write, and more races with it. */
const budget = 3.5

test('16 writers in 4 processes, 20 deposits each on one entity: all 320 succeed, each once, with few requests', async () => {
  const address = await newJournal(inject('endpoint'), accessKeyId)
  const options = { processes: 4, writers: 16, deposits: 20 }
  const result = await contendAcrossProcesses({ address, ...options })
  console.log(describeContention(options, result))
  expect(result).toMatchObject({ succeeded: 320, failed: 0, balance: 320 })
  expect(result.requests / result.succeeded).toBeLessThanOrEqual(budget)
})
