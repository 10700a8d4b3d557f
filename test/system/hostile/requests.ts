import { type Arbitrary, array, constant, constantFrom, nat, oneof, option, record, tuple } from 'fast-check'
import { hostileBody } from './bodies.ts'
import { hostileHeaders } from './headers.ts'
import type { HostileRequest, Repeat } from './hostile-request.ts'
import { nastyText, prototypeNames, segment } from './texts.ts'

const type = oneof(
  { weight: 10, arbitrary: segment(constantFrom('diary', 'diary', 'account')) },
  { weight: 1, arbitrary: segment(constantFrom(...prototypeNames, 'Diary', '~acme', 'health', 'diаry')) },
  { weight: 1, arbitrary: segment(nastyText) },
)

/** Few enough to meet, with those beside them that some code takes for the same. */
const neighbours = [
  'victim',
  'a',
  'b',
  'é',
  'e\u0301',
  'a/b',
  'a%2Fb',
  '%61',
  '%2561',
  'A',
  'а',
  '~acme/diary/victim',
  'conflict-budget-exhausted',
]
const wrong = [
  '%',
  '%zz',
  '%2',
  '%C0%AF',
  '%E0%80%AF',
  '%ED%A0%80',
  '%F5%80%80%80',
  '%u0061',
  '%FF',
  '%00',
  '%0D%0Aa',
]
const id = oneof(
  { weight: 8, arbitrary: segment(constantFrom('victim', 'a', 'b')) },
  { weight: 4, arbitrary: segment(constantFrom(...neighbours)) },
  { weight: 2, arbitrary: segment(nastyText) },
  { weight: 1, arbitrary: constantFrom(...wrong) },
)

const oddCommand = oneof(
  segment(constantFrom(...prototypeNames, 'write', 'events', 'Write ', 'replyTo')),
  segment(nastyText),
)
const ofDiary = [
  'Write',
  'Write',
  'Write',
  'Write',
  'Fill',
  'Fill',
  'Refuse',
  'Refuse',
  'Read',
  'Read',
  'Fail',
  'Purge',
]
const ofAccount = [
  'Deposit',
  'Deposit',
  'Withdraw',
  'Withdraw',
  'GetBalance',
  'Split',
  'Explode',
  'PersistNaN',
]
const command = oneof(constantFrom(...ofDiary, ...ofAccount, 'PersistUnknown'), oddCommand)

const oddPath = constantFrom(
  '',
  '/',
  '//',
  '*',
  '/health',
  '/health/',
  '/openapi.json',
  '/openapi.json/',
  '/$default/diary/victim',
  '/prod/diary/victim',
  '/v1/diary/victim',
  '//health',
  '/diary/',
  '/diary//Write',
  '//diary/victim',
  '/diary/victim/',
  '/diary/victim/Write/',
  '/diary/../diary/victim',
  '/diary/./victim',
  '/./diary/victim',
  '/diary/victim/..',
  '/diary/a/../victim',
  '/diary/a/..%2Fvictim',
  '/diary/%2E%2E/victim',
  '/diary%2Fvictim',
  'diary/victim',
  'http://evil.example/diary/victim',
  '/diary/victim?x',
  '/diary/victim#x',
  '/diary\\victim',
  '/diary/victim;a=b',
  '/diary/victim/events/',
  '/diary/victim/Events',
  '/diary/victim/events/Write',
  `/diary/${'a/'.repeat(1_000)}`,
  `/${'a'.repeat(8_000)}`,
  '/\r\nx-evil: 1',
  '/diary/a b',
  '/diary/a\0',
  '/é',
)

