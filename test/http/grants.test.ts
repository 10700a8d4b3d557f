import { TailfoldError } from 'tailfold'
import { type App, createApp, type HttpRequest } from 'tailfold/http'
import { describe, expect, test, vi } from 'vitest'
import { virtualPlatform } from '../../src/testing/virtual-platform.ts'
import { account, secret } from '../helpers/http-account.ts'
import { openApp } from '../helpers/http-app.ts'

const json = { 'content-type': 'application/json' }
const requests: readonly HttpRequest[] = [
  { method: 'POST', path: '/account/a/Deposit', query: '', headers: json, body: '{"amount":5}' },
  ...['/account/a', '/account/a/events', '/account'].map((path) => ({
    method: 'GET',
    path,
    query: '',
    headers: {},
    body: undefined,
  })),
]

async function codesOf(app: App): Promise<readonly unknown[]> {
  const answers = await Promise.all(requests.map((request) => app.handle(request)))
  return answers.map(({ status, body = '{}' }) => [status, (JSON.parse(body) as { code?: string }).code])
}

const always = (status: number, code: string) => requests.map(() => [status, code])

class Session {
  readonly principal = { id: 'ada' }
}

describe('createApp', () => {
  test.for<readonly [unknown, string]>([
    ['everyone', '"everyone"'],
    [true, 'true'],
    [{}, 'an object'],
  ])('throws for an authorize that is neither: %j', ([authorize, shown]) => {
    expect(() => openApp({ authorize: authorize as never })).toThrow(
      new TypeError(`authorize must be a function or 'everybody', not ${shown}.`),
    )
  })

  test.for([undefined, null])('throws without a choice of authorize: %j', (authorize) => {
    const { journal } = openApp()
    expect(() => createApp({ journal, entities: [account], authorize: authorize as never })).toThrow(
      new TypeError(
        "authorize is required: a function that decides about each request, or 'everybody' to allow every request, anonymously.",
      ),
    )
  })

  test("throws when a tenant is required of 'everybody'", () => {
    expect(() => openApp({ requireTenant: true })).toThrow(
      new TypeError("requireTenant needs authorize to be a function: 'everybody' has no tenant."),
    )
  })

  test("warns once that 'everybody' is allowed, on one line by default", () => {
    const log = vi.spyOn(console, 'warn').mockImplementation(() => {})
    const { journal } = openApp()
    createApp({ journal, entities: [account], authorize: 'everybody' })
    createApp({ journal, entities: [account], authorize: () => undefined })
    const lines = log.mock.calls.map(([line]) => JSON.parse(String(line)))
    log.mockRestore()
    const message = "Every request is allowed, anonymously: authorize is 'everybody'."
    expect(lines).toEqual([{ level: 'warn', message }])
  })
})

