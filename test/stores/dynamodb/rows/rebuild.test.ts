import { randomUUID } from 'node:crypto'
import { dynamoDbScan, dynamoDbStore } from 'tailfold/dynamodb'
import { createRowsTable, dynamoDbRows } from 'tailfold/dynamodb/rows'
import { rebuildView } from 'tailfold/views'
import { expect, test } from 'vitest'
import { localClient, newTable } from '../../../helpers/dynamodb.ts'
import { fillCounters, rebuildBeside, sums, writeAtRate, wrongRows } from '../../../helpers/rebuild-load.ts'
import { rejectionOf } from '../../../helpers/thrown.ts'

const client = localClient({ requestTimeoutMs: 30_000 })

async function tables() {
  const tableName = await newTable(client)
  const rowsTable = `rows-${randomUUID()}`
  await createRowsTable(client, rowsTable)
  return { tableName, rows: dynamoDbRows({ tableName: rowsTable, client }) }
}

test('a rebuild beside commands scans the table, writes each row once, and leaves no wrong row', async () => {
  const { tableName, rows } = await tables()
  const stores = {
    store: dynamoDbStore({ tableName, client }),
    rows,
    feed: dynamoDbScan({ tableName, client }),
  }
  const entities = 200
  await fillCounters(stores, entities)
  const stop = new AbortController()
  const writing = writeAtRate(stores, { entities, perSecond: 50, signal: stop.signal })
  let commands = 0
  const { report, check } = await rebuildBeside(stores, async () => {
    stop.abort()
    commands = await writing
  })
  expect(report).toMatchObject({ source: 'changes', complete: true, failed: 0, parked: [] })
  expect(commands).toBeGreaterThan(0)
  expect(wrongRows(check)).toBe(0)
  expect(check.rows).toBeGreaterThanOrEqual(entities)
  // Items of 200 bytes, half a unit for 4 KB; a row that the consumer wrote meanwhile is refused, and billed.
  expect(report.readUnits / entities).toBeLessThan(0.05)
  expect(report.writeUnits).toBeLessThanOrEqual(entities + commands + 10)
})

test('a table does not list all its entities: the error names the feed that reads them', async () => {
  const { tableName, rows } = await tables()
  const store = dynamoDbStore({ tableName, client, listEntities: true })
  await fillCounters({ store }, 2)
  const error = await rejectionOf(rebuildView(sums, { store, rows }))
  expect(error).toBeInstanceOf(TypeError)
  expect(error).toMatchObject({ message: expect.stringContaining('dynamoDbScan') })
  const feed = dynamoDbScan({ tableName, client })
  expect(await rebuildView(sums, { store, rows, feed })).toMatchObject({ written: 2, complete: true })
})
