import { createEngine, memoryRows, memoryStore, type RowStore, systemPlatform } from 'tailfold'
import { catchUp, createConsumers } from 'tailfold/consumers'
import { keyValueJournal } from 'tailfold/store'
import { checkView, dropView, projection, readViews, rebuildView, switchView, view } from 'tailfold/views'
import { describe, expect, test } from 'vitest'
import { type Counted, counter } from '../helpers/counter.ts'

const sums = (version: number) =>
  view({
    name: 'sums',
    version,
    from: counter,
    row: ({ sum }) => ({ sum, version }),
    indexes: { all: { by: () => true, sort: (row) => row.sum } },
  })
const [one, two] = [sums(1), sums(2)]

/** Counters `c0` to `c<n>` in a store, and how often each is written to. */
async function counters(count: number, { store = memoryStore(), rows = memoryRows() } = {}) {
  const journal = keyValueJournal(store)
  const engine = createEngine(counter, { journal, platform: systemPlatform })
  for (let n = 0; n < count; n++) await engine.execute(`c${n}`, { type: 'Count', by: n })
  return { store, rows, journal, engine }
}

/** Rows whose writes are passed to a function first. */
const before = (rows: RowStore, write: (key: string) => void | Promise<void>): RowStore => ({
  ...rows,
  async write(writes, request) {
    for (const { row } of writes) await write(row.key)
    return rows.write(writes, request)
  },
})

