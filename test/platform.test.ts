import { systemPlatform } from 'tailfold'
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
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => {
    vi.useRealTimers()
    vi.unstubAllGlobals()
  })

  test.each([100, 101, 130, 3_000])('of %i ms fires once, at its time', async (ms) => {
    const fired = vi.fn<() => void>()
    systemPlatform.schedule(ms, fired)
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
      const fired = vi.fn<() => void>()
      const cancel = systemPlatform.schedule(3_000, fired)
      await vi.advanceTimersByTimeAsync(afterMs)
      cancel()
      await vi.advanceTimersByTimeAsync(50)
      expect(vi.getTimerCount()).toBe(0)
      await vi.advanceTimersByTimeAsync(3_000)
      expect(fired).not.toHaveBeenCalled()
    },
  )

  test('that is cancelled at once, as most are, has no timer of its own', () => {
    for (let n = 0; n < 1_000; n++) systemPlatform.schedule(3_000, () => {})()
    expect(vi.getTimerCount()).toBe(1)
  })

  test('fires although a test took the clock away and gave it back', async () => {
    systemPlatform.schedule(3_000, () => {})
    vi.useRealTimers()
    const startedAt = performance.now()
    await new Promise<void>((resolve) => systemPlatform.schedule(150, resolve))
    expect(performance.now() - startedAt).toBeGreaterThan(140)
  })

  test('on Workers has a timer of its own, which belongs to its request', async () => {
    vi.stubGlobal('navigator', { userAgent: 'Cloudflare-Workers' })
    vi.resetModules()
    const { schedule } = await import('../src/timers.ts')
    schedule(3_000, () => {})
    schedule(3_000, () => {})
    expect(vi.getTimerCount()).toBe(2)
  })
})
