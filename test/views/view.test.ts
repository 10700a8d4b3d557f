import { createEngine, memoryRows, memoryStore, type RowStore, systemPlatform } from 'tailfold'
import { createConsumers, heldEntities, retryParked } from 'tailfold/consumers'
import { storeFailure } from 'tailfold/store'
import { view } from 'tailfold/views'
import { describe, expect, test } from 'vitest'
import { cart } from '../../functions/cart/cart.ts'
import { carts, items, shop } from './carts.ts'
import { seededRandom } from '../../src/testing/virtual-platform.ts'

const checkOut = { type: 'CheckOut', replyTo: { tell() {} } } as const

describe('a view', () => {
  test('has a row for each entity, made from its newest state', async () => {
    const { send, deliver, views } = shop()
    for (const command of items(2)) await send('a', command)
    await send('b c', { type: 'AddItem', sku: 'x', quantity: 1, unitPrice: 1 })
    await send('b c', checkOut)
    await deliver()
    expect(await views.carts.get('a')).toEqual({
      entityType: 'cart',
      entityId: 'a',
      revision: 2,
      row: { status: 'active', items: 2 },
      lagMs: expect.any(Number),
    })
    expect(await views.carts.get('b c')).toMatchObject({ revision: 2, row: { status: 'checked-out' } })
    expect(await views.carts.get('never')).toBeUndefined()
  })

  test('has no row where the row function gives null, and gets it back with the next state', async () => {
    const { send, deliver, views } = shop()
    await send('a', { type: 'AddItem', sku: 's0', quantity: 1, unitPrice: 5 })
    await send('a', { type: 'RemoveItem', sku: 's0' })
    await deliver()
    expect(await views.carts.get('a')).toBeUndefined()
    expect(await views.carts.query('byStatus', 'active')).toEqual({ rows: [] })
    await send('a', { type: 'AddItem', sku: 's0', quantity: 1, unitPrice: 5 })
    await deliver()
    expect(await views.carts.get('a')).toMatchObject({ revision: 3, row: { items: 1 } })
  })

  test('takes one write for each entity of a batch, however many commits, and reads nothing', async () => {
    const { send, deliver, requests } = shop()
    for (const id of ['a', 'b']) for (const command of items(3)) await send(id, command)
    requests()
    await deliver()
    expect(requests()).toEqual({ gets: 0, writes: 2, queries: 0, journal: 0 })
  })

  test('reads the row, and writes none, for a commit without events', async () => {
    const { send, deliver, requests, views } = shop()
    for (const command of items(1)) await send('a', command)
    await deliver()
    await send('a', { type: 'RemoveItem', sku: 'none' }, { commandId: 'c-1' })
    requests()
    await deliver()
    expect(requests()).toEqual({ gets: 1, writes: 0, queries: 0, journal: 0 })
    expect(await views.carts.get('a')).toMatchObject({ revision: 1 })
  })

  test('keeps the rows of tenants apart', async () => {
    const { send, deliver, views } = shop()
    for (const tenant of ['acme', 'umbrella']) await send('a', items(1)[0] as never, { tenant })
    await send('b', items(1)[0] as never)
    await deliver()
    expect((await views.carts.query('byStatus', 'active', { tenant: 'acme' })).rows).toHaveLength(1)
    expect((await views.carts.query('byStatus', 'active')).rows).toMatchObject([{ entityId: 'b' }])
    expect(await views.carts.get('a')).toBeUndefined()
    expect(await views.carts.get('a', { tenant: 'acme' })).toMatchObject({ row: { items: 1 } })
  })
})

test('a change that is older than its row changes nothing', async () => {
  const { send, journal, open, views } = shop()
  for (const sku of ['s1', 's2']) await send('a', { type: 'AddItem', sku, quantity: 1, unitPrice: 5 })
  const { changes = [] } = (await journal.changes?.(undefined, 10)) ?? {}
  await open().deliver(changes)
  const row = await views.carts.get('a')
  await open().deliver(changes.slice(0, 1))
  expect(await views.carts.get('a')).toEqual({ ...row, lagMs: expect.any(Number) })
})

