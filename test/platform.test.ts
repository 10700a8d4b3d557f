import { AsyncLocalStorage } from 'node:async_hooks'
import { type Platform, systemPlatform } from 'tailfold'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'

describe('a timer beyond 2^31 ms', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())
  const longMs = 2 ** 32 + 10_000

  test('fires after its whole time', async () => {
    const fired = vi.fn<() => void>()
    systemPlatform.schedule(longMs, fired)
    await vi.advanceTimersByTimeAsync(longMs - 1)
    expect(fired).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(1)
    expect(fired).toHaveBeenCalledOnce()
  })

  test('can be cancelled at any time', async () => {
    const fired = vi.fn<() => void>()
    const cancel = systemPlatform.schedule(longMs, fired)
    await vi.advanceTimersByTimeAsync(longMs - 1)
    cancel()
    expect(vi.getTimerCount()).toBe(0)
  })

  test('of Infinity never fires', async () => {
    const fired = vi.fn<() => void>()
    const cancel = systemPlatform.schedule(Infinity, fired)
    await vi.advanceTimersByTimeAsync(longMs)
    expect(fired).not.toHaveBeenCalled()
    cancel()
  })
})

describe('a time limit', () => {
  /** The platform of a process whose clock is the one of this test from its start. */
  async function start(): Promise<Platform> {
    vi.useFakeTimers()
    vi.resetModules()
    return (await import('../src/platform.ts')).systemPlatform
  }
  afterEach(() => {
    vi.useRealTimers()
    vi.unstubAllGlobals()
  })

  test.each([100, 101, 130, 3_000])('of %i ms fires once, at its time', async (ms) => {
    const { schedule } = await start()
    const fired = vi.fn<() => void>()
    schedule(ms, fired)
    await vi.advanceTimersByTimeAsync(ms - 1)
    expect(fired).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(1)
    expect(fired).toHaveBeenCalledOnce()
    await vi.advanceTimersByTimeAsync(10 * ms)
    expect(fired).toHaveBeenCalledOnce()
  })

  test.each([0, 10, 30, 60, 2_999])(
    'cancelled after %i ms never fires and leaves no timer',
    async (afterMs) => {
      const { schedule } = await start()
      const fired = vi.fn<() => void>()
      const cancel = schedule(3_000, fired)
      await vi.advanceTimersByTimeAsync(afterMs)
      cancel()
      await vi.advanceTimersByTimeAsync(50)
      expect(vi.getTimerCount()).toBe(0)
      await vi.advanceTimersByTimeAsync(3_000)
      expect(fired).not.toHaveBeenCalled()
    },
  )

  test('that is cancelled at once, as most are, has no timer of its own', async () => {
    const { schedule } = await start()
    for (let n = 0; n < 1_000; n++) schedule(3_000, () => {})()
    expect(vi.getTimerCount()).toBe(1)
  })

  test('goes by the clock of a test, whatever became of those before', async () => {
    systemPlatform.schedule(3_000, () => {})()
    vi.useFakeTimers()
    systemPlatform.schedule(3_000, () => {})()
    vi.clearAllTimers()
    const fired = vi.fn<() => void>()
    systemPlatform.schedule(3_000, fired)
    expect(vi.getTimerCount()).toBe(1)
    await vi.advanceTimersByTimeAsync(3_000)
    expect(fired).toHaveBeenCalledOnce()
  })

  test('of real time fires although a test takes the clock meanwhile', async () => {
    const fired = new Promise<void>((resolve) => void systemPlatform.schedule(150, resolve))
    vi.useFakeTimers()
    await vi.advanceTimersByTimeAsync(50)
    vi.useRealTimers()
    await expect(fired).resolves.toBeUndefined()
  })

  test('fires in the async context of no request, and keeps none', async () => {
    const storage = new AsyncLocalStorage<string>()
    storage.run('a', () => systemPlatform.schedule(120, () => {}))
    const context = await storage.run(
      'b',
      () => new Promise((resolve) => void systemPlatform.schedule(120, () => resolve(storage.getStore()))),
    )
    expect(context).toBeUndefined()
  })

  test('on Workers has a timer of its own, which belongs to its request', async () => {
    vi.stubGlobal('WebSocketPair', class {})
    const { schedule } = await start()
    schedule(3_000, () => {})
    schedule(3_000, () => {})
    expect(vi.getTimerCount()).toBe(2)
  })
})
