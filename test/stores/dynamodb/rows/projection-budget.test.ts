import { randomUUID } from 'node:crypto'
import { createRowsTable, dynamoDbRows } from 'tailfold/dynamodb/rows'
import { beforeAll, expect, test } from 'vitest'
import { startMeter } from '../../../../src/core/base/cost.ts'
import { localClient } from '../../../helpers/dynamodb.ts'
import { projection } from 'tailfold/views'
import { shop, shops, sold } from '../../../views/projection/sales.ts'

const client = localClient()
const tableName = `projections-${randomUUID()}`

beforeAll(() => createRowsTable(client, tableName))

const days = (version: number) =>
  projection({
    name: 'days',
    version,
    from: shop,
    initialRow: { sales: 0, amount: 0 },
    key: (event) => ('day' in event ? event.day : undefined),
    on: { Sold: ({ sales, amount }, event) => ({ sales: sales + 1, amount: amount + event.amount }) },
  })

test.for([
  { entities: 100, writeUnits: 2.2, readUnits: 0.55 },
  { entities: 50, writeUnits: 1.2, readUnits: 0.3 },
  { entities: 10, writeUnits: 0.4, readUnits: 0.1 },
])(
  '100 events of $entities entities into 10 rows take $writeUnits write and $readUnits read units an event',
  async ({ entities, writeUnits, readUnits }) => {
    const all = shops({ rows: dynamoDbRows({ tableName, client }) })
    const of = days(entities)
    for (let n = 0; n < 100; n++) await all.write(`e${entities}-${n % entities}`, [sold(`d${n % 10}`, 1)])
    const changes = await all.changes()
    const consumers = all.open(of)
    await consumers.deliver([])
    const first = startMeter()
    expect(await consumers.deliver(changes, { meter: first.meter })).toMatchObject([
      { events: 100, failed: [] },
    ])
    expect(first.total().writeUnits / 100).toBeLessThanOrEqual(writeUnits)
    expect(first.total().readUnits / 100).toBeLessThanOrEqual(readUnits)
    expect(first.total().requests / 100).toBeLessThanOrEqual(0.04)
    const again = startMeter()
    const other = all.open(of)
    await other.deliver([])
    await other.deliver(changes, { meter: again.meter })
    expect(again.total()).toMatchObject({ writeUnits: 0, requests: 1 })
    expect(again.total().readUnits).toBeLessThanOrEqual(entities / 2)
    expect(Object.values(await all.stored(of))).toEqual(Array(10).fill({ sales: 10, amount: 10 }))
  },
)