const path: Arbitrary<readonly [path: string, natural: string]> = oneof(
  {
    weight: 10,
    arbitrary: tuple(constant('diary'), id, constantFrom(...ofDiary)).map(
      (parts) => [`/${parts.join('/')}`, 'POST'] as const,
    ),
  },
  {
    weight: 3,
    arbitrary: tuple(constant('account'), id, constantFrom(...ofAccount)).map(
      (parts) => [`/${parts.join('/')}`, 'POST'] as const,
    ),
  },
  {
    weight: 4,
    arbitrary: tuple(type, id, command).map((parts) => [`/${parts.join('/')}`, 'POST'] as const),
  },
  { weight: 4, arbitrary: tuple(type, id).map((parts) => [`/${parts.join('/')}`, 'GET'] as const) },
  { weight: 2, arbitrary: tuple(type, id).map((parts) => [`/${parts.join('/')}/events`, 'GET'] as const) },
  { weight: 1, arbitrary: type.map((part) => [`/${part}`, 'GET'] as const) },
  { weight: 1, arbitrary: tuple(oddPath, constantFrom('GET', 'POST')) },
)

const oddMethod = constantFrom(
  'GET',
  'POST',
  'HEAD',
  'OPTIONS',
  'PUT',
  'DELETE',
  'PATCH',
  'TRACE',
  'CONNECT',
  'get',
  'post',
  'Post',
  'PROPFIND',
  'PURGE',
  '__proto__',
  'constructor',
  'GET ',
  'POST\0',
  '',
)

const numbers = [
  '0',
  '1',
  '2',
  '-1',
  '1.5',
  '1e3',
  '0x1',
  '',
  ' 1',
  '999999999999999',
  '9007199254740993',
  'NaN',
]
const times = [
  '2026-02-30T00:00:00Z',
  '1970-01-01T00:00:00Z',
  '9999-12-31T23:59:59Z',
  '2030-01-01',
  'now',
  '+275760-09-13T00:00Z',
]
const parameter = oneof(
  tuple(constantFrom('revision', 'sequenceNr', 'after', 'limit'), constantFrom(...numbers)),
  tuple(constant('at'), constantFrom(...times)),
  tuple(constantFrom('after', 'at', 'limit', ...prototypeNames), segment(nastyText)),
  tuple(constantFrom('seqNr', 'Revision', 'revision[]', 'at.x', '_'), constantFrom('1', '')),
).map((pair) => pair.join('='))
const query = oneof(
  { weight: 6, arbitrary: constant('') },
  { weight: 3, arbitrary: array(parameter, { minLength: 1, maxLength: 3 }).map((pairs) => pairs.join('&')) },
  {
    weight: 1,
    arbitrary: constantFrom(
      '%',
      '&&==',
      '?',
      'after=%FF',
      `limit=${'9'.repeat(5_000)}`,
      'a'.repeat(8_000),
      `after=${'a'.repeat(40_000)}`,
    ),
  },
)

/** Any request, of those that have broken something somewhere. */
const hostileRequest: Arbitrary<HostileRequest> = record({
  path,
  method: oneof({ weight: 9, arbitrary: constant(undefined) }, oddMethod),
  query,
  headers: hostileHeaders,
  body: option(hostileBody, { nil: undefined, freq: 8 }),
  bodyless: constantFrom(true, false),
  process: constantFrom<0 | 1>(0, 0, 0, 1),
}).map(({ path: [at, natural], method = natural, query: asked, headers, body, bodyless, process }) => ({
  method,
  path: at,
  query: asked,
  headers,
  body: method === 'POST' || !bodyless ? body : undefined,
  process,
}))

const repeat: Arbitrary<Repeat> = record({
  repeats: nat(20),
  process: constantFrom<0 | 1>(0, 1),
  instead: constantFrom<Repeat['instead']>(
    {},
    { user: 'ada' },
    { user: 'bob' },
    { user: 'reader' },
    { user: null },
    { tenant: 'acme' },
    { tenant: 'globex' },
    { tenant: null },
    { user: 'bob', tenant: 'acme' },
    { 'idempotency-key': null },
    { 'if-match': '"0"' },
  ),
  isOther: constantFrom(false, false, true),
})

/** Requests one after the other. */
export const hostileSequence: Arbitrary<readonly (HostileRequest | Repeat)[]> = array(
  oneof({ weight: 5, arbitrary: hostileRequest }, repeat),
  { minLength: 60, maxLength: 140, size: 'max' },
)
