import type { RowStore } from 'tailfold'
import { createConsumers } from 'tailfold/consumers'
import { createRowsTable, dynamoDbRows } from 'tailfold/dynamodb/rows'
import { readViews, view } from 'tailfold/views'
import { describe, expect, test } from 'vitest'
import { cart } from '../../../../functions/cart/cart.ts'
import { type Cost, type Meter, startMeter } from '../../../../src/core/base/cost.ts'
import { localClient } from '../../../helpers/dynamodb.ts'
import { items, shop } from '../../../views/carts.ts'
import { viewCases } from '../../../views/row-store-cases.ts'

const client = localClient({ requestTimeoutMs: 30_000 })

async function newRows(): Promise<RowStore> {
  const tableName = `rows-${globalThis.crypto.randomUUID()}`
  await createRowsTable(client, tableName)
  return dynamoDbRows({ tableName, client })
}

describe('a view in DynamoDB', () => {
  test.for(viewCases)('$name', async ({ run }) => {
    await expect(run({ rows: await newRows() })).resolves.toBeUndefined()
  })
})

/** What requests cost. */
async function costOf(send: (request: { readonly meter: Meter }) => Promise<unknown>): Promise<Cost> {
  const { meter, total } = startMeter()
  await send({ meter })
  return total()
}

const row = (state: { readonly status: string }) => ({ status: state.status })
const byStatus = { by: ({ status }: { readonly status: string }) => status }
const bare = view({ name: 'bare', from: cart, row })
const indexed = view({ name: 'indexed', from: cart, row, indexes: { byStatus } })
const twice = view({ name: 'twice', from: cart, row, indexes: { byStatus, again: byStatus } })

/** So many entities that have 100 events between them, and their changes. */
async function hundredEvents(entities: number) {
  const all = shop({ rows: await newRows() })
  for (let n = 0; n < entities; n++)
    for (const command of items(100 / entities)) await all.send(`c${n}`, command)
  const { changes = [] } = (await all.journal.changes?.(undefined, 1_000)) ?? {}
  expect(changes).toHaveLength(100)
  return { ...all, changes }
}

describe('a batch of 100 events costs a view', () => {
  test.for([
    { entities: 100, of: bare, perEvent: 1 },
    { entities: 50, of: bare, perEvent: 0.5 },
    { entities: 10, of: bare, perEvent: 0.1 },
    { entities: 100, of: indexed, perEvent: 2 },
    { entities: 50, of: indexed, perEvent: 1 },
    { entities: 10, of: indexed, perEvent: 0.2 },
    { entities: 50, of: twice, perEvent: 1.5 },
  ])('of $entities entities in view $of.name: no read, $perEvent write units an event', async (given) => {
    const { entities, of, perEvent } = given
    const { journal, rows, changes } = await hundredEvents(entities)
    const consumers = createConsumers({ journal, rows, consumers: [of] })
    // A process registers its consumers once.
    await consumers.deliver([])
    const first = await costOf(async (request) => consumers.deliver(changes, request))
    expect(first).toEqual({ requests: entities, readUnits: 0, writeUnits: perEvent * 100 })
  })
})

describe('a read of a view costs', () => {
  const after = (revision: number) => ({ entityType: 'cart', entityId: 'c0', revision })

  test('one request for a row, and none more with `after` where the row has come that far', async () => {
    const { deliver, views } = await hundredEvents(10)
    await deliver()
    const one = { requests: 1, readUnits: 0.5, writeUnits: 0 }
    expect(await costOf((request) => views.carts.get('c0', request))).toEqual(one)
    expect(await costOf((request) => views.carts.get('c0', { ...request, after: after(10) }))).toEqual(one)
  })

  test('one request more with `after` where the row is behind: that of the journal', async () => {
    const { send, deliver, views, requests } = await hundredEvents(10)
    await deliver()
    const revision = await send('c0', { type: 'RemoveItem', sku: 's0' })
    requests()
    const cost = await costOf(async (request) => {
      const found = await views.carts.get('c0', { ...request, after: after(revision) })
      expect(found).toMatchObject({ revision, row: { items: 9 } })
    })
    expect(cost.requests).toBe(1)
    expect(requests()).toEqual({ gets: 1, writes: 0, queries: 0, journal: 1 })
  })

  test('one request for a page of a list: half a read unit for each 4 KB of rows', async () => {
    const { rows, journal, changes } = await hundredEvents(100)
    await createConsumers({ journal, rows, consumers: [indexed] }).deliver(changes)
    const views = readViews({ journal, rows, views: [indexed] })
    const cost = await costOf(async (request) => {
      const page = await views.indexed.query('byStatus', 'active', request)
      expect(page.rows).toHaveLength(100)
    })
    // About 200 bytes a row.
    expect(cost).toMatchObject({ requests: 1, writeUnits: 0 })
    expect(cost.readUnits).toBeLessThanOrEqual(0.5 * Math.ceil((100 * 200) / 4_096))
  })
})
