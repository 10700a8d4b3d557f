import { describe, expect, test } from 'vitest'
import { secret } from '../helpers/http-account.ts'
import { openApp } from '../helpers/http-app.ts'
import { type Driver, drivers, type Send, type WireResponse } from '../helpers/http-drivers.ts'
import type { WireRequest } from 'tailfold/testing'

const json = { 'content-type': 'application/json' }

function post(path: string, body?: string | Uint8Array, headers: Record<string, string> = {}): WireRequest {
  return body === undefined
    ? { method: 'POST', path, headers }
    : { method: 'POST', path, body, headers: { ...json, ...headers } }
}

function get(path: string, query?: string, headers: Record<string, string> = {}): WireRequest {
  return query === undefined ? { method: 'GET', path, headers } : { method: 'GET', path, query, headers }
}

const deposit = (amount: number, headers: Record<string, string> = {}) =>
  post('/account/acc-001/Deposit', JSON.stringify({ amount }), headers)
const withdraw = (amount: number, headers: Record<string, string> = {}) =>
  post('/account/acc-001/Withdraw', JSON.stringify({ amount }), headers)

interface Case {
  readonly rule: string
  readonly before?: readonly WireRequest[]
  readonly request: WireRequest
  readonly status: number
  readonly headers?: Readonly<Record<string, string | undefined>>
  /** Exact JSON of the answer; `''` for no body. */
  readonly body?: unknown
  readonly needsRawPath?: true
}

const served: readonly Case[] = [
  {
    rule: 'a command without a reply is 204 with the new revision',
    request: deposit(100),
    status: 204,
    headers: { etag: '"1"', 'idempotent-replayed': undefined },
    body: '',
  },
  {
    rule: 'a reply is 200 with the reply as JSON',
    before: [deposit(100)],
    request: withdraw(30),
    status: 200,
    headers: { etag: '"2"', 'content-type': 'application/json', 'cache-control': 'no-store' },
    body: { balance: 70 },
  },
  {
    rule: 'a query on an entity that does not exist answers from the initial state',
    request: post('/account/acc-001/GetBalance'),
    status: 200,
    headers: { etag: '"0"' },
    body: 0,
  },
  {
    rule: 'no body means no fields, whatever the content type',
    request: post('/account/acc-001/GetBalance', undefined, { 'content-type': 'text/plain' }),
    status: 200,
    body: 0,
  },
  {
    rule: 'the recorded answer is given again for the same Idempotency-Key',
    before: [deposit(100), withdraw(30, { 'idempotency-key': 'w-1' }), deposit(1)],
    request: withdraw(30, { 'idempotency-key': 'w-1' }),
    status: 200,
    headers: { etag: '"2"', 'idempotent-replayed': 'true' },
    body: { balance: 70 },
  },
  {
    rule: 'If-Match with the current revision lets the command through',
    before: [deposit(100)],
    request: deposit(1, { 'if-match': '"1"' }),
    status: 204,
    headers: { etag: '"2"' },
  },
  {
    rule: 'If-Match "0" creates',
    request: deposit(1, { 'if-match': '"0"' }),
    status: 204,
    headers: { etag: '"1"' },
  },
  {
    rule: 'If-Match * lets a command to an existing entity through',
    before: [deposit(100)],
    request: deposit(1, { 'if-match': '*' }),
    status: 204,
    headers: { etag: '"2"' },
  },
  {
    rule: 'a +json media type with a charset of UTF-8 is JSON',
    request: post('/account/acc-001/Deposit', '{"amount":1}', {
      'content-type': 'application/vnd.bank+json; charset="UTF-8"',
    }),
    status: 204,
  },
  {
    rule: 'bytes are read as UTF-8',
    request: post('/account/acc-001/Deposit', new TextEncoder().encode('{"amount":1,"note":"für 🐟"}')),
    status: 204,
  },
  {
    rule: 'a `type` equal to the command in the path is accepted',
    request: post('/account/acc-001/Deposit', '{"type":"Deposit","amount":1}'),
    status: 204,
  },
  {
    rule: 'the current state is JSON with its revision',
    before: [deposit(100), deposit(5)],
    request: get('/account/acc-001'),
    status: 200,
    headers: { etag: '"2"', 'content-type': 'application/json' },
    body: { balance: 105 },
  },
  {
    rule: 'unknown query parameters are ignored',
    before: [deposit(100)],
    request: get('/account/acc-001', 'cachebuster=1'),
    status: 200,
  },
  {
    rule: 'If-None-Match with the current revision is 304 without a body',
    before: [deposit(100)],
    request: get('/account/acc-001', undefined, { 'if-none-match': '"9", W/"1"' }),
    status: 304,
    headers: { etag: '"1"' },
    body: '',
  },
  {
    rule: 'If-None-Match with an older revision is 200',
    before: [deposit(100), deposit(1)],
    request: get('/account/acc-001', undefined, { 'if-none-match': '"1"' }),
    status: 200,
    headers: { etag: '"2"' },
  },
  {
    rule: 'HEAD answers as GET, without the body',
    before: [deposit(100)],
    request: { method: 'HEAD', path: '/account/acc-001' },
    status: 200,
    headers: { etag: '"1"', 'content-type': 'application/json' },
    body: '',
  },
  { rule: 'health is ok', request: get('/health'), status: 200, body: { status: 'ok' } },
  {
    rule: 'OPTIONS on an entity lists its methods',
    request: { method: 'OPTIONS', path: '/account/acc-001' },
    status: 204,
    headers: { allow: 'GET, HEAD, OPTIONS' },
  },
  {
    rule: 'OPTIONS on a command lists its methods',
    request: { method: 'OPTIONS', path: '/account/acc-001/Deposit' },
    status: 204,
    headers: { allow: 'POST, OPTIONS' },
  },
]

