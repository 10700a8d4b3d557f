import { type Store, systemPlatform } from 'tailfold'
import type { AppOptions } from 'tailfold/http'
import { describe, expect, test } from 'vitest'
import { secret } from '../helpers/http-account.ts'
import { openApp, type TestApp } from '../helpers/http-app.ts'
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

const midnight = '2020-01-01T00:00:00Z'

/** Revision 1 holds 100, revision 2 makes it 101 and 103, revision 3 is a refusal, revision 4 makes it 108. */
const history: readonly WireRequest[] = [
  deposit(100),
  post('/account/acc-001/Split', '{"amounts":[1,2]}'),
  withdraw(1_000, { 'idempotency-key': 'refused' }),
  deposit(5),
]
const past: ReadonlyArray<readonly [query: string, revision: number, balance: number]> = [
  ['revision=1', 1, 100],
  ['revision=3', 3, 103],
  ['revision=4', 4, 108],
  ['sequenceNr=1', 1, 100],
  ['sequenceNr=2', 2, 101],
  ['sequenceNr=3', 2, 103],
  ['sequenceNr=4', 4, 108],
  [`at=${midnight}`, 1, 100],
  ['at=2020-01-01T00:01Z', 2, 103],
  ['at=2020-01-01T00:02:59.999Z', 3, 103],
  ['at=2020-01-01T01:01:30%2B01:00', 2, 103],
  ['at=2020-01-01T01:01:30+01:00', 2, 103],
  ['at=2019-12-31T23:01:30-01:00', 2, 103],
  ['at=2999-01-01T00:00:00Z', 4, 108],
]

