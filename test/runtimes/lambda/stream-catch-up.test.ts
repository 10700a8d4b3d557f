import { type ChangeFeed, systemPlatform } from 'tailfold'
import { type Consumers, createConsumers, requestCatchUp } from 'tailfold/consumers'
import { streamHandler } from 'tailfold/lambda'
import { storeFailure } from 'tailfold/store'
import { invocationContext } from 'tailfold/testing'
import { describe, expect, test } from 'vitest'
import { amountsOf, counted, type Counted } from '../../helpers/counted.ts'
import { streamEvent } from '../../helpers/stream-event.ts'

const schedule = { source: 'aws.events', 'detail-type': 'Scheduled Event' }

/** All commits of a store, one a page, and where each page began. */
function scanOf({ store }: Counted): ChangeFeed & { readonly cursors: (string | undefined)[] } {
  const cursors: (string | undefined)[] = []
  return {
    cursors,
    async changes(cursor) {
      cursors.push(cursor)
      const page = await store.changes?.(cursor, 1)
      if (page === undefined) throw new Error('The store has no feed.')
      return page
    },
  }
}

/** Invokes the handler as the schedule does, in a process of its own. */
async function invoke(consumers: Consumers, catchUpFeed: ChangeFeed) {
  return streamHandler(consumers, { catchUpFeed })(schedule, invocationContext())
}

describe('a scheduled event, with a feed of all commits,', () => {
  test('fills a consumer that starts from the beginning, once, with what the stream no longer has', async () => {
    const all = counted()
    for (const id of ['a', 'b', 'a']) await all.count(id, 1)
    const scan = scanOf(all)
    await invoke(all.open(), scan)
    expect(amountsOf(all.seen)).toEqual({ a: [1, 1], b: [1] })
    expect(all.seen.every(({ meta }) => meta.replay)).toBe(true)
    scan.cursors.length = 0
    await invoke(all.open(), scan)
    expect(scan.cursors).toEqual([])
  })

  test('leaves alone a consumer that starts from now', async () => {
    const all = counted()
    await all.count('a', 1)
    const scan = scanOf(all)
    await invoke(
      all.open(() => {}, { startFrom: 'now' }),
      scan,
    )
    expect(scan.cursors).toEqual([])
  })

  test('does the catch-up that was asked for after an outage of more than 24 hours', async () => {
    const all = counted()
    await all.count('a', 1)
    const scan = scanOf(all)
    await invoke(all.open(), scan)
    // Of these Lambda never delivers a record: the stream dropped them.
    for (const id of ['a', 'b']) await all.count(id, 2)
    await invoke(all.open(), scan)
    expect(amountsOf(all.seen)).toEqual({ a: [1] })
    await requestCatchUp(all.rows, 'adding@1')
    await invoke(all.open(), scan)
    await invoke(all.open(), scan)
    expect(amountsOf(all.seen)).toEqual({ a: [1, 2], b: [2] })
  })

  test('goes on where the time of the invocation before ended', async () => {
    const all = counted()
    for (const id of ['a', 'b', 'c']) await all.count(id, 1)
    const scan = scanOf(all)
    let now = 1_767_225_600_000
    const slow: ChangeFeed = {
      async changes(cursor, limit, request) {
        now += 60
        return scan.changes(cursor, limit, request)
      },
    }
    const { journal, rows } = all
    const { consumers } = all.open()
    // Time for one page and a half; the safety margin takes 1,000 of it.
    const context = { getRemainingTimeInMillis: () => 1_090 }
    for (let n = 0; n < 3; n++) {
      const process = createConsumers({
        journal,
        rows,
        consumers,
        platform: { ...systemPlatform, now: () => now },
      })
      await streamHandler(process, { catchUpFeed: slow })(schedule, context)
      expect(all.seen).toHaveLength(n + 1)
    }
    expect(new Set(scan.cursors).size).toBeGreaterThanOrEqual(3)
    await invoke(all.open(), scan)
    expect(amountsOf(all.seen)).toEqual({ a: [1], b: [1], c: [1] })
  })

  test('begins at the beginning when it is asked for once more meanwhile', async () => {
    const all = counted()
    for (const id of ['a', 'b']) await all.count(id, 1)
    const scan = scanOf(all)
    const asking: ChangeFeed = {
      async changes(cursor, limit, request) {
        if (scan.cursors.length === 1) await requestCatchUp(all.rows, 'adding@1')
        return scan.changes(cursor, limit, request)
      },
    }
    await invoke(all.open(), asking)
    scan.cursors.length = 0
    await invoke(all.open(), scan)
    expect(scan.cursors[0]).toBeUndefined()
    expect(scan.cursors.length).toBeGreaterThan(1)
    await invoke(all.open(), scan)
    expect(scan.cursors.filter((cursor) => cursor === undefined)).toHaveLength(1)
  })

  test('fills a new version after the table was restored, while the old one takes new commits for repeats', async () => {
    const before = counted()
    for (const by of [1, 2, 3]) await before.count('a', by)
    await invoke(before.open(), scanOf(before))
    const restored = counted({ rows: before.rows })
    for (const by of [1, 20]) await restored.count('a', by)
    await requestCatchUp(restored.rows, 'adding@1')
    await invoke(restored.open(), scanOf(restored))
    expect(restored.seen).toEqual([])
    await invoke(
      restored.open(() => {}, { version: 2 }),
      scanOf(restored),
    )
    expect(amountsOf(restored.seen)).toEqual({ a: [1, 20] })
  })

  test('tries again what failed, until nothing is missing', async () => {
    const all = counted()
    for (const id of ['a', 'b']) await all.count(id, 1)
    const scan = scanOf(all)
    let isDown = true
    const handle = ({ meta }: { readonly meta: { readonly entity: { readonly entityId: string } } }) => {
      if (isDown && meta.entity.entityId === 'b')
        throw storeFailure('reach mail', 'it is down', { applied: 'no' })
    }
    await invoke(all.open(handle), scan)
    expect(amountsOf(all.seen)).toEqual({ a: [1] })
    isDown = false
    await invoke(all.open(handle), scan)
    expect(amountsOf(all.seen)).toEqual({ a: [1], b: [1] })
  })
})

test('a batch of the stream starts no catch-up', async () => {
  const all = counted()
  for (const id of ['a', 'b']) await all.count(id, 1)
  const scan = scanOf(all)
  const [first] = await all.changes()
  const handler = streamHandler(all.open(), { catchUpFeed: scan })
  await handler(streamEvent(first === undefined ? [] : [first]), invocationContext())
  expect(scan.cursors).toEqual([])
  expect(amountsOf(all.seen)).toEqual({ a: [1] })
})
