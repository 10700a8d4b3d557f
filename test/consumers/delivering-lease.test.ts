import { systemPlatform } from 'tailfold'
import { follow } from 'tailfold/consumers'
import { describe, expect, test, vi } from 'vitest'
import { deliveringLease } from '../../src/consumers/delivering-lease.ts'
import { leaseMs } from '../../src/consumers/feed-cursor.ts'
import { amountsOf, counted } from '../helpers/counted.ts'
import { fastPlatform } from '../helpers/fast-platform.ts'

const soon = { timeout: 8_000, interval: 5 }
const sleep = async (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

function leaseAt(time: { now: number }, renew: () => Promise<boolean>) {
  const stop = new AbortController()
  const platform = { ...systemPlatform, now: () => time.now, schedule: () => () => {} }
  const lease = deliveringLease({ renew }, { platform, signal: stop.signal, onStuck() {} })
  lease.taken()
  return { lease, stop }
}

describe('a handler begins', () => {
  test('while the lease is sure to hold, without a request', async () => {
    const renew = vi.fn<() => Promise<boolean>>(async () => true)
    const { lease } = leaseAt({ now: 0 }, renew)
    expect(lease.mayBegin()).toBe(true)
    expect(renew).not.toHaveBeenCalled()
  })

  test.for([
    ['after a freeze, where the lease can be renewed', leaseMs, true, true],
    ['after a freeze, not where another follower has it', leaseMs, false, false],
    ['after the clock was set back, where the lease can be renewed', -1, true, true],
  ] as const)('%s', async ([, now, granted, expected]) => {
    const time = { now: 0 }
    const { lease } = leaseAt(time, async () => granted)
    time.now = now
    expect(await lease.mayBegin()).toBe(expected)
    expect(lease.isOurs()).toBe(granted)
  })

  test('not while the rows cannot be reached and the lease may have run out', async () => {
    const time = { now: 0 }
    const { lease } = leaseAt(time, async () => Promise.reject(new Error('it is down')))
    time.now = leaseMs
    expect([await lease.mayBegin(), lease.isOurs()]).toEqual([false, true])
  })

  test('not after the end was asked for', () => {
    const { lease, stop } = leaseAt({ now: 0 }, async () => true)
    stop.abort()
    expect(lease.mayBegin()).toBe(false)
  })
})

describe('a follower', { timeout: 30_000 }, () => {
  test('keeps its lease during a batch that takes longer: another one begins nothing', async () => {
    const platform = fastPlatform(20)
    const { count, open, seen } = counted({ platform })
    for (let by = 1; by <= 200; by++) await count(`c${by}`, by)
    const began: string[] = []
    const handle = async ({ meta }: { meta: { id: string } }) => {
      began.push(meta.id)
      await sleep(50)
    }
    const first = follow(open(handle))
    await vi.waitFor(() => expect(began.length).toBeGreaterThan(0), soon)
    const second = follow(open(handle))
    await vi.waitFor(() => expect(seen).toHaveLength(200), soon)
    await Promise.all([first.stop(), second.stop()])
    expect(began.toSorted()).toEqual([...new Set(began)].toSorted())
  })

  test('that is stopped begins no further handler, keeps what was handled, and another one goes on', async () => {
    const { count, open, seen } = counted()
    for (let by = 1; by <= 100; by++) await count('a', by)
    const errors: unknown[] = []
    const first = follow(
      open(async () => sleep(2)),
      { onError: (error) => void errors.push(error) },
    )
    await vi.waitFor(() => expect(seen.length).toBeGreaterThan(2), soon)
    await first.stop()
    expect(seen.length).toBeLessThan(100)
    const second = follow(open())
    await vi.waitFor(() => expect(seen).toHaveLength(100), soon)
    await second.stop()
    expect([amountsOf(seen)['a'], errors]).toEqual([Array.from({ length: 100 }, (_, index) => index + 1), []])
  })

  test('whose handler never ends is not well and says so once; stop leaves the handler behind', async () => {
    const platform = fastPlatform(100)
    const { count, open } = counted({ platform })
    await count('a', 1)
    const errors: unknown[] = []
    const following = follow(
      open(async () => new Promise(() => {})),
      { onError: (error) => void errors.push(error) },
    )
    await vi.waitFor(async () => expect(await following.health()).toMatchObject({ ok: false }), soon)
    expect(errors).toMatchObject([{ message: expect.stringContaining('adding@1') }])
    await following.stop()
  })

  test('does not burn a core where a feed says at once that there may be changes', async () => {
    const { count, open, seen, store } = counted()
    await count('a', 1)
    const changes = vi.fn<NonNullable<typeof store.changes>>(async (...given) => {
      const page = await store.changes?.(...given)
      return page ?? Promise.reject(new Error('no changes'))
    })
    const following = follow(open(), { feed: { changes, waitForChanges: async () => {} } })
    await vi.waitFor(() => expect(seen).toHaveLength(1), soon)
    changes.mockClear()
    await sleep(300)
    expect(changes.mock.calls.length).toBeLessThan(30)
    await following.stop()
  })
})