interface RefusedCase extends Case {
  readonly code: string
  readonly fields?: Readonly<Record<string, unknown>>
}

const tooDeep = `{"note":${'['.repeat(64)}${']'.repeat(64)}}`
const refused: readonly RefusedCase[] = [
  {
    rule: 'text that is not JSON',
    request: post('/account/acc-001/Deposit', '{"amount":'),
    status: 400,
    code: 'malformed-json',
  },
  {
    rule: 'bytes that are not UTF-8',
    request: post('/account/acc-001/Deposit', new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])),
    status: 400,
    code: 'malformed-json',
  },
  ...['[]', '"Deposit"', '12', 'null'].map((body) => ({
    rule: `the JSON ${body} as a body, which is no object`,
    request: post('/account/acc-001/Deposit', body),
    status: 400,
    code: 'invalid-command',
  })),
  {
    rule: 'a `type` that differs from the path',
    request: post('/account/acc-001/Deposit', '{"type":"Withdraw","amount":1}'),
    status: 400,
    code: 'invalid-command',
  },
  {
    rule: 'a `replyTo`',
    request: post('/account/acc-001/GetBalance', '{"replyTo":{"tell":1}}'),
    status: 400,
    code: 'invalid-command',
  },
  ...['{"__proto__":{"admin":true}}', '{"amount":1,"note":[{"a":{"\\u005f_proto__":1}}]}'].map((body) => ({
    rule: `a __proto__ key: ${body}`,
    request: post('/account/acc-001/Deposit', body),
    status: 400,
    code: 'invalid-command',
  })),
  {
    rule: 'nesting of 65 levels',
    request: post('/account/acc-001/Deposit', tooDeep),
    status: 400,
    code: 'invalid-command',
  },
  {
    rule: 'a number beyond what JSON programs can hold',
    request: post('/account/acc-001/Deposit', '{"amount":1e999}'),
    status: 400,
    code: 'invalid-command',
  },
  ...['has space', 'ключ', 'x'.repeat(257), ''].map((key) => ({
    rule: `an Idempotency-Key that is ${key.length > 20 ? '257 characters long' : JSON.stringify(key)}`,
    request: deposit(1, { 'idempotency-key': Buffer.from(key).toString('latin1') }),
    status: 400,
    code: 'invalid-command',
  })),
  ...['7', 'W/"7"', '"7", "8"', '"-1"', '"07"', '"abc"'].map((tag) => ({
    rule: `the If-Match ${tag}`,
    request: deposit(1, { 'if-match': tag }),
    status: 400,
    code: 'invalid-command',
  })),
  {
    rule: 'a command the entity does not know',
    request: post('/account/acc-001/Fly'),
    status: 400,
    code: 'unhandled-command',
    fields: { entity: 'account/acc-001', command: 'Fly' },
  },
  {
    rule: 'a body without a content type',
    request: { method: 'POST', path: '/account/acc-001/Deposit', body: '{}' },
    status: 415,
    code: 'unsupported-media-type',
  },
  ...[
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/json; charset=latin1',
    'application/jsonp',
    'text/html, application/json',
  ].map((type) => ({
    rule: `the content type ${type}`,
    request: post('/account/acc-001/Deposit', '{"amount":1}', { 'content-type': type }),
    status: 415,
    code: 'unsupported-media-type',
  })),
  {
    rule: 'a compressed body',
    request: post('/account/acc-001/Deposit', '{"amount":1}', { 'content-encoding': 'gzip' }),
    status: 415,
    code: 'unsupported-media-type',
  },
  {
    rule: 'a body of more bytes than allowed',
    request: post('/account/acc-001/Deposit', JSON.stringify({ note: 'ü'.repeat(140 * 1024) })),
    status: 413,
    code: 'payload-too-large',
    fields: { maxBodyBytes: 262_144 },
  },
  {
    rule: 'an Idempotency-Key used for another command',
    before: [deposit(1, { 'idempotency-key': 'k' })],
    request: deposit(2, { 'idempotency-key': 'k' }),
    status: 409,
    code: 'command-id-reused',
    fields: { revision: 1 },
  },
  {
    rule: 'an If-Match with another revision',
    before: [deposit(1), deposit(2)],
    request: deposit(3, { 'if-match': '"1"' }),
    status: 412,
    code: 'revision-mismatch',
    fields: { expected: 1, actual: 2 },
    headers: { etag: '"2"' },
  },
  {
    rule: 'If-Match * for an entity that does not exist',
    request: deposit(3, { 'if-match': '*' }),
    status: 412,
    code: 'revision-mismatch',
    fields: { expected: '*', actual: 0 },
    headers: { etag: '"0"' },
  },
  {
    rule: 'a command that the entity rejects, without a key',
    before: [deposit(1)],
    request: withdraw(5),
    status: 422,
    code: 'rejected',
    fields: { reason: 'insufficient funds', details: { balance: 1 } },
    headers: { etag: '"1"', 'idempotent-replayed': undefined },
  },
  {
    rule: 'a command that was rejected before under its key, whatever the balance now',
    before: [withdraw(5, { 'idempotency-key': 'w' }), deposit(100)],
    request: withdraw(5, { 'idempotency-key': 'w' }),
    status: 422,
    code: 'rejected',
    fields: { reason: 'insufficient funds', details: { balance: 0 } },
    headers: { etag: '"1"', 'idempotent-replayed': 'true' },
  },
  {
    rule: 'events beyond what a record holds',
    request: post('/account/acc-001/PersistHuge'),
    status: 413,
    code: 'record-too-large',
    fields: { entity: 'account/acc-001' },
  },
  ...['Explode', 'PersistUnknown', 'PersistNaN'].map((command) => ({
    rule: `code that fails: ${command}`,
    request: post(`/account/acc-001/${command}`),
    status: 500,
    code: 'handler-failed',
  })),
  {
    rule: 'the state of an entity that does not exist',
    request: get('/account/nobody'),
    status: 404,
    code: 'entity-not-found',
    fields: { entity: 'account/nobody' },
  },
  {
    rule: 'the audit trail of an entity that does not exist',
    request: get('/account/nobody/events'),
    status: 404,
    code: 'entity-not-found',
  },
  ...['revision=1', 'sequenceNr=1', 'at=2026-01-01T00:00:00Z'].map((query) => ({
    rule: `the past state ?${query}, rather than answer with the current one`,
    before: [deposit(1)],
    request: get('/account/acc-001', query),
    status: 400,
    code: 'invalid-query',
  })),
  ...['after=-1', 'after=x', 'after=1.5', 'after=1&after=2', 'limit=0', 'limit=1001', 'limit='].map(
    (query) => ({
      rule: `the page ?${query}`,
      before: [deposit(1)],
      request: get('/account/acc-001/events', query),
      status: 400,
      code: 'invalid-query',
    }),
  ),
  ...[
    '/',
    '/account',
    '/account/',
    '//acc-001',
    '/account//Deposit',
    '/account/a/',
    '/account/a/b/c',
    '/openapi.yml',
  ].map((path) => ({ rule: `the path ${path}`, request: get(path), status: 404, code: 'not-found' })),
  ...['/nothing/acc-001', '/Account/acc-001', '/health/x', '/constructor/x', '/__proto__/x'].map((path) => ({
    rule: `the path ${path}`,
    request: get(path),
    status: 404,
    code: 'unknown-entity-type',
  })),
  ...(
    [
      ['PUT', '/account/acc-001', 'GET, HEAD, OPTIONS'],
      ['POST', '/account/acc-001', 'GET, HEAD, OPTIONS'],
      ['DELETE', '/account/acc-001', 'GET, HEAD, OPTIONS'],
      ['GET', '/account/acc-001/Deposit', 'POST, OPTIONS'],
      ['DELETE', '/account/acc-001/events', 'GET, HEAD, POST, OPTIONS'],
      ['POST', '/health', 'GET, HEAD, OPTIONS'],
    ] as const
  ).map(([method, path, allow]) => ({
    rule: `${method} ${path}`,
    request: { method, path },
    status: 405,
    code: 'method-not-allowed',
    headers: { allow },
  })),
  { rule: 'the id %00', request: get('/account/%00'), status: 400, code: 'invalid-id' },
  { rule: 'the id %7f', request: get('/account/%7f'), status: 400, code: 'invalid-id' },
  {
    rule: 'an id of 600 bytes',
    request: post(`/account/${'a'.repeat(600)}/Deposit`, '{"amount":1}'),
    status: 400,
    code: 'invalid-id',
  },
  {
    rule: 'an id of 513 bytes in 171 characters',
    request: post(`/account/${encodeURIComponent('€'.repeat(171))}/Deposit`, '{"amount":1}'),
    status: 400,
    code: 'invalid-id',
  },
  ...['%zz', '%', 'a%2', '%ff', '%C3', '%ed%a0%80'].map((id) => ({
    rule: `the id ${id}, which is no percent-encoded UTF-8`,
    request: post(`/account/${id}/Deposit`, '{"amount":1}'),
    status: 400,
    code: 'invalid-id',
    needsRawPath: true as const,
  })),
  {
    rule: 'a command name that is no percent-encoded UTF-8',
    request: post('/account/a/%zz'),
    status: 400,
    code: 'invalid-command',
    needsRawPath: true,
  },
]