describe('a rebuild', () => {
  test('makes the row of each of 2,000 entities with one read of each and one write', async () => {
    const { store, rows, journal } = await counters(2_000)
    const costs: number[] = []
    const report = await rebuildView(two, { store, rows, meter: ({ requests }) => costs.push(requests) })
    expect(report).toMatchObject({
      view: 'sums@2',
      source: 'entities',
      complete: true,
      parked: [],
      failed: 0,
    })
    expect(report).toMatchObject({ read: 2_000, written: 2_000, refused: 0, unchanged: 0 })
    // Of each entity its state, its row and the write; five for keys and places, and some to begin and end.
    expect(report.requests - 6_000).toBeLessThan(20)
    expect(costs.reduce((sum, each) => sum + each, 0)).toBe(report.requests)
    expect(await checkView(two, { journal, rows, store })).toMatchObject({
      rows: 2_000,
      entities: 2_000,
      differing: [],
      missing: [],
    })
  })

  test('writes nothing that is there already', async () => {
    const { store, rows } = await counters(20)
    await rebuildView(two, { store, rows })
    expect(await rebuildView(two, { store, rows })).toMatchObject({ read: 20, written: 0, unchanged: 20 })
  })

  test('does not replace a row that became newer while it was made', async () => {
    const { store, rows, journal, engine } = await counters(3)
    const live = createConsumers({ journal, rows, consumers: [two] })
    const racing = before(rows, async (key) => {
      if (key !== 'w/sums@2/counter/c1') return
      const { revision } = await engine.execute('c1', { type: 'Count', by: 100 })
      await live.deliver([{ key: 'counter/c1', revision }])
    })
    const report = await rebuildView(two, { store, rows: racing })
    expect(report).toMatchObject({ read: 3, written: 2, refused: 1, unchanged: 0 })
    expect((await readViews({ journal, rows, views: [two] }).sums.get('c1'))?.row).toEqual({
      sum: 101,
      version: 2,
    })
  })

  test('goes on where it was stopped', async () => {
    const { store, rows } = await counters(1_200)
    const controller = new AbortController()
    const stopped = await rebuildView(two, {
      store,
      rows,
      signal: controller.signal,
      onProgress: () => controller.abort(),
    })
    expect(stopped).toMatchObject({ read: 500, complete: false })
    expect(await switchView('sums', 2, { rows })).toMatchObject({ kind: 'not-ready' })
    expect(await rebuildView(two, { store, rows })).toMatchObject({ read: 700, written: 700, complete: true })
    expect(await switchView('sums', 2, { rows })).toMatchObject({ kind: 'switched' })
  })

  test('is repeated from the entity that could not be written', async () => {
    const { store, rows } = await counters(30)
    const broken = before(rows, (key) => {
      if (key.endsWith('/c7')) throw new Error('the disk is full')
    })
    expect(await rebuildView(two, { store, rows: broken })).toMatchObject({
      failed: 1,
      complete: false,
      written: 29,
    })
    expect(await rebuildView(two, { store, rows })).toMatchObject({
      written: 1,
      unchanged: 29,
      complete: true,
    })
  })

  test('parks an entity whose row cannot be made, and goes on with the others', async () => {
    const { store, rows } = await counters(5)
    const failing = view({
      name: 'failing',
      from: counter,
      row({ sum }) {
        if (sum === 3) throw new Error('no 3')
        return { sum }
      },
    })
    expect(await rebuildView(failing, { store, rows })).toMatchObject({
      parked: ['counter/c3'],
      written: 4,
      unchanged: 0,
      complete: true,
    })
    expect(await switchView('failing', 1, { rows })).toMatchObject({
      reason: expect.stringContaining('counter/c3'),
    })
  })

  test('of a projection reads all changes, each event once beside its consumer', async () => {
    const { store, rows, journal } = await counters(50)
    const total = projection({
      name: 'total',
      from: counter,
      initialRow: { sum: 0 },
      key: () => 'all',
      on: { Counted: (row, { by }: Counted) => ({ sum: row.sum + by }) },
    })
    await createConsumers({ journal, rows, consumers: [total] }).deliver([{ key: 'counter/c9', revision: 1 }])
    expect(await rebuildView(total, { store, rows })).toMatchObject({
      source: 'changes',
      read: 50,
      complete: true,
    })
    expect((await readViews({ journal, rows, views: [total] }).total.get('all'))?.row).toEqual({ sum: 1_225 })
  })

  test('needs a store that reaches back to the first commit', async () => {
    const { keys: _keys, changes: _changes, ...store } = memoryStore()
    await expect(rebuildView(two, { store, rows: memoryRows() })).rejects.toThrow('rebuildView needs a feed')
  })

  test('is still known of the other tenants after the rows of one were dropped', async () => {
    const { store, rows, engine } = await counters(1)
    for (const tenant of ['x', 'y']) await engine.execute('c', { type: 'Count', by: 1 }, { tenant })
    await rebuildView(two, { store, rows })
    const keys = async () => (await rows.scan('', undefined, 100)).rows.map(({ key }) => key)
    const before = await keys()
    expect(await dropView(two, { rows, tenant: 'x' })).toBe(1)
    const gone = ['~x/w/sums@2/counter/c', 'u/sums@2/rebuild']
    expect(await keys()).toEqual(before.filter((key) => !gone.includes(key)))
    expect(await switchView('sums', 2, { rows })).toMatchObject({ kind: 'switched' })
    expect(await dropView(two, { rows, allTenants: true })).toBe(2)
    expect(await keys()).toEqual(['v/sums'])
  })

  test('begins at the beginning after the view was dropped in the middle', async () => {
    const { store, rows } = await counters(600)
    const controller = new AbortController()
    await rebuildView(two, { store, rows, signal: controller.signal, onProgress: () => controller.abort() })
    expect(await dropView(two, { rows })).toBe(500)
    expect(await rebuildView(two, { store, rows })).toMatchObject({ read: 600, written: 600 })
  })

  test.for([{ allTenants: true }, {}])(
    'after a drop a catch-up of several consumers that was stopped begins at the beginning: %j',
    async (options) => {
      const { store, rows, journal } = await counters(600)
      const consumers = createConsumers({ journal, rows, consumers: [one, two] })
      const controller = new AbortController()
      await catchUp(consumers, { signal: controller.signal, onProgress: () => controller.abort() })
      await dropView(two, { rows, ...options })
      expect(await catchUp(consumers)).toMatchObject({ changes: 600, complete: true })
      expect(await checkView(two, { journal, rows, store })).toMatchObject({ rows: 600, missing: [] })
    },
  )

  test('keeps rows that are an object of a class', async () => {
    const { store, rows } = await counters(3)
    class Rows implements RowStore {
      readonly limits = rows.limits
      readonly get: RowStore['get'] = async (...args) => rows.get(...args)
      async write(...args: Parameters<RowStore['write']>) {
        return rows.write(...args)
      }
      async query(...args: Parameters<RowStore['query']>) {
        return rows.query(...args)
      }
      async scan(...args: Parameters<RowStore['scan']>) {
        return rows.scan(...args)
      }
      async remove(...args: Parameters<RowStore['remove']>) {
        return rows.remove(...args)
      }
    }
    const report = await rebuildView(two, { store, rows: new Rows() })
    expect(report).toMatchObject({ written: 3, complete: true })
  })
})

test('dropView removes the rows of all tenants on request', async () => {
  const { store, rows, engine } = await counters(3)
  for (const tenant of ['acme', 'globex']) await engine.execute('c0', { type: 'Count', by: 1 }, { tenant })
  for (const version of [one, two]) await rebuildView(version, { store, rows })
  expect(await dropView(one, { rows, allTenants: true })).toBe(5)
  const { rows: left } = await rows.scan('', undefined, 100)
  expect(left.filter(({ key }) => key.includes('sums@1'))).toEqual([])
  expect(left.filter(({ key }) => key.includes('w/sums@2'))).toHaveLength(5)
})
