import { storeFailure } from 'tailfold/store'
import { createConsumers, heldEntities, retryParked, skipParked } from 'tailfold/consumers'
import { projection } from 'tailfold/views'
import { describe, expect, test } from 'vitest'
import { type Journal, memoryRows, type RowStore } from 'tailfold'
import { days, shop, shops, sold } from './sales.ts'

describe('a projection', () => {
  test('adds the events of many entities to rows', async () => {
    const all = shops()
    await all.write('a', [sold('mon', 5), sold('tue', 7)])
    await all.write('b', [sold('mon', 1), { type: 'Returned', day: 'tue', amount: 2 }])
    await all.write('b', [{ type: 'Noted', text: 'closed' }], { tenant: 'acme' })
    await all.write('a', [sold('mon', 9)], { tenant: 'acme' })
    const report = await all.deliver()
    expect(await all.stored()).toEqual({
      mon: { sales: 2, amount: 6 },
      tue: { sales: 1, amount: 5 },
      '~acme/mon': { sales: 1, amount: 9 },
    })
    expect(report).toMatchObject({ consumer: 'days@1', events: 6, commits: 4, failed: [], parked: [] })
  })

  test.for([
    { how: 'backwards', arrange: <Item>(items: readonly Item[]) => items.toReversed() },
    { how: 'twice each', arrange: <Item>(items: readonly Item[]) => items.flatMap((item) => [item, item]) },
    { how: 'with half of them lost', arrange: <Item>(items: readonly Item[]) => items.slice(4) },
  ])('adds each event once when changes come $how', async ({ arrange }) => {
    const all = shops()
    for (const amount of [1, 2, 3, 4]) for (const id of ['a', 'b']) await all.write(id, [sold('mon', amount)])
    const consumers = all.open()
    await all.deliver(consumers, arrange)
    await all.deliver(consumers, arrange)
    await all.deliver(all.open(), arrange)
    expect(await all.stored()).toEqual({ mon: { sales: 8, amount: 20 } })
  })

  test('writes rows and positions of a batch in one request, and nothing when it comes again', async () => {
    const all = shops()
    for (const id of ['a', 'b', 'c']) await all.write(id, [sold('mon', 1)])
    all.requests()
    const consumers = all.open()
    await all.deliver(consumers)
    // Registration: one read, one write. Then positions, the row, and all of them written.
    expect(all.requests()).toEqual({ gets: 3, keys: 5, writes: 2, rows: 5, refused: 0 })
    await all.deliver(consumers)
    expect(all.requests()).toEqual({ gets: 0, keys: 0, writes: 0, rows: 0, refused: 0 })
    expect(await all.deliver(all.open())).toMatchObject({ repeats: 3, events: 0 })
    expect(all.requests()).toMatchObject({ writes: 0 })
  })

  test('writes no row for an event that leaves it as it is', async () => {
    const ignoring = projection({
      name: 'ignoring',
      from: shop,
      initialRow: { n: 0 },
      key: () => 'all',
      on: { Sold: (row) => row },
    })
    const all = shops()
    await all.write('a', [sold('mon', 1)])
    await all.deliver(all.open(ignoring))
    expect(await all.stored(ignoring)).toEqual({})
    expect(await all.deliver(all.open(ignoring))).toMatchObject({ repeats: 1 })
  })

  test('changes several rows where key names several', async () => {
    const both = projection({
      name: 'both',
      from: shop,
      initialRow: { keys: [] as readonly string[] },
      key: (event) => ('day' in event ? [event.day, 'all', event.day] : []),
      on: { Sold: ({ keys }, _event, { rowKey, id }) => ({ keys: [...keys, `${rowKey} ${id}`] }) },
    })
    const all = shops()
    await all.write('a', [sold('mon', 1)])
    await all.deliver(all.open(both))
    expect(await all.stored(both)).toEqual({
      mon: { keys: ['mon shop/a/1'] },
      all: { keys: ['all shop/a/1'] },
    })
  })

  test('divides a batch that exceeds one write, and no commit', async () => {
    const all = shops({ rows: limited(memoryRows(), 7) })
    for (let n = 0; n < 20; n++)
      await all.write(`s${n % 10}`, [sold(`d${n % 4}`, 1), sold('all', 1), sold(`e${n % 3}`, 1)])
    await all.deliver()
    const stored = await all.stored()
    expect(stored['all']).toEqual({ sales: 20, amount: 20 })
    expect(stored['d1']).toEqual({ sales: 5, amount: 5 })
    expect(stored['e0']).toEqual({ sales: 7, amount: 7 })
  })

  test('delivers an entity that is far behind apart, in pages', async () => {
    const all = shops()
    for (let n = 0; n < 1_050; n++) await all.write('a', [sold(`d${n % 3}`, 1)])
    const consumers = all.open()
    const changes = await all.changes()
    await consumers.deliver(changes.slice(-2))
    expect(await all.stored()).toEqual({})
    await consumers.deliverHeld()
    expect(await all.stored()).toMatchObject({ d0: { sales: 350 }, d1: { sales: 350 }, d2: { sales: 350 } })
    expect(await consumers.health()).toMatchObject({ ok: true })
  })
})