describe('a row that returns to what it was', () => {
  /** A cart with one item, then two, and its view: reads that may be late show the row of one item. */
  async function readLate() {
    const { send, journal, rows } = shop()
    const open = (of: RowStore) => createConsumers({ journal, rows: of, consumers: [carts] })
    const [first, second] = items(2)
    await send('a', first as never)
    await open(rows).deliver([{ key: 'cart/a', revision: 1 }])
    const old = await rows.get(['w/carts@1/cart/a'])
    await send('a', second as never)
    await open(rows).deliver([{ key: 'cart/a', revision: 2 }])
    await send('a', { type: 'RemoveItem', sku: 's1' })
    const late = open({
      ...rows,
      get: async (keys, request) =>
        request?.consistency === 'eventual' && keys[0]?.startsWith('w/') ? old : rows.get(keys, request),
    })
    return { send, journal, late, row: async () => (await rows.get(['w/carts@1/cart/a']))[0] }
  }

  test('is written although a late read shows an equal one, when the change has no record', async () => {
    const { late, row } = await readLate()
    await late.deliver([{ key: 'cart/a', revision: 3 }])
    expect(await row()).toMatchObject({ revision: 3, value: { items: 1 } })
  })

  test('is written for a commit without events that follows it in the same batch', async () => {
    const { send, journal, late, row } = await readLate()
    await send('a', { type: 'RemoveItem', sku: 'none' }, { commandId: 'c-1' })
    const { changes = [] } = (await journal.changes?.(undefined, 10)) ?? {}
    await late.deliver(changes.slice(2))
    expect(await row()).toMatchObject({ revision: 4, value: { items: 1 } })
  })
})

describe('rows equal the fold', () => {
  test.for(Array.from({ length: 20 }, (_, seed) => seed + 1))(
    'whatever is repeated, lost or out of order in the feed, also without records (seed %i)',
    async (seed) => {
      const random = seededRandom(seed)
      const whole = (below: number) => Math.floor(random() * below)
      const { send, journal, open, views } = shop()
      const ids = ['a', 'b', 'c']
      for (let n = 0; n < 30; n++) {
        const sku = `s${whole(3)}`
        const command =
          random() < 0.6
            ? ({ type: 'AddItem', sku, quantity: 1, unitPrice: 5 } as const)
            : ({ type: 'RemoveItem', sku } as const)
        await send(ids[whole(3)] as string, command, random() < 0.5 ? { commandId: `c${n}` } : {})
        if (random() < 0.3) {
          const { changes = [] } = (await journal.changes?.(undefined, 1_000)) ?? {}
          const some = changes
            .filter(() => random() < 0.5)
            .map((change) => (random() < 0.3 ? { key: change.key, revision: change.revision } : change))
            .toSorted(() => random() - 0.5)
          await open().deliver(some)
        }
      }
      const { changes = [] } = (await journal.changes?.(undefined, 1_000)) ?? {}
      const last = new Map(changes.map((change) => [change.key, change]))
      await open().deliver([...last.values()])
      const engine = createEngine(cart, { journal, platform: systemPlatform })
      for (const id of ids) {
        const { state } = await engine.read(id)
        const row = carts.row(state, { entityType: 'cart', entityId: id, tenant: undefined })
        expect((await views.carts.get(id))?.row ?? null).toEqual(row)
      }
    },
  )
})

