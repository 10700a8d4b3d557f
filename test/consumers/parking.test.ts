import {
  consumer,
  createConsumers,
  heldEntities,
  registrations,
  retryParked,
  skipParked,
} from 'tailfold/consumers'
import { memoryRows, memoryStore, type RowWrite, type Store } from 'tailfold'
import { storeFailure } from 'tailfold/store'
import { projection, readViews, view } from 'tailfold/views'
import { describe, expect, test, vi } from 'vitest'
import { counter } from '../helpers/counter.ts'
import { amountsOf, counted, repliesToPositionsLost, type Seen } from '../helpers/counted.ts'

const bad = ({ by }: Seen) => {
  if (by === 13) throw Object.assign(new Error('13 cannot be added'), { code: 'unlucky' })
}

describe('an entity whose event cannot be handled', () => {
  test('is parked for that consumer; nobody else waits', async () => {
    const { count, open, changes, seen, parked, rows } = counted()
    for (const by of [1, 13, 2]) await count('a', by)
    await count('b', 1)
    const consumers = open(bad)
    await consumers.deliver(await changes())
    await count('a', 3)
    await count('b', 2)
    await consumers.deliver(await changes())
    expect(amountsOf(seen)).toEqual({ a: [1], b: [1, 2] })
    expect(parked).toEqual([
      { key: 'counter/a', revision: 2, error: expect.any(Error), consumer: 'adding@1' },
    ])
    expect(await heldEntities(rows, 'adding@1', 'parked')).toEqual({
      entities: [
        {
          key: 'counter/a',
          revision: 2,
          state: 'parked',
          since: expect.any(Number),
          attempts: 1,
          code: 'unlucky',
          error: '13 cannot be added',
        },
      ],
    })
    expect(await consumers.health()).toMatchObject({ ok: false, consumers: [{ parked: 1 }] })
  })

  test('is parked where its commit cannot be read, also for a consumer that starts from now', async () => {
    const { count, open, changes, seen, parked } = counted()
    const consumers = open(undefined, { startFrom: 'now' })
    for (const id of ['a', 'b']) await count(id, 1)
    await count('a', 2)
    const damaged = (await changes()).map((change) =>
      change.key === 'counter/a' && change.revision === 2 && change.record !== undefined
        ? { ...change, record: { ...change.record, e: 'torn' } }
        : change,
    )
    const [report] = await consumers.deliver(damaged)
    expect(report?.failed).toEqual([])
    expect(parked).toMatchObject([{ key: 'counter/a', revision: 2, error: { code: 'journal-corrupt' } }])
    expect(amountsOf(seen)).toEqual({ a: [1], b: [1] })
  })

  test('is parked whatever its report throws', async () => {
    const { count, changes, journal, rows } = counted()
    await count('a', 13)
    const adding = consumer({
      name: 'adding',
      from: counter,
      handle: () => Promise.reject(new Error('13 cannot be added')),
    })
    const onParked = () => {
      throw new Error('the pager is down')
    }
    const consumers = createConsumers({ journal, rows, consumers: [adding], onParked })
    expect(await consumers.deliver(await changes())).toMatchObject([
      { parked: [{ key: 'counter/a' }], failed: [] },
    ])
  })

  test('is reported once when the reply to its parking is lost', async () => {
    const all = counted()
    await all.count('a', 13)
    const other = counted({ store: all.store, rows: repliesToPositionsLost(all.rows) })
    const [report] = await other.open(bad).deliver(await all.changes())
    expect(report).toMatchObject({ failed: [], held: 0, parked: [{ key: 'counter/a', revision: 1 }] })
    expect(other.parked).toHaveLength(1)
  })

  test('stays parked in another process', async () => {
    const { count, open, changes, seen } = counted()
    for (const by of [13, 2]) await count('a', by)
    await open(bad).deliver(await changes())
    await open(() => {}).deliver(await changes())
    expect(seen).toEqual([])
  })

  test('is delivered in order from where it stopped, after the code was mended and retry', async () => {
    const { count, open, changes, seen, rows } = counted()
    for (const by of [1, 13, 2]) await count('a', by)
    await open(bad).deliver(await changes())
    expect(await retryParked(rows, 'adding@1', 'counter/a')).toBe('released')
    expect(await retryParked(rows, 'adding@1', 'counter/a')).toBe('not-parked')
    const mended = open()
    await mended.deliver(await changes())
    await mended.deliverHeld()
    expect(amountsOf(seen)).toEqual({ a: [1, 13, 2] })
    expect(seen.map(({ meta }) => meta.replay)).toEqual([false, true, true])
    expect(await mended.health()).toMatchObject({ ok: true })
    await count('a', 3)
    await mended.deliver(await changes())
    expect(amountsOf(seen)).toEqual({ a: [1, 13, 2, 3] })
  })

  test('is parked again when it fails again, with one attempt more', async () => {
    const { count, open, changes, rows, parked } = counted()
    await count('a', 13)
    const consumers = open(bad)
    await consumers.deliver(await changes())
    await retryParked(rows, 'adding@1', 'counter/a')
    await consumers.deliverHeld()
    const { entities } = await heldEntities(rows, 'adding@1', 'parked')
    expect([entities[0]?.attempts, parked.length]).toEqual([2, 2])
  })

  test('goes on behind a commit that is skipped, and only that one', async () => {
    const { count, open, changes, seen, rows } = counted()
    for (const by of [1, 13, 2]) await count('a', by)
    const consumers = open(bad)
    await consumers.deliver(await changes())
    expect(await skipParked(rows, 'adding@1', 'counter/a', 3)).toBe('another-revision')
    expect(await skipParked(rows, 'adding@1', 'counter/a', 2)).toBe('released')
    expect(await skipParked(rows, 'adding@1', 'counter/b', 1)).toBe('not-parked')
    await consumers.deliverHeld()
    expect(amountsOf(seen)).toEqual({ a: [1, 2] })
  })

  test('a record that cannot be read parks its entity alone', async () => {
    const { count, open, changes, seen, parked } = counted()
    await count('a', 1)
    await count('b', 1)
    const altered = (await changes()).map((change) =>
      change.key.endsWith('a') ? { ...change, record: { ...change.record, v: 99 } } : change,
    )
    await open().deliver(altered)
    expect(amountsOf(seen)).toEqual({ b: [1] })
    expect(parked).toMatchObject([{ key: 'counter/a', revision: 1, error: { code: 'journal-corrupt' } }])
  })

  test('a journal that is corrupt for one read, as in the middle of a restore, parks nobody', async () => {
    const sound = memoryStore()
    let faults = 0
    const torn = <Page extends { readonly commits: readonly unknown[] }>(page: Page) =>
      faults-- > 0 ? { ...page, commits: page.commits.toSpliced(1, 1) } : page
    const store: Store = {
      ...sound,
      range: async (...args) => torn(await sound.range(...args)),
      recover: async (...args) => torn(await sound.recover(...args)),
    }
    const { count, open, changes, seen, parked, journal } = counted({ store })
    for (const by of [1, 2, 3]) await count('a', by)
    faults = 1
    await open().deliver(await changes(false))
    expect(amountsOf(seen)).toEqual({ a: [1, 2, 3] })

    const totals = view({ name: 'totals', from: counter, row: ({ sum }) => ({ sum }) })
    const rows = memoryRows()
    const consumers = createConsumers({
      journal,
      rows,
      consumers: [totals],
      onParked: (one) => parked.push({ ...one, consumer: 'totals' }),
    })
    faults = 1
    await consumers.deliver(await changes(false))
    expect(parked).toEqual([])
    expect(faults).toBeLessThan(1)
  })

  test('of a tenant has its position among the rows of the tenant', async () => {
    const { count, open, changes, rows } = counted()
    await count('a', 13, { tenant: 'acme' })
    await open(bad).deliver(await changes())
    const { rows: found } = await rows.scan('~acme/', undefined, 10)
    expect(found.map(({ key }) => key)).toEqual(['~acme/p/adding@1/counter/a'])
    const { entities } = await heldEntities(rows, 'adding@1', 'parked')
    expect(entities.map(({ key }) => key)).toEqual(['~acme/counter/a'])
    expect(await retryParked(rows, 'adding@1', '~acme/counter/a')).toBe('released')
  })

  test('a renamed consumer is another one; the former stays in the list', async () => {
    const { count, open, changes, seen, rows } = counted()
    await count('a', 1)
    await open().deliver(await changes())
    await open(undefined, { name: 'summing' }).deliver(await changes())
    await open(undefined, { version: 2 }).deliver(await changes())
    expect(amountsOf(seen)).toEqual({ a: [1, 1, 1] })
    expect((await registrations(rows)).map(({ consumer }) => consumer)).toEqual([
      'adding@1',
      'adding@2',
      'summing@1',
    ])
  })

  test.each(['lost before', 'lost after'] as const)(
    'is reported once when the request or the reply of the write that parks it is %s',
    async (which) => {
      const sound = memoryRows()
      let losses = 1
      const isParking = (writes: readonly RowWrite[]) =>
        writes.some(({ row }) => row.value?.['state'] === 'parked')
      const { count, open, changes, parked, rows } = counted({
        rows: {
          ...sound,
          async write(writes, request) {
            if (!isParking(writes) || losses-- <= 0) return sound.write(writes, request)
            if (which === 'lost after') await sound.write(writes, request)
            throw storeFailure('write a row', 'the connection was reset', { applied: 'unknown' })
          },
        },
      })
      for (const by of [1, 13]) await count('a', by)
      const consumers = open(bad)
      const [report] = await consumers.deliver(await changes())
      expect(losses).toBeLessThanOrEqual(0)
      expect(report).toMatchObject({ parked: [{ key: 'counter/a', revision: 2 }], failed: [] })
      await consumers.deliver(await changes())
      expect(parked).toMatchObject([{ key: 'counter/a', revision: 2, consumer: 'adding@1' }])
      const { entities } = await heldEntities(rows, 'adding@1', 'parked')
      expect(entities).toMatchObject([{ key: 'counter/a', revision: 2 }])
    },
  )
})