const cors = { origins: ['https://bank.example', 'https://shop.example'] }
const fromShop = { origin: 'https://shop.example' }
const preflightHeaders = { ...fromShop, 'access-control-request-method': 'POST' }
const exposed = 'ETag, Idempotent-Replayed, Retry-After, X-Request-Id'
const noCors = { 'access-control-allow-origin': undefined, 'access-control-allow-methods': undefined }
const firstDeposit = { sequenceNr: 1, revision: 1, timestamp: '2020-01-01T00:00:00.000Z', type: 'Deposited' }
const trace = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

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
  ...past.map(([query, revision, balance]) => ({
    rule: `the past state ?${query}`,
    before: history,
    request: get('/account/acc-001', query),
    status: 200,
    headers: { etag: `"${revision}"` },
    body: { balance },
  })),
  {
    rule: 'If-None-Match with the revision of a past state is 304',
    before: history,
    request: get('/account/acc-001', 'revision=2', { 'if-none-match': '"2"' }),
    status: 304,
    headers: { etag: '"2"' },
    body: '',
  },
  {
    rule: 'HEAD answers for a past state too',
    before: history,
    request: { method: 'HEAD', path: '/account/acc-001', query: 'sequenceNr=2' },
    status: 200,
    headers: { etag: '"2"' },
    body: '',
  },
  {
    rule: 'the list has the ids of its type alone, in the order of their percent-encoded form',
    before: [
      post('/account/b/Deposit', '{"amount":1}'),
      post('/account/%C3%BC/Deposit', '{"amount":1}'),
      post('/account/a%20b/Deposit', '{"amount":1}'),
      post('/counter/c/Count'),
      withdraw(1),
    ],
    request: get('/account'),
    status: 200,
    body: { ids: ['ü', 'a b', 'b'] },
  },
  {
    rule: 'a page of the list has as many ids as asked for, and says how to go on',
    before: ['a', 'b', 'c'].map((id) => post(`/account/${id}/Deposit`, '{"amount":1}')),
    request: get('/account', 'limit=1&after=a'),
    status: 200,
    body: { ids: ['b'], next: 'b' },
  },
  {
    rule: 'the last page of the list has no next',
    before: ['a', 'b', 'c'].map((id) => post(`/account/${id}/Deposit`, '{"amount":1}')),
    request: get('/account', 'limit=2&after=a%2Fb'),
    status: 200,
    body: { ids: ['b', 'c'] },
  },
  {
    rule: 'a page of the list has no more ids than the app allows',
    options: { limits: { maxIdPage: 2 } },
    before: ['a', 'b', 'c'].map((id) => post(`/account/${id}/Deposit`, '{"amount":1}')),
    request: get('/account'),
    status: 200,
    body: { ids: ['a', 'b'], next: 'b' },
  },
  { rule: 'a list of nothing is empty', request: get('/account'), status: 200, body: { ids: [] } },
  {
    rule: 'HEAD answers for a list too',
    request: { method: 'HEAD', path: '/account' },
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: '',
  },
  {
    rule: 'a page of the audit trail has no more events than the app allows',
    options: { limits: { maxEventPage: 1 } },
    before: history,
    request: get('/account/acc-001/events'),
    status: 200,
    body: { events: [expect.objectContaining({ sequenceNr: 1 })], next: 1 },
  },
  {
    rule: 'the audit trail shows the trace a command came with',
    before: [deposit(1, { traceparent: trace })],
    request: get('/account/acc-001/events'),
    status: 200,
    body: { events: [expect.objectContaining({ traceparent: trace })] },
  },
  ...[
    'ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    `00-${'0'.repeat(32)}-b7ad6b7169203331-01`,
    `00-0af7651916cd43dd8448eb211c80319c-${'0'.repeat(16)}-01`,
    trace.toUpperCase(),
    `${trace}-extra`,
  ].map((traceparent) => ({
    rule: `a traceparent that is none is left out: ${traceparent}`,
    before: [deposit(1, { traceparent })],
    request: get('/account/acc-001/events'),
    status: 200,
    body: { events: [{ ...firstDeposit, payload: { amount: 1 } }] },
  })),
  ...[
    '*/*',
    'application/*',
    'application/json;q=0.1, text/html',
    'text/html, application/problem+json',
    'text/html, */*;q=0.1',
    '*/*;q=0, application/json',
    'application/json;q=0, application/problem+json',
    'APPLICATION/JSON; charset=utf-8',
    ' ',
  ].map((accept) => ({
    rule: `JSON is acceptable to ${JSON.stringify(accept)}`,
    before: [deposit(1)],
    request: get('/account/acc-001', undefined, { accept }),
    status: 200,
    body: { balance: 1 },
  })),
  {
    rule: 'an X-Request-Id is echoed',
    request: get('/health', undefined, { 'x-request-id': `~${'x'.repeat(127)}` }),
    status: 200,
    headers: { 'x-request-id': `~${'x'.repeat(127)}` },
  },
  ...['has space', 'x'.repeat(129), 'ü', ''].map((id) => ({
    rule: `an X-Request-Id that is unfit is replaced: ${id.length > 20 ? '129 characters' : JSON.stringify(id)}`,
    request: get('/health', undefined, { 'x-request-id': id }),
    status: 200,
    headers: { 'x-request-id': expect.stringMatching(/^[\w-]{16,40}$/) },
  })),
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
  {
    rule: 'HEAD on a command is 405',
    request: { method: 'HEAD', path: '/account/acc-001/Deposit' },
    status: 405,
    headers: { allow: 'POST, OPTIONS', 'content-type': 'application/problem+json' },
    body: '',
  },
  ...['/account', '/health'].map((path) => ({
    rule: `OPTIONS on ${path} lists its methods`,
    request: { method: 'OPTIONS', path },
    status: 204,
    headers: { allow: 'GET, HEAD, OPTIONS' },
  })),
  {
    rule: 'without the option cors no page of another origin may read an answer',
    before: [deposit(1)],
    request: get('/account/acc-001', undefined, fromShop),
    status: 200,
    headers: { ...noCors, vary: undefined },
  },
  {
    rule: 'without the option cors a preflight is an OPTIONS as any other',
    request: { method: 'OPTIONS', path: '/account/acc-001/Deposit', headers: preflightHeaders },
    status: 204,
    headers: { ...noCors, allow: 'POST, OPTIONS' },
  },
  {
    rule: 'with cors a page of a listed origin may send commands, with all headers that matter',
    options: { cors: { ...cors, headers: ['authorization'], credentials: true, maxAgeSeconds: 60 } },
    request: { method: 'OPTIONS', path: '/account/acc-001/Deposit', headers: preflightHeaders },
    status: 204,
    headers: {
      'access-control-allow-origin': 'https://shop.example',
      'access-control-allow-methods': 'GET, HEAD, POST',
      'access-control-allow-headers':
        'content-type, idempotency-key, if-match, if-none-match, x-request-id, traceparent, authorization',
      'access-control-allow-credentials': 'true',
      'access-control-max-age': '60',
      vary: 'Origin',
    },
    body: '',
  },
  {
    rule: 'with cors a preflight for a wrong path passes, so that the page can read the problem',
    options: { cors },
    request: { method: 'OPTIONS', path: '/nothing/x/y', headers: preflightHeaders },
    status: 204,
    headers: { 'access-control-allow-origin': 'https://shop.example', 'access-control-max-age': '600' },
  },
  {
    rule: 'with cors a page of a listed origin may read answers and their headers',
    options: { cors },
    before: [deposit(1)],
    request: get('/account/acc-001', undefined, fromShop),
    status: 200,
    headers: {
      'access-control-allow-origin': 'https://shop.example',
      'access-control-allow-credentials': undefined,
      'access-control-expose-headers': exposed,
      vary: 'Origin',
    },
  },
  ...['https://evil.example', 'https://shop.example.evil.example', 'null', 'https://SHOP.example', ''].map(
    (origin) => ({
      rule: `with cors the origin ${JSON.stringify(origin)}, which is not listed, may not`,
      options: { cors },
      before: [deposit(1)],
      request: get('/account/acc-001', undefined, { origin }),
      status: 200,
      headers: { ...noCors, 'access-control-expose-headers': undefined, vary: 'Origin' },
    }),
  ),
  {
    rule: 'with cors for any origin all may, without credentials',
    options: { cors: { origins: '*' } },
    before: [deposit(1)],
    request: get('/account/acc-001', undefined, fromShop),
    status: 200,
    headers: {
      'access-control-allow-origin': '*',
      'access-control-allow-credentials': undefined,
      vary: undefined,
    },
  },
  {
    rule: 'an id as long as the app allows',
    options: { limits: { maxIdBytes: 11 } },
    request: post('/account/%E2%82%AC-1234567/Deposit', '{"amount":1}'),
    status: 204,
  },
  {
    rule: 'a command may name one field in several objects',
    request: post(
      '/account/acc-001/Deposit',
      '{"amount":1,"note":[{"amount":"}{\\"a\\":"},{"amount" : 2}],"a":{"b":{"a":1}},"{":0}',
    ),
    status: 204,
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
  ...[
    'revision=-1',
    'revision=x',
    'revision=1.5',
    'revision=1000000000000000',
    'revision=',
    'revision=1&revision=1',
    'revision=1&sequenceNr=1',
    'sequenceNr=1e3',
    'sequenceNr=1&at=2026-01-01T00:00:00Z',
    'at=',
    'at=yesterday',
    'at=2026-01-01',
    'at=2026-01-01T00:00:00',
    'at=2026-02-30T00:00:00Z',
    'at=2026-13-01T00:00:00Z',
    'at=2026-01-01T25:00:00Z',
    'at=2026-01-01T00:00:00%2B99:00',
    'at=1767225600000',
    'at=2026-01-01T00:00:00Z&at=2026-01-01T00:00:00Z',
  ].map((query) => ({
    rule: `the past state ?${query}`,
    before: [deposit(1)],
    request: get('/account/acc-001', query),
    status: 400,
    code: 'invalid-query',
  })),
  ...['revision=5', 'sequenceNr=5', 'revision=999999999999999'].map((query) => ({
    rule: `the past state ?${query}, to which the entity has not come`,
    before: history,
    request: get('/account/acc-001', query),
    status: 404,
    code: 'entity-not-found',
    fields: {
      entity: 'account/acc-001',
      revision: 4,
      sequenceNr: 4,
      detail: 'account/acc-001 has not come that far: it stands at revision 4, sequence number 4.',
    },
  })),
  ...['revision=0', 'sequenceNr=0', 'at=2019-12-31T23:59:59.999Z'].map((query) => ({
    rule: `the past state ?${query}, before the first commit`,
    before: history,
    request: get('/account/acc-001', query),
    status: 404,
    code: 'entity-not-found',
    fields: { detail: 'Nothing had been written to account/acc-001 by then.' },
  })),
  {
    rule: 'the past state of an entity that does not exist',
    request: get('/account/nobody', 'revision=1'),
    status: 404,
    code: 'entity-not-found',
    fields: { detail: 'Nothing was ever written to account/nobody.' },
  },
  ...[
    'limit=0',
    'limit=1001',
    'limit=x',
    'after=',
    'after=a&after=b',
    'after=%00',
    `after=${'a'.repeat(513)}`,
  ].map((query) => ({
    rule: `the list ?${query.slice(0, 20)}`,
    request: get('/account', query),
    status: 400,
    code: 'invalid-query',
  })),
  {
    rule: 'a list from a journal that keeps none',
    wrap(store: Store): Store {
      const { keys: _keys, ...others } = store
      return others
    },
    request: get('/account'),
    status: 404,
    code: 'not-found',
    fields: {
      detail: 'The journal of this app cannot list entities. One on DynamoDB can with `listEntities: true`.',
    },
  },
  {
    rule: 'an id longer than the app allows',
    options: { limits: { maxIdBytes: 11 } },
    request: post('/account/%E2%82%AC-12345678/Deposit', '{"amount":1}'),
    status: 400,
    code: 'invalid-id',
  },
  {
    rule: 'a body nested deeper than the app allows',
    options: { limits: { maxJsonDepth: 2 } },
    request: post('/account/acc-001/Deposit', '{"amount":1,"note":[[]]}'),
    status: 400,
    code: 'invalid-command',
  },
  {
    rule: 'a command with more events than the app allows',
    options: { limits: { maxEvents: 2 } },
    request: post('/account/acc-001/Split', '{"amounts":[1,2,3]}'),
    status: 413,
    code: 'too-many-events',
    fields: { events: 3, limit: 2 },
  },
  ...[
    '{"amount":1,"amount":2}',
    '{"amount":1,"\\u0061mount":2}',
    '{"amount":1,"note":[{"a":{},"b":"\\"","a":1}]}',
    '{"type":"Deposit","type":"Deposit","amount":1}',
  ].map((body) => ({
    rule: `a field given twice: ${body}`,
    request: post('/account/acc-001/Deposit', body),
    status: 400,
    code: 'invalid-command',
  })),
  ...[
    'text/html',
    'application/json;q=0',
    'application/*;q=0, */*',
    'application/json; q=0.000, */*;q=1',
    'text/*, image/png',
    'constructor',
  ].map((accept) => ({
    rule: `a command whose caller takes only ${accept}`,
    request: deposit(1, { accept }),
    status: 406,
    code: 'not-acceptable',
  })),
  {
    rule: 'a page of a listed origin a problem it can read',
    options: { cors },
    request: get('/account/nobody', undefined, fromShop),
    status: 404,
    code: 'entity-not-found',
    headers: { 'access-control-allow-origin': 'https://shop.example', vary: 'Origin' },
  },
  {
    rule: 'a body of more bytes than allowed, to a page of a listed origin',
    options: { cors, limits: { maxBodyBytes: 10 } },
    request: deposit(1, fromShop),
    status: 413,
    code: 'payload-too-large',
    headers: { 'access-control-allow-origin': 'https://shop.example' },
  },
  ...['after=-1', 'after=x', 'after=1.5', 'after=1&after=2', 'limit=0', 'limit=1001', 'limit='].map(
    (query) => ({
      rule: `the page ?${query}`,
      before: [deposit(1)],
      request: get('/account/acc-001/events', query),
      status: 400,
      code: 'invalid-query',
    }),
  ),
  ...['/', '/account/', '//acc-001', '/account//Deposit', '/account/a/', '/account/a/b/c'].map((path) => ({
    rule: `the path ${path}`,
    request: get(path),
    status: 404,
    code: 'not-found',
  })),
  ...[
    '/nothing',
    '/openapi.yml',
    '/nothing/acc-001',
    '/Account/acc-001',
    '/health/x',
    '/constructor/x',
    '/__proto__',
    '/__proto__/x',
  ].map((path) => ({
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
      ['POST', '/account', 'GET, HEAD, OPTIONS'],
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

describe.each(drivers)('through $name', (driver) => {
  test.each(casesFor(driver, served))('$rule', async (each) => {
    const { app, failures, prepare } = openCase(each)
    await driver.run(app, async (send) => {
      await prepare(send)
      expectAnswer(await send(each.request), each)
      expect(failures).toEqual([])
    })
  })

  test.each(casesFor(driver, refused))('refused, $status $code, and nothing written: $rule', async (each) => {
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
  const isDots = /^(\.|%2e)+$/
  const addressable = ids.filter(
    ([segment, , raw]) => (driver.keepsPath || !raw) && (driver.keepsDots || !isDots.test(segment)),
  )
  test.each(addressable)('the path segment %s is one id, decoded once', async (segment, entityId) => {
    const { app, journal } = openApp()
    await driver.run(app, async (send) => {
      expect((await send(post(`/account/${segment}/Deposit`, '{"amount":7}'))).status).toBe(204)
      expect((await send(get(`/account/${segment}`))).body).toBe('{"balance":7}')
      const { events } = JSON.parse((await send(get(`/account/${segment}/events`))).body)
      expect(events).toHaveLength(1)
      const stored = await Array.fromAsync(journal.load({ entityType: 'account', entityId }))
      expect(stored.map(({ event }) => event)).toEqual([{ type: 'Deposited', amount: 7 }])
    })
  })
})
