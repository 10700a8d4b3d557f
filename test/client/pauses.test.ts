import { type ClientOptions, client } from 'tailfold/client'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { bankApp } from '../helpers/bank-server.ts'
import { rejectionOf } from '../helpers/thrown.ts'

const start = Date.UTC(2026, 0, 1)

beforeEach(() => {
  vi.useFakeTimers({ now: start })
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

/** Asks a server that answers with this `Retry-After`, 503 by default, always. Resolves with the times of its requests, from the first on. */
async function ask(retryAfter: string | undefined, retry: ClientOptions['retry'] = {}, status = 503) {
  const begun = Date.now()
  const times: number[] = []
  const acc = client<ReturnType<typeof bankApp>>({
    baseUrl: '',
    retry,
    fetch: async () => {
      times.push(Date.now() - begun)
      const headers = retryAfter === undefined ? {} : { 'retry-after': retryAfter }
      return new Response('', { status, headers })
    },
  }).account('a')
  const asked = rejectionOf(acc.ask({ type: 'GetBalance' }))
  await vi.runAllTimersAsync()
  await asked
  return times
}

const differences = (times: readonly number[]) =>
  times.slice(1).map((time, index) => time - (times[index] ?? 0))

describe('pauses', () => {
  test('double up to five seconds and are drawn from their whole range', async () => {
    const random = vi.spyOn(Math, 'random').mockReturnValue(0.5)
    expect(differences(await ask(undefined))).toEqual([50, 100, 200, 400, 800, 1_600, 2_500])
    random.mockReturnValue(0)
    expect(differences(await ask(undefined))).toEqual([0, 0, 0, 0, 0, 0, 0])
  })

  test.for([
    ['seconds', '2'],
    ['a date', new Date(start + 2_000).toUTCString()],
  ])('begin after what Retry-After says as %s', async ([, retryAfter = '']) => {
    vi.spyOn(Math, 'random').mockReturnValue(0.5)
    const [first = 0] = differences(await ask(retryAfter, { maxAttempts: 2 }))
    expect(first).toBe(2_050)
  })

  test.for(['soon', '-1', '', 'Thu, 01 Jan 1970 00:00:00 GMT'])(
    'do not heed a Retry-After of %j',
    async (value) => {
      vi.spyOn(Math, 'random').mockReturnValue(0.5)
      expect(differences(await ask(value, { maxAttempts: 3 }))).toEqual([50, 100])
    },
  )
})

test('there are eight attempts by default, and none begins after the time is up', async () => {
  vi.spyOn(Math, 'random').mockReturnValue(0.999)
  expect(await ask(undefined)).toHaveLength(8)
  expect((await ask(undefined, { timeoutMs: 1_000 })).every((time) => time < 1_000)).toBe(true)
  expect(await ask('1', { timeoutMs: 3_500 })).toHaveLength(3)
  expect(await ask(undefined, { maxAttempts: 1 })).toHaveLength(1)
})

test.for([
  [429, 2],
  [502, 2],
  [503, 2],
  [504, 2],
  [500, 1],
  [501, 1],
  [409, 1],
] as const)('after a %d there are %d attempts of two', async ([status, attempts]) => {
  expect(await ask(undefined, { maxAttempts: 2 }, status)).toHaveLength(attempts)
})

test('the last attempt gets the time that is left', async () => {
  const acc = client<ReturnType<typeof bankApp>>({
    baseUrl: '',
    retry: { timeoutMs: 15_000 },
    fetch: (_url, { signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new Error('aborted')))
      }),
  }).account('a')
  vi.spyOn(Math, 'random').mockReturnValue(0)
  const asked = rejectionOf(acc.ask({ type: 'GetBalance' }))
  await vi.runAllTimersAsync()
  expect(await asked).toMatchObject({
    code: 'timeout',
    attempts: 2,
    message: 'POST /account/a/GetBalance: no answer in time',
  })
  expect(Date.now() - start).toBe(15_000)
})
