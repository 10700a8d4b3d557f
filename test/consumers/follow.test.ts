import { type Change, type ChangeFeed, createEngine, memoryRows, systemPlatform } from 'tailfold'
import {
  catchUp,
  type ConsumedEntity,
  consumer,
  createConsumers,
  type EventConsumer,
  follow,
  registrations,
  retryParked,
} from 'tailfold/consumers'
import { sqliteRows, sqliteStore } from 'tailfold/sqlite'
import { storeFailure } from 'tailfold/store'
import { describe, expect, test, vi } from 'vitest'
import { amountsOf, counted } from '../helpers/counted.ts'
import { counter } from '../helpers/counter.ts'
import { fastPlatform } from '../helpers/fast-platform.ts'
import { sqliteFiles } from '../helpers/sqlite-files.ts'

const { newFile } = sqliteFiles()
const soon = { timeout: 8_000, interval: 5 }

function onSqlite(file = newFile()) {
  const store = sqliteStore({ file })
  const rows = sqliteRows({ file })
  return { ...counted({ store, rows }), file, close: () => [store, rows].forEach((each) => each.close()) }
}

describe('follow', { timeout: 30_000 }, () => {
  test.for([
    { where: 'in memory', start: () => ({ ...counted(), close() {} }) },
    { where: 'in a file', start: onSqlite },
  ])('delivers what was committed before and what is committed then, $where', async ({ start }) => {
    const { count, open, seen, close } = start()
    for (const by of [1, 2]) await count('a', by)
    const following = follow(open())
    await vi.waitFor(() => expect(amountsOf(seen)).toEqual({ a: [1, 2] }), soon)
    for (const by of [3, 4]) for (const id of ['a', 'b']) await count(id, by)
    await vi.waitFor(() => expect(amountsOf(seen)).toEqual({ a: [1, 2, 3, 4], b: [3, 4] }), soon)
    // What was there when the feed was read from its beginning may be old.
    expect(seen.filter(({ meta }) => meta.replay).map(({ by }) => by)).toEqual([1, 2])
    await following.stop()
    close()
  })

  test('goes on at its place after it was stopped', async () => {
    const { count, open, seen, store } = counted()
    const asked: unknown[] = []
    const feed = {
      changes: async (cursor: string | undefined, limit: number) => {
        asked.push(cursor)
        return (await store.changes?.(cursor, limit)) ?? Promise.reject(new Error('no changes'))
      },
    }
    await count('a', 1)
    const first = follow(open(), { feed })
    await vi.waitFor(() => expect(seen).toHaveLength(1), soon)
    await first.stop()
    await first.stop()
    await count('a', 2)
    asked.length = 0
    const second = follow(open(), { feed })
    await vi.waitFor(() => expect(seen).toHaveLength(2), soon)
    await second.stop()
    expect(asked[0]).toMatch(/\.1$/)
  })

  test('events are a replay until the end of the feed, through a restart and where one failed before', async () => {
    const { count, open, seen, rows, store } = counted()
    for (let by = 1; by <= 1_200; by++) await count(`c${by % 300}`, by)
    const page = await store.changes?.(undefined, 500)
    const value = { cursor: page?.cursor, replay: true }
    await rows.write([{ row: { key: 'f/adding@1', revision: 0, value }, when: -1 }])
    let failures = 0
    const handle = ({ by }: { by: number }) => {
      if (by === 600 && failures++ === 0) throw storeFailure('write', 'it is down', { applied: 'unknown' })
    }
    const following = follow(open(handle), { onError() {} })
    await vi.waitFor(() => expect(seen).toHaveLength(1_200), soon)
    await count('later', 1)
    await vi.waitFor(() => expect(seen).toHaveLength(1_201), soon)
    await following.stop()
    expect(seen.filter(({ meta }) => !meta.replay).map(({ meta }) => meta.id)).toEqual(['counter/later/1'])
    const [row] = await rows.get(['f/adding@1'])
    expect(row?.value).not.toHaveProperty('replay')
  })

  test('of two processes one reads; the other takes over when that one is gone', async () => {
    const shared = counted()
    const controller = new AbortController()
    const [first, second] = [shared.open(), shared.open()]
    const leader = follow(first, { signal: controller.signal })
    await shared.count('a', 1)
    await vi.waitFor(() => expect(shared.seen).toHaveLength(1), soon)
    const { changes } = second.journal as Required<typeof second.journal>
    const reading = vi.fn<typeof changes>(changes)
    const other = follow(second, { feed: { changes: reading } })
    await shared.count('a', 2)
    await vi.waitFor(() => expect(shared.seen).toHaveLength(2), soon)
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(reading).not.toHaveBeenCalled()
    controller.abort()
    await leader.done
    await shared.count('a', 3)
    await vi.waitFor(() => expect(amountsOf(shared.seen)).toEqual({ a: [1, 2, 3] }), soon)
    await other.stop()
  })

  test('replaces one that was killed while its clock was a day ahead', async () => {
    const platform = fastPlatform(20)
    const { count, open, seen, rows } = counted({ platform })
    await count('a', 1)
    const until = platform.now() + 86_400_000
    const row = { key: 'f/adding@1', revision: 7, value: { holder: 'killed', until } }
    await rows.write([{ row, when: -1 }])
    const following = follow(open())
    await vi.waitFor(() => expect(seen).toHaveLength(1), soon)
    await following.stop()
  })

  test('reads the events of an entity type that was added from the beginning', async () => {
    const { count, open, seen, journal, rows } = counted()
    await count('a', 1)
    const other = { ...counter, entityType: 'other' }
    await createEngine(other, { journal, platform: systemPlatform }).execute('b', { type: 'Count', by: 2 })
    const first = follow(open())
    await vi.waitFor(() => expect(seen).toHaveLength(1), soon)
    await first.stop()
    const second = follow(open(undefined, { from: [counter, other] }))
    await vi.waitFor(() => expect(amountsOf(seen)).toEqual({ a: [1], b: [2] }), soon)
    await second.stop()
    const [registered] = await registrations(rows)
    expect(registered?.entityTypes).toEqual(['counter', 'other'])
  })

  test('reads from the beginning when the feed has lost its place, and says so', async () => {
    const rows = memoryRows()
    const before = counted({ rows })
    for (const by of [1, 2, 3]) await before.count('a', by)
    const first = follow(before.open())
    await vi.waitFor(() => expect(before.seen).toHaveLength(3), soon)
    await first.stop()
    const after = counted({ rows })
    for (const by of [1, 2, 3, 4]) await after.count('a', by)
    const errors: unknown[] = []
    const second = follow(after.open(), { onError: (error) => void errors.push(error) })
    await vi.waitFor(() => expect(amountsOf(after.seen)).toEqual({ a: [4] }), soon)
    await second.stop()
    expect(errors).toMatchObject([{ code: 'feed-lost' }])
  })

  test('delivers an entity that failed again, while others go on, and keeps its place before it', async () => {
    const { count, open, seen, rows } = counted()
    let down = true
    await count('a', 1)
    await count('b', 1)
    const handle = ({ meta }: { meta: { entity: { entityId: string } } }) => {
      if (down && meta.entity.entityId === 'a')
        throw storeFailure('write', 'it is down', { applied: 'unknown' })
    }
    const errors: unknown[] = []
    const following = follow(open(handle), { onError: (error) => void errors.push(error) })
    await vi.waitFor(() => expect(amountsOf(seen)).toEqual({ b: [1] }), soon)
    const kept = async () => (await rows.get(['f/adding@1']))[0]
    const before = await kept()
    await vi.waitFor(async () => {
      const row = await kept()
      expect(row?.revision).toBeGreaterThan(before?.revision ?? 0)
      expect(row?.value).toEqual({ holder: expect.any(String), until: expect.any(Number) })
    }, soon)
    down = false
    await vi.waitFor(() => expect(amountsOf(seen)).toEqual({ b: [1], a: [1] }), soon)
    await following.stop()
    expect(errors).toHaveLength(1)
  })

  test('goes on with its rounds after the clock was set back', async () => {
    let offsetMs = 0
    const platform = { ...systemPlatform, now: () => Date.now() + offsetMs }
    const { count, open, seen, parked, rows } = counted({ platform })
    await count('a', 1)
    let mended = false
    const following = follow(
      open(() => {
        if (!mended) throw new Error('not yet')
      }),
    )
    await vi.waitFor(() => expect(parked).toHaveLength(1), soon)
    await vi.waitFor(async () => expect((await rows.get(['f/adding@1']))[0]?.revision).toBe(1), soon)
    offsetMs = -3_600_000
    mended = true
    await retryParked(rows, 'adding@1', 'counter/a')
    await vi.waitFor(() => expect(seen).toHaveLength(1), soon)
    await following.stop()
  })

  test('tries again when the feed fails', async () => {
    const { count, open, seen, store } = counted()
    await count('a', 1)
    let calls = 0
    const feed = {
      changes: async (cursor: string | undefined, limit: number) => {
        calls += 1
        if (calls === 1) throw storeFailure('read changes', 'it is down', { applied: 'no' })
        return (await store.changes?.(cursor, limit)) ?? Promise.reject(new Error('no changes'))
      },
    }
    const errors: unknown[] = []
    const following = follow(open(), {
      feed,
      onError(error) {
        errors.push(error)
        throw new Error('the pager is down')
      },
    })
    await vi.waitFor(() => expect(errors).toMatchObject([{ code: 'store-unavailable' }]), soon)
    expect(await following.health()).toMatchObject({
      ok: false,
      consumers: [{ consumer: 'adding@1', failing: true, parked: 0 }],
    })
    await vi.waitFor(() => expect(seen).toHaveLength(1), soon)
    await vi.waitFor(async () => expect(await following.health()).toMatchObject({ ok: true }), soon)
    await following.stop()
    expect(errors).toHaveLength(1)
  })
})

