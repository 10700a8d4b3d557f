import { type Platform, systemPlatform } from 'tailfold'
import { catchUp, follow, heldEntities, retryParked } from 'tailfold/consumers'
import { storeFailure } from 'tailfold/store'
import { describe, expect, test, vi } from 'vitest'
import { amountsOf, counted, type Seen } from '../helpers/counted.ts'

const soon = { timeout: 8_000, interval: 5 }

/** 60 entities that were parked and released, of which all but the last fail for now. */
async function released(fails = (id: string) => id !== 'c60', platform?: Platform) {
  const all = counted(platform && { platform })
  for (let n = 1; n <= 60; n++) await all.count(`c${n}`, n)
  const poison = () => {
    throw new Error('not yet mended')
  }
  await all.open(poison).deliver(await all.changes())
  const down = new Set(Array.from({ length: 60 }, (_, n) => `c${n + 1}`).filter(fails))
  for (let n = 1; n <= 60; n++) await retryParked(all.rows, 'adding@1', `counter/c${n}`)
  const handle = ({ meta }: Seen) => {
    if (down.has(meta.entity.entityId)) throw storeFailure('write', 'it is down', { applied: 'unknown' })
  }
  return { ...all, down, handle }
}

describe('entities that were released', { timeout: 30_000 }, () => {
  test('are all tried, however many fail before them', async () => {
    const { open, handle, seen } = await released()
    const [report] = await open(handle).deliverHeld()
    expect(report).toMatchObject({ more: false, events: 1 })
    expect([report?.failed.length, amountsOf(seen)]).toEqual([59, { c60: [60] }])
  })

  test('are tried in parts: each call with a limit goes on behind the last one', async () => {
    const { open, handle, seen } = await released()
    const consumers = open(handle)
    const reports = []
    for (let n = 0; n < 3; n++) reports.push(...(await consumers.deliverHeld({ forMs: 0 })))
    expect(reports.map(({ more, failed }) => [more, failed.length])).toEqual([
      [true, 50],
      [true, 9],
      [false, 0],
    ])
    expect(amountsOf(seen)).toEqual({ c60: [60] })
  })

  test('are all tried, where those before them fail so slowly that a deadline cuts each call off', async () => {
    const clock = { now: Date.now() }
    const { open, handle, seen } = await released(undefined, { ...systemPlatform, now: () => clock.now })
    const slow = (one: Seen) => {
      clock.now += 1_000
      handle(one)
    }
    const consumers = open(slow)
    const tried: number[] = []
    for (let n = 0; n < 6; n++) {
      const reports = await consumers.deliverHeld({ deadline: clock.now + 9_500, forMs: 9_500 })
      tried.push(...reports.map(({ failed, events }) => failed.length + events))
    }
    expect(tried).toEqual([10, 10, 10, 10, 10, 10])
    expect(amountsOf(seen)).toEqual({ c60: [60] })
  })

  test('that fail make a catch-up that is repeated until they are delivered', async () => {
    const { open, handle, down, seen, rows } = await released()
    const consumers = open(handle)
    expect(await catchUp(consumers)).toMatchObject({ complete: true, failed: 59 })
    down.clear()
    expect(await catchUp(consumers)).toMatchObject({ complete: true, failed: 0, events: 59 })
    expect([seen.length, (await heldEntities(rows, 'adding@1', 'retry')).entities]).toEqual([60, []])
  })

  test('that fail are reported once by a follower, which is not well until they are delivered', async () => {
    const { count, open, handle, down, seen } = await released()
    const errors: unknown[] = []
    const following = follow(open(handle), { onError: (error) => void errors.push(error) })
    await vi.waitFor(() => expect(errors).toHaveLength(1), soon)
    for (let n = 1; n <= 8; n++) {
      await count('other', n)
      await vi.waitFor(() => expect(amountsOf(seen)['other']).toHaveLength(n), soon)
      expect(await following.health()).toMatchObject({ ok: false })
      await new Promise((resolve) => setTimeout(resolve, 300))
    }
    expect(errors).toHaveLength(1)
    down.clear()
    await vi.waitFor(() => expect(seen.length).toBe(68), soon)
    await vi.waitFor(async () => expect(await following.health()).toMatchObject({ ok: true }), soon)
    await following.stop()
  })
})

test('a round without held entities is no delivery: no report, and the lag stays', async () => {
  const { count, open, changes } = counted()
  await count('a', 1)
  await new Promise((resolve) => setTimeout(resolve, 20))
  const consumers = open()
  await consumers.deliver(await changes())
  await consumers.deliverHeld()
  await consumers.deliver(await changes())
  const { consumers: found } = await consumers.health()
  expect(found[0]?.lagMs).toBeGreaterThan(0)
})
