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