async function expectServing(send: Send): Promise<void> {
  const written = await send(post('/counter/still-there/Count'))
  const read = await send(get('/counter/still-there'))
  expect([written.status, read.status, read.body]).toEqual([204, 200, '{"count":1}'])
}

function expectAnswer(answer: WireResponse, expected: Case): void {
  expect(answer.status).toBe(expected.status)
  expect(answer.headers).toMatchObject({ 'cache-control': 'no-store' })
  for (const [name, value] of Object.entries(expected.headers ?? {})) expect(answer.headers[name]).toBe(value)
  const body: unknown = answer.body === '' ? '' : JSON.parse(answer.body)
  expect(body).toEqual('body' in expected ? expected.body : body)
}

function casesFor<Each extends Case>(driver: Driver, cases: readonly Each[]): readonly Each[] {
  return cases.filter(({ needsRawPath }) => driver.keepsPath || needsRawPath !== true)
}

describe.each(drivers)('through $name', (driver) => {
  test.each(casesFor(driver, served))('$rule', async (each) => {
    const { app, failures } = openApp()
    await driver.run(app, async (send) => {
      for (const earlier of each.before ?? []) await send(earlier)
      expectAnswer(await send(each.request), each)
      expect(failures).toEqual([])
    })
  })

  test.each(casesFor(driver, refused))('refused, $status $code, and nothing written: $rule', async (each) => {
    const { app, failures, writes } = openApp()
    await driver.run(app, async (send) => {
      for (const earlier of each.before ?? []) await send(earlier)
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
  })

  const ids: ReadonlyArray<readonly [segment: string, id: string, needsRawPath: boolean]> = [
    ['a%20b', 'a b', false],
    ['a%23b', 'a#b', false],
    ['%C3%BC%F0%9F%90%9F', 'ü🐟', false],
    ['100%25', '100%', false],
    ['a%2541', 'a%41', false],
    ['..', '..', false],
    ['.', '.', false],
    ['a+b', 'a+b', false],
    ['health', 'health', false],
    ['events', 'events', false],
    ['__proto__', '__proto__', false],
    ['a%2Fb', 'a/b', true],
    ['%2F', '/', true],
    ['a%2Fevents', 'a/events', true],
    ['a%3Fb%26c', 'a?b&c', true],
    ['%2e%2e', '..', true],
    ['a'.repeat(512), 'a'.repeat(512), false],
  ]
  test.each(ids.filter(([, , raw]) => driver.keepsPath || !raw))(
    'the path segment %s is one id, decoded once',
    async (segment, entityId) => {
      const { app, journal } = openApp()
      await driver.run(app, async (send) => {
        expect((await send(post(`/account/${segment}/Deposit`, '{"amount":7}'))).status).toBe(204)
        expect((await send(get(`/account/${segment}`))).body).toBe('{"balance":7}')
        const { events } = JSON.parse((await send(get(`/account/${segment}/events`))).body)
        expect(events).toHaveLength(1)
        const stored = await Array.fromAsync(journal.load({ entityType: 'account', entityId }))
        expect(stored.map(({ event }) => event)).toEqual([{ type: 'Deposited', amount: 7 }])
      })
    },
  )
})