describe('a row that cannot be made', () => {
  const broken = (fails: () => boolean) =>
    view({
      name: 'carts',
      from: cart,
      row: (state, { entityId }) => {
        if (entityId === 'bad' && fails()) throw new Error('no such thing')
        return { status: state.status }
      },
    })

  test('parks its entity alone, says why, and is made after a retry', async () => {
    const { send, deliver, rows, parked, open, requests } = shop()
    for (const id of ['bad', 'good']) await send(id, items(1)[0] as never)
    await deliver(open(broken(() => true)))
    expect(parked).toMatchObject([{ key: 'cart/bad', revision: 1, error: { code: 'handler-failed' } }])
    expect(String(parked[0]?.error)).toContain('row of cart/bad in view carts@1 failed: no such thing')
    expect((await heldEntities(rows, 'carts@1', 'parked')).entities).toMatchObject([{ key: 'cart/bad' }])
    requests()
    const mended = open(broken(() => false))
    expect(await retryParked(rows, 'carts@1', 'cart/bad')).toBe('released')
    await mended.deliverHeld()
    expect(requests()).toMatchObject({ writes: 1 })
    expect((await heldEntities(rows, 'carts@1', 'parked')).entities).toEqual([])
    expect(await mended.health()).toMatchObject({ ok: true })
  })

  test('is not tried again in the batch, for its function is pure', async () => {
    const { send, deliver, open, parked } = shop()
    await send('bad', items(1)[0] as never)
    let calls = 0
    await deliver(open(broken(() => (calls += 1) > 0)))
    expect(parked).toHaveLength(1)
    expect(calls).toBe(1)
  })

  test.for([
    ['a value that JSON cannot hold', { row: () => ({ at: new Date() }) }, 'not-json'],
    ['no object', { row: () => 5 as never }, 'returned neither an object nor null'],
    [
      'an index value of a wrong type',
      { row: () => ({}), indexes: { i: { by: () => ({}) as never } } },
      'index i',
    ],
    [
      'an index value that is too long',
      { row: () => ({}), indexes: { i: { by: () => 'x'.repeat(2_001) } } },
      '1 to 2000 bytes',
    ],
  ] as const)('because of %s names it', async ([, parts, says]) => {
    const { send, deliver, open, parked } = shop()
    await send('a', items(1)[0] as never)
    await deliver(open(view({ name: 'carts', from: cart, ...parts } as never)))
    const error = parked[0]?.error
    const text = error instanceof Error ? `${error.message} ${JSON.stringify(error.cause)}` : ''
    expect(text).toContain(says)
    expect(text).not.toContain('..')
  })
})

test('a row that is too large for the row store parks its entity alone', async () => {
  const { send, deliver, open, parked, views } = shop({ rows: memoryRows({ maxRowBytes: 1_000 }) })
  await send('small', items(1)[0] as never)
  for (const command of items(3)) await send('large', command)
  const padded = view({
    name: 'carts',
    from: cart,
    row: (state) => ({
      status: state.status,
      items: state.status === 'active' ? state.items.length : 0,
      pad: 'x'.repeat(state.status === 'active' && state.items.length > 1 ? 2_000 : 1),
    }),
  })
  await deliver(open(padded))
  expect(parked).toMatchObject([{ key: 'cart/large', error: { code: 'record-too-large' } }])
  expect(await views.carts.get('small')).toMatchObject({ row: { items: 1 } })
  expect(await views.carts.get('large')).toBeUndefined()
})

test('a row store that refuses to write parks nothing, for the entity is not the cause', async () => {
  const sound = memoryRows()
  const rows: RowStore = {
    ...sound,
    async write(writes, request) {
      if (writes.some(({ row }) => row.key.startsWith('w/')))
        throw storeFailure('write rows', 'access denied', { applied: 'no', retryable: false })
      return sound.write(writes, request)
    },
  }
  const { send, open, journal } = shop({ rows })
  await send('a', items(1)[0] as never)
  const { changes = [] } = (await journal.changes?.(undefined, 10)) ?? {}
  const [report] = await open().deliver(changes)
  expect(report).toMatchObject({ parked: [], failed: [{ key: 'cart/a' }] })
})

test('a state that is too large to ride, or of another schema version, is recovered: one read', async () => {
  const store = memoryStore()
  const { send, deliver, requests, views } = shop({ store })
  for (const command of items(60)) await send('a', command)
  requests()
  await deliver()
  expect(requests()).toMatchObject({ writes: 1, journal: 1 })
  expect(await views.carts.get('a')).toMatchObject({ revision: 60, row: { items: 60 } })
})