describe('a write of a projection', () => {
  test('that another process was ahead of is folded again from what is there', async () => {
    const all = shops()
    for (const id of ['a', 'b', 'c', 'd', 'e', 'f']) await all.write(id, [sold('mon', 1)])
    const changes = await all.changes()
    const reports = await Promise.all(changes.map(async (change) => all.open().deliver([change])))
    expect(reports.flat().flatMap(({ failed }) => failed)).toEqual([])
    expect(await all.stored()).toEqual({ mon: { sales: 6, amount: 6 } })
  })

  test.for([
    ['its reply is lost', true],
    ['it is lost itself', false],
  ] as const)('is made once when %s', async ([, applied]) => {
    let lose = 2
    const base = memoryRows()
    const rows: RowStore = {
      ...base,
      async write(writes, request) {
        if (writes.length < 2 || lose === 0) return base.write(writes, request)
        lose -= 1
        if (applied) await base.write(writes, request)
        throw storeFailure('write', 'the network is gone', { applied: 'unknown' })
      },
    }
    const all = shops({ rows })
    await all.write('a', [sold('mon', 1), sold('tue', 1)])
    await all.write('b', [sold('mon', 1)])
    expect(await all.deliver()).toMatchObject({ failed: [] })
    expect(await all.stored()).toEqual({ mon: { sales: 2, amount: 2 }, tue: { sales: 1, amount: 1 } })
  })

  test('that fails for longer leaves its entities to be delivered again', async () => {
    const base = memoryRows()
    let down = true
    const rows: RowStore = {
      ...base,
      async write(writes, request) {
        if (writes.length > 1 && down) throw storeFailure('write', 'it is busy', { applied: 'no' })
        return base.write(writes, request)
      },
    }
    const all = shops({ rows })
    await all.write('a', [sold('mon', 1)])
    const consumers = all.open()
    expect(await all.deliver(consumers)).toMatchObject({
      failed: [{ key: 'shop/a', places: [0] }],
      parked: [],
    })
    down = false
    expect(await all.deliver(consumers)).toMatchObject({ events: 1, failed: [] })
    expect(await all.stored()).toEqual({ mon: { sales: 1, amount: 1 } })
  })
})

test('an entity whose commits cannot be read for now holds up no other one', async () => {
  const all = shops()
  for (const id of ['a', 'b', 'c']) await all.write(id, [sold('mon', 1)])
  const busy: Journal['commits'] = (entity, ...rest) => {
    if (entity.entityId === 'a') throw storeFailure('read', 'it is busy', { applied: 'no' })
    return all.journal.commits(entity, ...rest)
  }
  const journal = Object.assign(Object.create(all.journal) as Journal, { commits: busy })
  const consumers = createConsumers({ journal, rows: all.rows, consumers: [days] })
  expect(await consumers.deliver(await all.changes(false))).toMatchObject([
    { events: 2, failed: [{ key: 'shop/a', places: [0] }] },
  ])
  expect(await all.stored()).toEqual({ mon: { sales: 2, amount: 2 } })
  expect(await all.deliver()).toMatchObject({ events: 1, failed: [] })
})

