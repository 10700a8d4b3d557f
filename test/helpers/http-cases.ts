import { type Store, systemPlatform } from 'tailfold'
import type { AppOptions } from 'tailfold/http'
import type { WireRequest } from 'tailfold/testing'
import { describe, expect, test } from 'vitest'
import { secret } from './http-account.ts'
import { openApp, type TestApp } from './http-app.ts'
import { type Driver, drivers, type Send, type WireResponse } from './http-drivers.ts'

export const json = { 'content-type': 'application/json' }

export function post(
  path: string,
  body?: string | Uint8Array,
  headers: Record<string, string> = {},
): WireRequest {
  return body === undefined
    ? { method: 'POST', path, headers }
    : { method: 'POST', path, body, headers: { ...json, ...headers } }
}

export function get(path: string, query?: string, headers: Record<string, string> = {}): WireRequest {
  return query === undefined ? { method: 'GET', path, headers } : { method: 'GET', path, query, headers }
}

export const deposit = (amount: number, headers: Record<string, string> = {}) =>
  post('/account/acc-001/Deposit', JSON.stringify({ amount }), headers)
export const withdraw = (amount: number, headers: Record<string, string> = {}) =>
  post('/account/acc-001/Withdraw', JSON.stringify({ amount }), headers)

export interface Case {
  readonly rule: string
  readonly options?: Partial<AppOptions<never>>
  readonly wrap?: (store: Store) => Store
  /** Each a minute after the one before, the first at midnight; then the request. */
  readonly before?: readonly WireRequest[]
  readonly request: WireRequest
  readonly status: number
  readonly headers?: Readonly<Record<string, unknown>>
  /** Exact JSON of the answer; `''` for no body. */
  readonly body?: unknown
  readonly needsRawPath?: true
}

export const midnight = '2020-01-01T00:00:00Z'

/** Revision 1 holds 100, revision 2 makes it 101 and 103, revision 3 is a refusal, revision 4 makes it 108. */
export const history: readonly WireRequest[] = [
  deposit(100),
  post('/account/acc-001/Split', '{"amounts":[1,2]}'),
  withdraw(1_000, { 'idempotency-key': 'refused' }),
  deposit(5),
]
export interface RefusedCase extends Case {
  readonly code: string
  readonly fields?: Readonly<Record<string, unknown>>
}

async function expectServing(send: Send): Promise<void> {
  const written = await send(post('/counter/still-there/Count'))
  const read = await send(get('/counter/still-there'))
  expect([written.status, read.status, read.body]).toEqual([204, 200, '{"count":1}'])
}

function expectAnswer(answer: WireResponse, expected: Case): void {
  expect(answer.status).toBe(expected.status)
  expect(answer.headers).toMatchObject({
    'cache-control': 'no-store',
    'x-request-id': expect.stringMatching(/^[\x21-\x7e]{1,128}$/),
  })
  for (const [name, value] of Object.entries(expected.headers ?? {}))
    expect(answer.headers[name]).toEqual(value)
  const body: unknown = answer.body === '' ? '' : JSON.parse(answer.body)
  expect(body).toEqual('body' in expected ? expected.body : body)
}

function casesFor<Each extends Case>(driver: Driver, cases: readonly Each[]): readonly Each[] {
  return cases.filter(({ needsRawPath }) => driver.keepsPath || needsRawPath !== true)
}

/** The app of a case, and a way to do what came before the request. */
function openCase({ options, wrap, before = [] }: Case): TestApp & { prepare(send: Send): Promise<void> } {
  let now = Date.parse(midnight)
  const platform = { ...systemPlatform, now: () => now }
  return {
    ...openApp({ platform, ...options }, wrap),
    async prepare(send) {
      for (const earlier of before) {
        await send(earlier)
        now += 60_000
      }
    },
  }
}

/** Sends each case to an app through every driver. */
export function describeCases(served: readonly Case[], refused: readonly RefusedCase[]): void {
  describe.each(drivers)('through $name', (driver) => {
    test.each(casesFor(driver, served))('$rule', async (each) => {
      const { app, failures, prepare } = openCase(each)
      await driver.run(app, async (send) => {
        await prepare(send)
        expectAnswer(await send(each.request), each)
        expect(failures).toEqual([])
      })
    })

    test.each(casesFor(driver, refused))(
      'refused, $status $code, and nothing written: $rule',
      async (each) => {
        const { app, failures, writes, prepare } = openCase(each)
        await driver.run(app, async (send) => {
          await prepare(send)
          const before = writes()
          const answer = await send(each.request)
          expectAnswer(answer, each)
          expect(answer.headers['content-type']).toBe('application/problem+json')
          expect(JSON.parse(answer.body)).toMatchObject({
            type: `urn:tailfold:problem:${each.code}`,
            title: expect.any(String),
            detail: expect.any(String),
            status: each.status,
            code: each.code,
            ...each.fields,
          })
          expect(answer.body).not.toContain(secret)
          expect(answer.body).not.toContain('    at ')
          expect(failures.map(({ code }) => code)).toEqual(each.status >= 500 ? [each.code] : [])
          expect(writes()).toBe(before)
          await expectServing(send)
        })
      },
    )
  })
}
