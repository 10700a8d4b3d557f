import { randomUUID } from 'node:crypto'
import type { Change } from 'tailfold'
import type { Consumers } from 'tailfold/consumers'
import { createRowsTable, dynamoDbRows } from 'tailfold/dynamodb/rows'
import { expect, test } from 'vitest'
import { startMeter } from '../../../../src/core/base/cost.ts'
import { counted } from '../../../helpers/counted.ts'
import { localClient } from '../../../helpers/dynamodb.ts'

const client = localClient({ requestTimeoutMs: 30_000 })

async function costOf(consumers: Consumers, changes: readonly Change[]) {
  const { meter, total } = startMeter()
  await consumers.deliver(changes, { meter })
  return total()
}

test.for([100, 50, 10])(
  '100 events of %d entities take a write of a position for each, and half a read unit where a process is new',
  async (entities) => {
    const tableName = `rows-${randomUUID()}`
    await createRowsTable(client, tableName)
    const { count, changes, open, reads, seen } = counted({ rows: dynamoDbRows({ tableName, client }) })
    const write = async () => {
      for (let n = 0; n < 100; n++) await count(`c${n % entities}`, 1)
    }
    await write()
    const first = await changes()
    const warm = open()
    // A process registers its consumers once.
    await warm.deliver([])
    // DynamoDB Local bills nothing for positions that are not there yet, DynamoDB half a unit.
    expect(await costOf(warm, first)).toMatchObject({ requests: entities + 1, writeUnits: entities })
    expect(await costOf(warm, first)).toEqual({ requests: 0, readUnits: 0, writeUnits: 0 })
    await write()
    const next = (await changes()).slice(100)
    expect(await costOf(warm, next)).toEqual({ requests: entities, readUnits: 0, writeUnits: entities })
    const other = open()
    await other.deliver([])
    expect(await costOf(other, next)).toEqual({ requests: 1, readUnits: entities / 2, writeUnits: 0 })
    expect([seen.length, reads()]).toEqual([200, 0])
  },
)
