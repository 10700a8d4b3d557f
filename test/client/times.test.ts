import { type ClientOptions, client } from 'tailfold/client'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { bankApp } from '../helpers/bank-server.ts'
import { rejectionOf, thrownBy } from '../helpers/thrown.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

const never = () => new Promise<never>(() => {})
const open = (options: Partial<ClientOptions>) =>
  client<ReturnType<typeof bankApp>>({ baseUrl: '', ...options }).account('a')
const failure = () => Promise.reject(new TypeError('no connection'))

describe('a call ends in time', () => {
  test.for([
    ['headers() hangs', { headers: never }, 0, 30_000],
    ['a fetch hangs and ignores its signal', { fetch: never }, 3, 30_000],
    [
      'the body of an answer hangs',
      { fetch: async () => ({ status: 200, headers: new Headers(), text: never }) },
      3,
      30_000,
    ],
  ] as const)('when %s', async ([, options, attempts, mostMs]) => {
    const start = performance.now()
    const asked = rejectionOf(open(options).ask({ type: 'GetBalance' }))
    await vi.runAllTimersAsync()
    expect(await asked).toMatchObject({ code: 'timeout', attempts, retryable: true })
    expect(performance.now() - start).toBeLessThanOrEqual(mostMs)
  })

  test.for([
    ['headers() hangs', { headers: never }],
    ['a fetch hangs and ignores its signal', { fetch: never }],
  ] as const)('at its signal when %s', async ([, options]) => {
    const control = new AbortController()
    const asked = rejectionOf(open(options).ask({ type: 'GetBalance' }, { signal: control.signal }))
    await vi.advanceTimersByTimeAsync(50)
    control.abort(new RangeError('enough'))
    expect(await asked).toBeInstanceOf(RangeError)
  })

  test('and a headers() that answers later sends nothing', async () => {
    const fetch = vi.fn<typeof never>(never)
    const headers = () => new Promise<Record<string, string>>((resolve) => setTimeout(resolve, 20_000, {}))
    const asked = rejectionOf(open({ fetch, headers }).ask({ type: 'GetBalance' }))
    await vi.runAllTimersAsync()
    expect([await asked, fetch.mock.calls]).toMatchObject([{ code: 'timeout', attempts: 0 }, []])
  })

  test('whatever the clock of the machine is set to meanwhile', async () => {
    const start = performance.now()
    const fetch = () => {
      vi.setSystemTime(Date.now() - 86_400_000)
      return failure()
    }
    const asked = rejectionOf(open({ fetch, retry: { maxAttempts: Infinity } }).state())
    await vi.runAllTimersAsync()
    expect(await asked).toMatchObject({ code: 'network-failure' })
    expect(performance.now() - start).toBeLessThanOrEqual(30_000)
  })
})

test('what headers() throws is thrown, and nothing is sent', async () => {
  const fetch = vi.fn<typeof never>(never)
  const headers = () => Promise.reject(new RangeError('no token'))
  expect(await rejectionOf(open({ fetch, headers }).state())).toBeInstanceOf(RangeError)
  expect(fetch).not.toHaveBeenCalled()
})

describe('times are numbers of milliseconds', () => {
  test.for([2 ** 31, Infinity, 1e300])('%d is as long as a timer can be', async (ms) => {
    const retry = { timeoutMs: ms, requestTimeoutMs: ms }
    const asked = rejectionOf(open({ fetch: never, retry }).ask({ type: 'GetBalance' }, { timeoutMs: ms }))
    await vi.advanceTimersByTimeAsync(86_400_000)
    expect(vi.getTimerCount()).toBe(1)
    await vi.advanceTimersByTimeAsync(2 ** 31)
    expect(await asked).toMatchObject({ code: 'timeout', attempts: 1 })
  })

  test.for([Number.NaN, -1])('%d is a TypeError', async (ms) => {
    for (const retry of [{ timeoutMs: ms }, { requestTimeoutMs: ms }, { maxAttempts: ms }]) {
      expect(thrownBy(() => open({ retry }))).toBeInstanceOf(TypeError)
    }
    expect(await rejectionOf(open({ fetch: never }).state({ timeoutMs: ms }))).toBeInstanceOf(TypeError)
  })

  test('an attempt that begins after the deadline sets no negative timer', async () => {
    let now = 0
    vi.spyOn(performance, 'now').mockImplementation(() => (now += 10))
    const timer = vi.spyOn(globalThis, 'setTimeout')
    const asked = rejectionOf(open({ fetch: never }).state({ timeoutMs: 5 }))
    expect(timer.mock.calls.map(([, ms]) => ms)).toEqual([0])
    await vi.runAllTimersAsync()
    expect(await asked).toMatchObject({ code: 'timeout' })
  })

  test('a Retry-After without end is not waited for', async () => {
    const headers = { 'retry-after': '9'.repeat(400) }
    const fetch = async () => new Response('', { status: 503, headers })
    const error = await rejectionOf(open({ fetch, retry: { timeoutMs: Infinity } }).state())
    expect(error).toMatchObject({ attempts: 1, status: 503 })
  })
})