test('a view that fails again when it is retried names no revision: it was given the newest state', async () => {
  const { count, changes, journal, rows } = counted()
  await count('a', 13)
  const sums = view({
    name: 'sums',
    from: counter,
    row: () => {
      throw new Error('13 has no row')
    },
  })
  const lines: unknown[] = []
  vi.spyOn(console, 'error').mockImplementation((line) => void lines.push(line))
  const consumers = createConsumers({ journal, rows, consumers: [sums] })
  await consumers.deliver(await changes())
  await retryParked(rows, 'sums@1', 'counter/a')
  const [report] = await consumers.deliverHeld()
  vi.restoreAllMocks()
  expect(report?.parked).toEqual([{ key: 'counter/a', revision: undefined, error: expect.any(Error) }])
  expect(lines).toEqual([
    expect.stringMatching(/^Consumer sums@1 parked counter\/a at revision 1; other entities go on\./),
    expect.stringMatching(/^Consumer sums@1 parked counter\/a; other entities go on\./),
  ])
})

test.each([false, true])(
  'an entity is parked at the commit that cannot be read, after all before it; records came along: %s',
  async (withRecords) => {
    const sound = memoryStore()
    const isDamaged = (key: string, revision: number) => key === 'counter/a' && revision === 3
    const damaged: Store = {
      ...sound,
      async range(...args) {
        const { commits, more } = await sound.range(...args)
        const read = commits.map((each) =>
          isDamaged(args[0], each.revision) ? { ...each, record: { ...each.record, e: 'torn' } } : each,
        )
        return { commits: read, more }
      },
    }
    const writing = counted({ store: sound })
    for (const by of [1, 2, 3, 4]) await writing.count('a', by)
    await writing.count('b', 1)
    const { open, seen, parked, journal, rows } = counted({ store: damaged })
    const totals = projection({
      name: 'totals',
      from: counter,
      initialRow: { sum: 0 },
      key: () => 'all',
      on: { Counted: ({ sum }, { by }) => ({ sum: sum + by }) },
    })
    const lost: unknown[] = []
    const changes = (await writing.changes(withRecords)).map((change) =>
      isDamaged(change.key, change.revision) ? { key: change.key, revision: 3 } : change,
    )
    await open().deliver(changes)
    expect(amountsOf(seen)).toEqual({ a: [1, 2], b: [1] })
    expect(parked).toMatchObject([{ key: 'counter/a', revision: 3, error: { code: 'journal-corrupt' } }])
    const onParked = ({ key, revision }: { key: string; revision?: number | undefined }) =>
      void lost.push([key, revision])
    await createConsumers({ journal, rows, consumers: [totals], onParked }).deliver(changes)
    expect(lost).toEqual([['counter/a', 3]])
    expect(await readViews({ journal, rows, views: [totals] }).totals.get('all')).toMatchObject({
      row: { sum: 4 },
    })
  },
)
