import { type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { array, assert, asyncProperty, maxSafeInteger } from 'fast-check'
import type { StoredRecord } from 'tailfold'
import { dynamoDbStore } from 'tailfold/dynamodb'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { commitItem } from '../../../src/stores/dynamodb/stored-form.ts'
import { localClient, newTable } from '../../helpers/dynamodb.ts'

let client: DynamoDBClient
let tableName: string
const { recordBytes, limits } = dynamoDbStore({ tableName: 'measured only' })
let keys = 0
/** All of one length. */
const newKey = () => `size/${String(++keys).padStart(6, '0')}`

beforeAll(async () => {
  client = localClient()
  tableName = await newTable(client)
})
afterAll(() => client.destroy())

/** Write units DynamoDB bills for the item; of a new key, since a replaced item is billed if it is larger. */
async function writeUnits(revision: number, record: StoredRecord): Promise<number | undefined> {
  const Item = commitItem(newKey(), revision, record)
  const put = new PutItemCommand({ TableName: tableName, Item, ReturnConsumedCapacity: 'TOTAL' })
  return (await client.send(put)).ConsumedCapacity?.CapacityUnits
}

/** The record, filled up to exactly so many bytes. */
function filledTo(bytes: number, revision: number, record: StoredRecord): StoredRecord {
  const key = newKey()
  const filled = { ...record, s: 'x'.repeat(bytes - recordBytes(key, revision, { ...record, s: '' })) }
  expect(recordBytes(key, revision, filled)).toBe(bytes)
  return filled
}

const commit = {
  v: 1,
  id: 'NzY1NDMyMTA5ODc2',
  ts: 1_732_000_000_120,
  n: 12,
  e: '[{"type":"Opened"}]',
  t: 'Opened',
}

describe('recordBytes is what DynamoDB bills', () => {
  test('1,024 bytes cost one write unit, 1,025 cost two', async () => {
    expect(await writeUnits(7, filledTo(1_024, 7, commit))).toBe(1)
    expect(await writeUnits(7, filledTo(1_025, 7, commit))).toBe(2)
  })

  test('text counts in UTF-8 bytes', async () => {
    const record = { ...commit, e: 'ä€😀'.repeat(20) }
    expect(await writeUnits(7, filledTo(1_024, 7, record))).toBe(1)
    expect(await writeUnits(7, filledTo(1_025, 7, record))).toBe(2)
  })

  // The digits pair up from the decimal point: 110 and 1,230 are two pairs each, 1|10 and 12|30.
  const numbers = [0, 1, 10, 99, 100, 101, 110, 1_230, 12_345, 99_999, 1_234_567, -1, -120, 1_732_000_000_120]
  const extremes = [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]
  test.for([...numbers, ...extremes])('the number %d counts by its significant digits', async (number) => {
    const record = { ...commit, ts: number }
    expect(await writeUnits(7, filledTo(1_024, 7, record))).toBe(1)
    expect(await writeUnits(7, filledTo(1_025, 7, record))).toBe(2)
  })

  test.for([1, 99, 100, 101, 9_999, 123_456, 8_999_999_999_999_999])(
    'revision %d counts as a number',
    async (revision) => {
      expect(await writeUnits(revision, filledTo(1_024, revision, commit))).toBe(1)
      expect(await writeUnits(revision, filledTo(1_025, revision, commit))).toBe(2)
    },
  )

  test('any integers, at the boundary', async () => {
    const integers = array(maxSafeInteger(), { minLength: 1, maxLength: 8 })
    const property = asyncProperty(integers, async (values) => {
      const record = Object.fromEntries(values.map((value, index) => [`f${index}`, value]))
      expect(await writeUnits(7, filledTo(1_024, 7, record))).toBe(1)
      expect(await writeUnits(7, filledTo(1_025, 7, record))).toBe(2)
    })
    await assert(property, { numRuns: 50 })
  })

  test('the largest item DynamoDB takes has maxRecordBytes', async () => {
    const { maxRecordBytes } = limits
    expect(maxRecordBytes).toBe(409_600)
    expect(await writeUnits(7, filledTo(maxRecordBytes, 7, commit))).toBe(400)
    await expect(writeUnits(7, filledTo(maxRecordBytes + 1, 7, commit))).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining('Item size has exceeded the maximum allowed size'),
    })
  })
})
