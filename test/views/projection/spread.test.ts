import { memoryRows, type Platform, type RowStore } from 'tailfold'
import { virtualPlatform } from 'tailfold/testing'
import { projection, readViews, view } from 'tailfold/views'
import { describe, expect, test } from 'vitest'
import { shop, shops, sold } from './sales.ts'

/** One row that every event changes, in so many parts. */
const total = (spread: number) =>
  projection({
    name: 'total',
    from: shop,
    initialRow: { sales: 0, last: {} as Readonly<Record<string, number>> },
    key: () => 'all',
    on: {
      Sold: ({ sales, last }, { amount }, { entity }) => ({
        sales: sales + 1,
        last: { ...last, [entity.entityId]: amount },
      }),
    },
    spread,
    merge: (one, { sales, last }) => ({ sales: one.sales + sales, last: { ...one.last, ...last } }),
  })

/** Rows at the far end of a network. */
function far(base: RowStore, { schedule, random }: Platform): RowStore {
  const wait = () => new Promise<void>((resolve) => schedule(2 + random() * 4, resolve))
  return {
    ...base,
    get: async (...args) => (await wait(), base.get(...args)),
    write: async (...args) => (await wait(), base.write(...args)),
  }
}

/** Rows of which at most three are read at once. */
function threeAtOnce(base: RowStore): RowStore {
  return {
    ...base,
    limits: { ...base.limits, reads: 3 },
    async get(keys, request) {
      if (keys.length > 3) throw new TypeError('at most 3 keys can be read at once')
      return base.get(keys, request)
    },
  }
}

const processes = 8
const batches = 30

/** Lets 8 processes deliver batches of one row at once, and says how many writes were tried for each batch. */
async function hotRow(of: ReturnType<typeof total>) {
  const platform = virtualPlatform()
  const all = shops({ rows: far(memoryRows(), platform) })
  for (let n = 0; n < batches; n++)
    for (let p = 0; p < processes; p++)
      // An entity that lives long and one of its own in each batch.
      for (const id of [`p${p}-long`, `p${p}-${n}`]) await all.write(id, [sold('mon', n)])
  const changes = await all.changes()
  await all.open(of, platform).deliver([])
  all.requests()
  const ended = Array.from({ length: processes }, async (_, p) => {
    const consumers = all.open(of, platform)
    const own = changes.filter(({ key }) => key.startsWith(`shop/p${p}-`))
    for (let start = 0; start < own.length; start += 2) {
      const [report] = await consumers.deliver(own.slice(start, start + 2))
      if (report?.failed.length !== 0) throw new Error('a batch failed')
    }
  })
  await Promise.all(ended)
  const { writes, refused } = all.requests()
  const views = readViews({ journal: all.journal, rows: all.rows, views: [of], platform })
  const read = await views.total.get('all')
  return { tries: writes / (processes * batches), refused, read }
}

describe('a row that 8 processes change at once', () => {
  const everything = {
    sales: 2 * processes * batches,
    last: expect.objectContaining({ 'p0-long': batches - 1, 'p7-29': 29, 'p3-4': 4 }),
  }

  test('takes at most 1.1 tries a batch when it is spread over 8 parts', { timeout: 60_000 }, async () => {
    const { tries, read, refused } = await hotRow(total(8))
    expect(read).toMatchObject({ row: everything })
    expect(refused).toBeGreaterThan(0)
    expect(tries).toBeLessThanOrEqual(1.1)
  })

  test('takes several when it is not, and counts each event once all the same', {
    timeout: 60_000,
  }, async () => {
    const { tries, read } = await hotRow(total(1))
    expect(read).toMatchObject({ row: everything })
    expect(tries).toBeGreaterThan(1.5)
  })
})

test('the events of an entity stay in one part, whichever process delivers them', async () => {
  const all = shops()
  const of = total(16)
  for (let n = 0; n < 12; n++) {
    await all.write('a', [sold('mon', n)])
    await all.write(`b${n}`, [sold('mon', n)])
    await all.deliver(all.open(of))
  }
  const parts = Object.values(await all.stored(of)) as readonly { readonly last: object }[]
  expect(parts.filter(({ last }) => 'a' in last)).toMatchObject([{ last: { a: 11 } }])
  const { total: reader } = readViews({ journal: all.journal, rows: all.rows, views: [of] })
  expect(await reader.get('all')).toMatchObject({ key: 'all', revision: 12, row: { sales: 24 } })
  expect(await reader.get('nothing')).toBeUndefined()
})

test('a merge that fails is handler-failed, and says where', async () => {
  const all = shops()
  const broken = projection({
    name: 'broken',
    from: shop,
    initialRow: { n: 0 },
    key: () => 'all',
    on: { Sold: ({ n }) => ({ n: n + 1 }) },
    spread: 2,
    merge: () => undefined as never,
  })
  const changes = async () => (await all.changes()).slice(-1)
  await all.write('a', [sold('mon', 1)])
  await all.open(broken).deliver(await changes())
  const { broken: reader } = readViews({ journal: all.journal, rows: all.rows, views: [broken] })
  expect(await reader.get('all')).toMatchObject({ row: { n: 1 } })
  await all.write('b', [sold('mon', 1)])
  await all.open(broken).deliver(await changes())
  await expect(reader.get('all')).rejects.toMatchObject({
    code: 'handler-failed',
    message: expect.stringContaining('row of broken@1/all failed: merge returned no row'),
  })
})

test('a row in more parts than the store reads at once is written and read, with commits to be included', async () => {
  const few = threeAtOnce(memoryRows())
  const all = shops({ rows: few })
  const ids = ['a', 'b', 'c', 'd', 'e']
  for (const id of ids) await all.write(id, [sold('mon', 1)])
  const [report] = await all.open(total(8)).deliver(await all.changes())
  expect(report?.failed).toEqual([])
  const { total: reader } = readViews({ journal: all.journal, rows: few, views: [total(8)] })
  const after = ids.map((entityId) => ({ entityType: 'shop', entityId, revision: 1 }))
  expect(await reader.get('all', { after })).toMatchObject({ row: { sales: 5 } })
})

test('a view is read after more commits than the store reads at once', async () => {
  const few = threeAtOnce(memoryRows())
  const all = shops({ rows: few })
  const ids = ['a', 'b', 'c', 'd', 'e']
  for (const id of ids) await all.write(id, [sold('mon', 1)])
  const every = view({
    name: 'every',
    from: shop,
    row: () => ({ here: true }),
    indexes: { all: { by: () => true } },
  })
  const { every: reader } = readViews({ journal: all.journal, rows: few, views: [every] })
  const after = ids.map((entityId) => ({ entityType: 'shop', entityId, revision: 1 }))
  expect((await reader.query('all', true, { after })).rows).toHaveLength(5)
})
