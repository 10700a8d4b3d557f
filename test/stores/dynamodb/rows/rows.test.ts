import { createRowsTable, dynamoDbRows } from 'tailfold/dynamodb/rows'
import { rowStoreConformance } from 'tailfold/testing'
import { beforeAll, describe, expect, test } from 'vitest'
import { startMeter } from '../../../../src/core/base/cost.ts'
import { localClient, newTable } from '../../../helpers/dynamodb.ts'

const client = localClient({ requestTimeoutMs: 30_000 })
const tableName = `rows-${globalThis.crypto.randomUUID()}`
const rows = dynamoDbRows({ tableName, client })

beforeAll(async () => {
  await createRowsTable(client, tableName)
})

describe('dynamoDbRows keeps the row-store contract', () => {
  test.for(rowStoreConformance({ open: async () => ({ rows: dynamoDbRows({ tableName, client }) }) }))(
    '$name',
    async ({ run }) => {
      await expect(run()).resolves.toBeUndefined()
    },
  )
})

describe('dynamoDbRows bills', () => {
  /** What requests cost. */
  async function cost(send: (request: Pick<ReturnType<typeof startMeter>, 'meter'>) => Promise<unknown>) {
    const { meter, total } = startMeter()
    await send({ meter })
    return total()
  }

  test('the positions of a batch: one request, half a read unit a key, and one write unit each', async () => {
    const mark = globalThis.crypto.randomUUID()
    const keys = Array.from({ length: 100 }, (_, n) => `p/mail@1/account/${mark}-${n}`)
    const writes = keys.map((key) => ({ row: { key, revision: 1, value: {} }, when: -1 }))
    expect(await cost((request) => rows.write(writes, request))).toMatchObject({ requests: 1, readUnits: 0 })
    const read = () => cost((request) => rows.get(keys, { ...request, consistency: 'eventual' }))
    expect(await read()).toEqual({ requests: 1, readUnits: 50, writeUnits: 0 })
    const [key = ''] = keys
    const write = (when: number) =>
      cost((request) => rows.write([{ row: { key, revision: when + 1, value: {} }, when }], request))
    expect(await write(1)).toEqual({ requests: 1, readUnits: 0, writeUnits: 1 })
    // Refused: DynamoDB bills it all the same.
    expect(await write(1)).toEqual({ requests: 1, readUnits: 0, writeUnits: 1 })
  })

  test('a row in an index: one write unit more', async () => {
    const key = `w/orders@1/${globalThis.crypto.randomUUID()}`
    const row = { key, revision: 1, value: { a: 1 }, indexes: [{ value: 'x', sort: '' }] }
    expect(await cost((request) => rows.write([{ row, when: 'newer' }], request))).toMatchObject({
      writeUnits: 2,
    })
  })
})

describe('dynamoDbRows', () => {
  test('refuses no table name, and an index that is not there', async () => {
    expect(() => dynamoDbRows({ tableName: '' })).toThrow(/^dynamoDbRows needs a tableName/)
    await expect(rows.query({ index: 3, value: 'x', limit: 1 })).rejects.toThrow(/^There is no index 3/)
  })

  test('a row larger in DynamoDB than as JSON is refused before it is sent', async () => {
    const value = { list: Array.from({ length: 140_000 }, () => 1) }
    const writing = rows.write([{ row: { key: 'w/a@1/x', revision: 1, value }, when: 'newer' }])
    await expect(writing).rejects.toMatchObject({ code: 'record-too-large' })
  })

  test('says what differs in a table of other keys, and how to create one', async () => {
    await expect(rows.verify?.()).resolves.toBeUndefined()
    const journal = await newTable(client)
    const verifying = dynamoDbRows({ tableName: journal, client }).verify?.()
    await expect(verifying).rejects.toMatchObject({
      code: 'store-unavailable',
      retryable: false,
      message: expect.stringContaining('`npx tailfold table create --rows`'),
    })
  })
})