describe('catchUp', () => {
  test('delivers what was missed as replay, and goes on at its place when it was stopped', async () => {
    const all = counted()
    for (let by = 1; by <= 1_200; by++) await all.count(`c${by % 7}`, by)
    const consumers = all.open()
    const changes: readonly Change[] = await all.changes()
    await consumers.deliver(changes.slice(0, 100))
    const controller = new AbortController()
    const pages: number[] = []
    await catchUp(consumers, {
      signal: controller.signal,
      onProgress: ({ changes: read }) => {
        pages.push(read)
        controller.abort()
      },
    })
    const progress = await catchUp(consumers, { onProgress: ({ changes: read }) => void pages.push(read) })
    expect(pages).toEqual([500, 500, 700])
    expect(progress).toEqual({ changes: 700, events: 700, failed: 0, complete: true })
    expect(all.seen.length).toBe(1_200)
    expect(all.seen.filter(({ meta }) => meta.replay)).toHaveLength(1_100)
    for (const amounts of Object.values(amountsOf(all.seen)))
      expect(amounts).toEqual(amounts.toSorted((a, b) => a - b))
  })

  test('keeps its place before what failed: repeated, it delivers that too', async () => {
    const { count, open, seen } = counted()
    for (let by = 1; by <= 501; by++) await count(by === 1 ? 'a' : 'b', by)
    let down = true
    const handle = ({ by }: { by: number }) => {
      if (down && by === 1) throw storeFailure('write', 'it is down', { applied: 'unknown' })
    }
    const controller = new AbortController()
    const onProgress = () => controller.abort()
    const stopped = await catchUp(open(handle), { signal: controller.signal, onProgress })
    expect(stopped).toMatchObject({ changes: 500, failed: 1, complete: false })
    down = false
    expect(await catchUp(open(handle))).toMatchObject({ changes: 501, failed: 0, complete: true })
    expect(amountsOf(seen)['a']).toEqual([1])
  })

  test('begins at the beginning, once, where the feed no longer knows its place', async () => {
    const rows = memoryRows()
    const before = counted({ rows })
    for (let by = 1; by <= 501; by++) await before.count('a', by)
    const controller = new AbortController()
    await catchUp(before.open(), { signal: controller.signal, onProgress: () => controller.abort() })
    const after = counted({ rows })
    for (let by = 1; by <= 510; by++) await after.count('a', by)
    expect(await catchUp(after.open())).toMatchObject({ changes: 510, events: 10, complete: true })
    const lost = Object.assign(new Error('gone'), { name: 'TailfoldError', code: 'feed-lost' })
    const feed = { changes: vi.fn<ChangeFeed['changes']>(() => Promise.reject(lost)) }
    await expect(catchUp(after.open(), { feed })).rejects.toBe(lost)
    expect(feed.changes).toHaveBeenCalledTimes(1)
  })

  test('that was stopped goes on at its place only where each consumer was given all before it', async () => {
    const { count, journal, rows } = counted()
    for (let by = 1; by <= 501; by++) await count(`c${by}`, by)
    const other = { ...counter, entityType: 'other' } as const
    const given: Record<string, number> = {}
    const named = (name: string, ...from: ConsumedEntity[]) =>
      consumer({ name, from: [counter, ...from], handle: () => void (given[name] = (given[name] ?? 0) + 1) })
    const stopped = async (...consumers: EventConsumer[]) => {
      const controller = new AbortController()
      const onProgress = () => controller.abort()
      await catchUp(createConsumers({ journal, rows, consumers }), { signal: controller.signal, onProgress })
    }
    const read = async (...consumers: EventConsumer[]) =>
      (await catchUp(createConsumers({ journal, rows, consumers }))).changes
    await stopped(named('old'), named('former'))
    expect(await read(named('old'))).toBe(1)
    await stopped(named('old'))
    expect(await read(named('old'), named('added'))).toBe(501)
    await stopped(named('old'))
    expect(await read(named('old', other as never))).toBe(501)
    expect(given).toEqual({ old: 501, former: 500, added: 501 })
  })

  test('of a consumer that there is not is a TypeError, and reads nothing', async () => {
    const { count, open } = counted()
    await count('a', 1)
    const feed = { changes: vi.fn<ChangeFeed['changes']>() }
    await expect(catchUp(open(), { only: 'adding', feed })).rejects.toThrow(/no consumer "adding".*adding@1/)
    expect(feed.changes).not.toHaveBeenCalled()
  })

  test('keeps to the rate asked for', async () => {
    const { count, open } = counted()
    for (let by = 1; by <= 501; by++) await count('a', by)
    const began = performance.now()
    await catchUp(open(), { changesPerSecond: 2_000 })
    expect(performance.now() - began).toBeGreaterThan(240)
  })
})