describe('authorize', () => {
  test.for([undefined, null, false])('denies with %j', async (answer) => {
    const { app, failures, writes } = openApp({ authorize: () => answer as undefined })
    expect(await codesOf(app)).toEqual(always(403, 'forbidden'))
    expect([failures, writes()]).toEqual([[], 0])
  })

  test.for<readonly [string, unknown]>([
    ['{}', {}],
    ['{ allowed: false }', { allowed: false }],
    ["{ error: 'denied' }", { error: 'denied' }],
    ['{ status: 401 }', { status: 401 }],
    ['an Error', new Error('denied')],
    ['a Response', new Response(null, { status: 403 })],
    ['[]', []],
    ['an instance of a class', new Session()],
    ['a grant by inheritance', Object.create({ principal: { id: 'ada' } })],
    ['a tenant by inheritance', Object.create(Object.assign(Object.create(null), { tenant: 'a/b' }))],
    [
      'a tenant that is hidden and wrong',
      Object.defineProperty({ principal: { id: 'ada' } }, 'tenant', { value: 'a/b' }),
    ],
    ['a field named by a symbol', { tenant: 'acme', [Symbol('allowed')]: false }],
    ['a Map', new Map([['principal', { id: 'ada' }]])],
    ['a function', () => ({ principal: { id: 'ada' } })],
    ['true', true],
    ['0', 0],
    ['a text', 'yes'],
    ['a grant with a field it does not have', { principal: { id: 'ada' }, allowed: false }],
    ['a principal that is undefined', { principal: undefined }],
    ['a principal that is a text', { principal: 'ada' }],
    ['a principal without an id', { principal: { role: 'teller' } }],
    ['a principal whose id is a number', { principal: { id: 17 } }],
    ['a principal whose id is empty', { principal: { id: '' } }],
    ['a principal whose id is too long', { principal: { id: 'x'.repeat(257) } }],
    ['a principal whose id is half a surrogate pair', { principal: { id: '\ud800' } }],
    ['a tenant that is undefined', { principal: { id: 'bob' }, tenant: undefined }],
    ['a tenant that is null', { principal: { id: 'bob' }, tenant: null }],
    ['a tenant that is a number', { principal: { id: 'bob' }, tenant: 5 }],
    ['a tenant that is a list', { principal: { id: 'bob' }, tenant: ['acme'] }],
    ['a tenant that is empty', { principal: { id: 'bob' }, tenant: '' }],
    ['a tenant with a slash', { principal: { id: 'bob' }, tenant: 'acme/account' }],
  ])('denies when the hook returns %s, and reports it as an error of the hook', async ([, answer]) => {
    const { app, failures, writes } = openApp({ authorize: () => answer as never })
    expect(await codesOf(app)).toEqual(always(500, 'internal-error'))
    expect(writes()).toBe(0)
    expect(failures.map(({ error }) => String(error))).toEqual(
      requests.map(() =>
        expect.stringMatching(
          /^HookFailure: authorize returned a value that is not a grant: .+\. Return \{ principal \}, \{ tenant \} or 'anonymous'; undefined denies with 403\. The request was denied\.$/,
        ),
      ),
    )
  })

  const thrower = {
    get: (): never => {
      throw new TailfoldError('invalid-query', secret, { problem: secret })
    },
  }
  test.for<readonly [string, unknown]>([
    ['a getter', Object.defineProperty({}, 'tenant', { ...thrower, enumerable: true })],
    ['a getter of its principal', { principal: Object.defineProperty({}, 'id', thrower) }],
    ['a proxy', new Proxy({ tenant: 'acme' }, thrower)],
  ])('denies what it cannot read: %s that throws', async ([, answer]) => {
    const { app, failures, writes } = openApp({ authorize: () => answer as never })
    const bodies = await Promise.all(requests.map((request) => app.handle(request)))
    expect(bodies.map(({ status }) => status)).toEqual(requests.map(() => 500))
    expect(JSON.stringify(bodies)).not.toContain(secret)
    expect([failures.map(({ error }) => (error as Error).name), writes()]).toEqual([
      requests.map(() => 'HookFailure'),
      0,
    ])
  })

  test('takes what it has checked, also of a grant that says something else when it is read again', async () => {
    const answers = { principal: ['ada', 'x'.repeat(300)], tenant: ['acme', 'a/b'] }
    const grant = {
      principal: {
        get id() {
          return answers.principal.shift()
        },
      },
      get tenant() {
        return answers.tenant.shift()
      },
    }
    const { app, store } = openApp({ authorize: () => grant as never })
    expect((await app.handle(requests[0] as HttpRequest)).status).toBe(204)
    const { commits } = await store.range('~acme/account/a', 1, 1)
    expect(JSON.stringify(commits)).toContain('ada')
  })

  test.for<readonly [string, unknown]>([
    ['a principal', { principal: { id: 'ada', roles: ['teller'] } }],
    ['a tenant', { tenant: 'acme' }],
    ['both', { principal: { id: 'ada' }, tenant: 'acme' }],
    ['an object without a prototype', Object.assign(Object.create(null), { tenant: 'acme' })],
    ["'anonymous'", 'anonymous'],
  ])('allows with %s', async ([, answer]) => {
    const { app, failures, writes } = openApp({ authorize: async () => answer as never })
    const [command] = await codesOf(app)
    expect([command, writes(), failures]).toEqual([[204, undefined], 1, []])
  })

  test.for(['anonymous', { principal: { id: 'ada' } }] as const)(
    'denies %j where the app requires a tenant',
    async (answer) => {
      const { app, failures, writes } = openApp({ authorize: () => answer, requireTenant: true })
      expect(await codesOf(app)).toEqual(always(500, 'internal-error'))
      expect([failures.length, writes()]).toEqual([requests.length, 0])
    },
  )

  test('allows a grant with a tenant where the app requires one', async () => {
    const { app } = openApp({ authorize: () => ({ tenant: 'acme' }), requireTenant: true })
    expect((await codesOf(app))[0]).toEqual([204, undefined])
  })
})

describe('what the hook throws', () => {
  const leaking = new TailfoldError('revision-mismatch', `account/ceo is at revision 7: ${secret}`, {
    entity: 'account/ceo',
    expected: 1,
    actual: 7,
  })
  const unknownCode = Object.assign(new Error(secret), {
    name: 'TailfoldError',
    code: 'constructor',
    data: {},
  })

  test.for<readonly [string, unknown]>([
    ['an Error', new Error(secret)],
    ['a TailfoldError about another entity', leaking],
    ['an error that claims to be a TailfoldError', unknownCode],
    ['a text', secret],
    ['undefined', undefined],
  ])('never reaches the caller: %s', async ([, thrown]) => {
    const { app, failures } = openApp({
      authorize() {
        throw thrown
      },
    })
    const answer = await app.handle(requests[0] as HttpRequest)
    expect([answer.status, JSON.parse(answer.body ?? '').code]).toEqual([500, 'internal-error'])
    expect(answer.body).not.toContain(secret)
    expect(answer.body).not.toContain('ceo')
    expect(answer.headers['etag']).toBeUndefined()
    expect(failures.map(({ error }) => (error as Error).cause)).toEqual([thrown])
  })

  test('is an answer all the same when a handler throws an error with an unknown code', async () => {
    const broken = {
      ...account,
      onCommand() {
        throw unknownCode
      },
    }
    const { app } = openApp({ entities: [broken as typeof account] })
    const answer = await app.handle(requests[0] as HttpRequest)
    expect([answer.status, answer.body?.includes(secret)]).toEqual([500, false])
  })

  test('a hook that hangs is reported as the hook, by the deadline', async () => {
    const platform = virtualPlatform()
    const { app, failures, writes } = openApp({ platform, authorize: () => new Promise(() => {}) })
    const deadline = platform.now() + 2_000
    const answers = await Promise.all(requests.map((request) => app.handle({ ...request, deadline })))
    expect(answers.map(({ status }) => status)).toEqual([500, 500, 500, 500])
    expect(platform.now()).toBeLessThanOrEqual(deadline + 50)
    expect(failures.map(({ error }) => `${String(error)} ${String((error as Error).cause)}`)).toEqual(
      requests.map(
        () =>
          'HookFailure: authorize failed. The request was denied. Error: it did not answer by the deadline of the request',
      ),
    )
    expect(writes()).toBe(0)
  })
})
