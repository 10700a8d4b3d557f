import { storeFailure } from 'tailfold/store'
import { firstFailedPlace } from 'tailfold/consumers'
import { describe, expect, test } from 'vitest'
import { amountsOf, counted, repliesToPositionsLost } from '../helpers/counted.ts'

describe('deliver', () => {
  test('gives each event in order, with what is known about it', async () => {
    const { count, open, changes, seen } = counted()
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    await count('a', 1)
    await count('a b', 2, { tenant: 'acme', commandId: 'c-1', principal: { id: 'ann' }, traceparent })
    await open().deliver(await changes())
    expect(seen).toEqual([
      {
        by: 1,
        meta: {
          entity: { entityType: 'counter', entityId: 'a' },
          id: 'counter/a/1',
          revision: 1,
          sequenceNr: 1,
          timestamp: expect.any(Number),
          replay: false,
        },
      },
      {
        by: 2,
        meta: {
          entity: { tenant: 'acme', entityType: 'counter', entityId: 'a b' },
          id: '~acme/counter/a%20b/1',
          revision: 1,
          sequenceNr: 1,
          timestamp: expect.any(Number),
          commandId: 'c-1',
          principal: 'ann',
          traceparent,
          replay: false,
        },
      },
    ])
  })

  test.for([
    { how: 'backwards', arrange: <Item>(items: readonly Item[]) => items.toReversed() },
    { how: 'twice each', arrange: <Item>(items: readonly Item[]) => items.flatMap((item) => [item, item]) },
    { how: 'with the last of each alone', arrange: <Item>(items: readonly Item[]) => items.slice(-2) },
    {
      how: 'with half of them lost',
      arrange: <Item>(items: readonly Item[]) => items.filter((_, n) => [2, 5, 6, 7].includes(n)),
    },
  ])('gives every event once and in order when changes come $how', async ({ arrange }) => {
    const { count, open, changes, seen } = counted()
    for (const by of [1, 2, 3, 4]) for (const id of ['a', 'b']) await count(id, by)
    await open().deliver(arrange(await changes()))
    expect(amountsOf(seen)).toEqual({ a: [1, 2, 3, 4], b: [1, 2, 3, 4] })
  })

  test('takes one write of a position for each entity of a batch, and no read of the journal', async () => {
    const all = counted()
    for (const by of [1, 2, 3]) for (const id of ['a', 'b', 'c']) await all.count(id, by)
    const consumers = all.open()
    const changes = await all.changes()
    await consumers.deliver(changes)
    expect(all.reads()).toBe(0)
    expect(all.rowRequests()).toEqual({ get: 1, write: 3 })
    await consumers.deliver(changes)
    expect([all.reads(), all.rowRequests()]).toEqual([0, {}])
    const [report] = await all.open().deliver(changes)
    expect(report).toMatchObject({ events: 0, repeats: 9 })
    expect([all.reads(), all.rowRequests()]).toEqual([0, { get: 1 }])
  })

  test('reads what did not come along once, with strong consistency', async () => {
    const all = counted()
    for (const by of [1, 2, 3, 4, 5]) await all.count('a', by)
    const [report] = await all.open().deliver((await all.changes()).slice(-1))
    expect(amountsOf(all.seen)).toEqual({ a: [1, 2, 3, 4, 5] })
    expect([report?.gapReads, all.reads()]).toEqual([4, 1])
  })

  test('leaves an entity that is more than 1,000 commits behind to be delivered apart', async () => {
    const { count, open, changes, seen } = counted()
    for (let by = 1; by <= 1_100; by++) await count('a', by)
    await count('b', 1)
    const consumers = open()
    const all = await changes()
    const [report] = await consumers.deliver(
      all.filter(({ key, revision }) => key.endsWith('b') || revision > 1_090),
    )
    expect(amountsOf(seen)).toEqual({ b: [1] })
    expect(report).toMatchObject({ held: 1, failed: [] })
    await consumers.deliverHeld()
    expect(amountsOf(seen)['a']).toEqual(Array.from({ length: 1_100 }, (_, index) => index + 1))
    await count('a', 0)
    await consumers.deliver(await changes())
    expect(amountsOf(seen)['a']).toHaveLength(1_101)
  })

  test('tries a handler that fails three times', async () => {
    const { count, open, changes, seen, parked } = counted()
    await count('a', 1)
    let tries = 0
    await open(() => {
      if (++tries < 3) throw new Error('not yet')
    }).deliver(await changes())
    expect([tries, amountsOf(seen), parked]).toEqual([3, { a: [1] }, []])
  })

  test('reports what passes by itself with the first place to begin from, and goes on with other entities', async () => {
    const { count, open, changes, seen } = counted()
    for (const by of [1, 2]) for (const id of ['a', 'b', 'c']) await count(id, by)
    let down = true
    const handle = ({ by, meta }: { by: number; meta: { entity: { entityId: string } } }) => {
      if (down && meta.entity.entityId === 'b' && by === 2)
        throw storeFailure('write', 'the network is gone', { applied: 'unknown' })
    }
    const consumers = open(handle)
    const reports = await consumers.deliver(await changes())
    expect(firstFailedPlace(reports)).toBe(1)
    expect(amountsOf(seen)).toEqual({ a: [1, 2], b: [1], c: [1, 2] })
    expect(await consumers.health()).toMatchObject({ ok: false, consumers: [{ failing: true }] })
    down = false
    const again = await open(handle).deliver((await changes()).slice(1))
    expect(firstFailedPlace(again)).toBe(undefined)
    expect(amountsOf(seen)).toEqual({ a: [1, 2], b: [1, 2], c: [1, 2] })
  })

  test('begins no handler after the deadline', async () => {
    const { count, open, changes, seen } = counted()
    await count('a', 1)
    const reports = await open().deliver(await changes(), { deadline: Date.now() - 1 })
    expect([firstFailedPlace(reports), seen]).toEqual([0, []])
  })

  test('reads a position again after a move of unknown outcome', async () => {
    const all = counted()
    await all.count('a', 1)
    await all.count('a', 2)
    const other = counted({ store: all.store, rows: repliesToPositionsLost(all.rows) })
    const reports = await other.open().deliver(await all.changes())
    expect(firstFailedPlace(reports)).toBe(undefined)
    expect(amountsOf(other.seen)).toEqual({ a: [1, 2] })
  })

  test('a consumer that starts from now is given the commit that comes with its first batch', async () => {
    const { count, open, changes, seen } = counted()
    await count('old', 1)
    await new Promise((resolve) => setTimeout(resolve, 5))
    const consumers = open(undefined, { startFrom: 'now' })
    await new Promise((resolve) => setTimeout(resolve, 5))
    await count('a', 1)
    await new Promise((resolve) => setTimeout(resolve, 5))
    await consumers.deliver(await changes())
    expect(amountsOf(seen)).toEqual({ a: [1] })
  })

  test('a consumer that starts from now is given what is committed since it first ran', async () => {
    const { count, open, changes, seen } = counted()
    for (const by of [1, 2, 3]) await count('a', by)
    await count('old', 1)
    await new Promise((resolve) => setTimeout(resolve, 5))
    const definition = { startFrom: 'now' }
    await open(undefined, definition).deliver([])
    await count('a', 4)
    await count('a', 5)
    await count('new', 1)
    const all = await changes()
    await open(undefined, definition).deliver([...all.slice(0, -2), ...all.slice(-1)])
    await count('a', 6)
    await open(undefined, definition).deliver(await changes(false))
    expect(amountsOf(seen)).toEqual({ a: [4, 5, 6], new: [1] })
  })
})