describe('an entity whose event cannot be projected', () => {
  const picky = (on: (row: { n: number }) => { n: number }) =>
    projection({
      name: 'picky',
      from: shop,
      initialRow: { n: 0 },
      key: (event) => ('day' in event ? event.day : undefined),
      on: { Sold: on },
    })

  test('is parked alone, with what came before it written', async () => {
    const all = shops()
    const failing = projection({
      name: 'failing',
      from: shop,
      initialRow: { n: 0 },
      key: () => 'all',
      on: {
        Sold: ({ n }, { amount }) => {
          if (amount === 13) throw new Error('unlucky')
          return { n: n + 1 }
        },
      },
    })
    await all.write('a', [sold('mon', 1)])
    await all.write('a', [sold('mon', 2), sold('mon', 13)])
    await all.write('a', [sold('mon', 3)])
    await all.write('b', [sold('mon', 4)])
    const consumers = all.open(failing)
    expect(await all.deliver(consumers)).toMatchObject({
      parked: [{ key: 'shop/a', revision: 2 }],
      failed: [],
    })
    expect(all.parked).toHaveLength(1)
    expect(await all.stored(failing)).toEqual({ all: { n: 2 } })
    const { entities } = await heldEntities(all.rows, 'failing@1', 'parked')
    expect(entities).toMatchObject([{ key: 'shop/a', revision: 2, code: 'handler-failed' }])
    expect(entities[0]?.error).toContain('in projection failing@1 failed at event 3 (Sold): on.Sold: unlucky')
    expect(await all.deliver(consumers)).toMatchObject({ held: 1, events: 0 })
    await retryParked(all.rows, 'failing@1', 'shop/a')
    await consumers.deliverHeld()
    expect(await all.stored(failing)).toEqual({ all: { n: 2 } })
    await skipParked(all.rows, 'failing@1', 'shop/a', 2)
    await consumers.deliverHeld()
    expect(await all.stored(failing)).toEqual({ all: { n: 3 } })
    expect(await consumers.health()).toMatchObject({ ok: true })
  })

  test('is delivered after a retry although a late read shows that it is parked', async () => {
    let broken = true
    const failing = picky((row) => {
      if (broken) throw new Error('unlucky')
      return { n: row.n + 1 }
    })
    const all = shops()
    await all.write('a', [sold('mon', 1)])
    await all.deliver(all.open(failing))
    const positionKey = 'p/picky@1/shop/a'
    const parked = await all.rows.get([positionKey])
    await retryParked(all.rows, 'picky@1', 'shop/a')
    broken = false
    const late: RowStore = {
      ...all.rows,
      get: async (keys, request) =>
        request?.consistency === 'eventual' && keys[0] === positionKey ? parked : all.rows.get(keys, request),
    }
    await createConsumers({ journal: all.journal, rows: late, consumers: [failing] }).deliverHeld()
    expect(await all.stored(failing)).toEqual({ mon: { n: 1 } })
  })

  test.for([
    ['nothing', () => undefined],
    ['a list', () => []],
    ['a row that is not JSON', () => ({ n: Number.NaN })],
    ['a Date in it', () => ({ n: new Date() })],
    ['a row changed in place', (row: { n: number }) => ((row.n += 1), row)],
  ] as const)('is parked when its fold returns %s', async ([, on]) => {
    const all = shops()
    await all.write('a', [sold('mon', 1)])
    const consumers = all.open(picky(on as never))
    expect(await all.deliver(consumers)).toMatchObject({ parked: [{ key: 'shop/a', revision: 1 }] })
    expect(await all.stored(picky(on as never))).toEqual({})
  })

  test.for([
    ['a number', 7],
    ['null', null],
    ['an empty text', ''],
    ['an object', {}],
    ['a list with a number', ['a', 1]],
    ['a text that is too long', 'x'.repeat(513)],
    ['more rows than one write takes', Array.from({ length: 100 }, (_, n) => `k${n}`)],
  ] as const)('is parked when key returns %s', async ([, key]) => {
    const all = shops()
    await all.write('a', [sold('mon', 1)])
    const odd = projection({
      name: 'odd',
      from: shop,
      initialRow: { n: 0 },
      key: () => key as never,
      on: { Sold: ({ n }) => ({ n: n + 1 }) },
    })
    expect(await all.deliver(all.open(odd))).toMatchObject({ parked: [{ key: 'shop/a' }], failed: [] })
    expect(await all.stored(odd)).toEqual({})
  })

  test('is parked at once: a fold is pure, so it would fail again', async () => {
    const all = shops()
    await all.write('a', [sold('mon', 1)])
    let calls = 0
    const failing = picky(() => {
      calls += 1
      throw new Error('no')
    })
    await all.deliver(all.open(failing))
    expect(all.parked).toHaveLength(1)
    expect(calls).toBe(1)
  })

  test('is parked when an index value is not one', async () => {
    const all = shops()
    await all.write('a', [sold('mon', 1)])
    await all.write('b', [sold('tue', 2)])
    const indexed = projection({
      name: 'indexed',
      from: shop,
      initialRow: { n: 0 },
      key: () => 'all',
      on: { Sold: (row, { amount }) => ({ n: row.n + amount }) },
      indexes: { byN: { by: ({ n }) => (n === 3 ? Number.NaN : n) } },
    })
    const report = await all.deliver(all.open(indexed))
    expect(report).toMatchObject({ parked: [{ key: 'shop/b', error: { code: 'handler-failed' } }] })
    expect(await all.stored(indexed)).toEqual({ all: { n: 1 } })
  })

  test('is parked when it makes a row too large, and others are not', async () => {
    const all = shops({ rows: memoryRows({ maxRowBytes: 2_000 }) })
    for (const id of ['a', 'b', 'c', 'd']) await all.write(id, [sold(id === 'c' ? 'x'.repeat(400) : id, 1)])
    await all.write('c', [sold('after', 1)])
    const listing = projection({
      name: 'listing',
      from: shop,
      initialRow: { seen: [] as readonly string[] },
      key: () => 'all',
      on: { Sold: ({ seen }, { day }) => ({ seen: [...seen, day.repeat(5)] }) },
    })
    const report = await all.deliver(all.open(listing))
    expect(report).toMatchObject({ parked: [{ key: 'shop/c', revision: 1 }], failed: [] })
    expect(await all.stored(listing)).toEqual({
      all: { seen: expect.arrayContaining(['aaaaa', 'bbbbb', 'ddddd']) },
    })
  })
})

test('a projection that changed under one version is refused with what to do', async () => {
  const all = shops()
  await all.write('a', [sold('mon', 1)])
  await all.deliver()
  const changed = projection({
    name: days.name,
    from: shop,
    initialRow: { sales: 0 },
    key: () => 'all',
    on: { Sold: (row) => row },
  })
  const [report] = await all.open(changed).deliver(await all.changes())
  expect(report?.failed[0]?.error).toMatchObject({
    name: 'TypeError',
    message: expect.stringContaining('days@1 is not what its rows were made by'),
  })
})

/** A row store that takes so many rows at once. */
function limited(base: RowStore, writes: number): RowStore {
  return {
    ...base,
    limits: { ...base.limits, writes },
    async write(batch, request) {
      expect(batch.length).toBeLessThanOrEqual(writes)
      return base.write(batch, request)
    },
  }
}
