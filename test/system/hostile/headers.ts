import { type Arbitrary, constant, constantFrom, oneof, record } from 'fast-check'
import { breakers } from './admission.ts'
import { nastyText } from './texts.ts'

/** A header that is mostly not there, mostly fit when it is, and else whatever. */
function header(absent: number, ...values: readonly string[]): Arbitrary<string | undefined> {
  return oneof(
    { weight: absent, arbitrary: constant(undefined) },
    { weight: 4, arbitrary: constantFrom(...values) },
    { weight: 1, arbitrary: nastyText },
  )
}

function rarely(value: Arbitrary<string>): Arbitrary<string | undefined> {
  return oneof({ weight: 20, arbitrary: constant(undefined) }, value)
}

/** The one origin whose pages may call the app under attack. */
export const knownOrigin = 'https://bank.example'

const json = 'application/json'
const contentType = oneof(
  { weight: 12, arbitrary: constant(json) },
  {
    weight: 2,
    arbitrary: constantFrom(
      undefined,
      'text/plain',
      'application/json; charset=utf-16',
      'application/json; charset="UTF-8"; charset=latin1',
      'application/vnd.bank+json',
      'application/json, text/plain',
      'multipart/form-data; boundary=x',
      'APPLICATION/JSON;CHARSET=UTF8',
      ';',
    ),
  },
  { weight: 1, arbitrary: nastyText },
)

const user = oneof(
  { weight: 6, arbitrary: constant('ada') },
  { weight: 4, arbitrary: constant('bob') },
  { weight: 2, arbitrary: constant('reader') },
  { weight: 1, arbitrary: constantFrom('mallory', undefined, '__proto__', 'ada, bob', 'Ada') },
  { weight: 1, arbitrary: constantFrom(...breakers) },
)
const tenant = oneof(
  { weight: 3, arbitrary: constant(undefined) },
  { weight: 5, arbitrary: constantFrom('acme', 'globex') },
  {
    weight: 1,
    arbitrary: constantFrom('a', 'diary', 'ACME', 'acme/diary', '__proto__', '..', 'acme, globex'),
  },
)

/** Headers that contradict each other, and callers that are not who they should be. */
export const hostileHeaders: Arbitrary<Readonly<Record<string, string>>> = record({
  'content-type': contentType,
  user,
  tenant,
  'idempotency-key': oneof(
    { weight: 6, arbitrary: constant(undefined) },
    { weight: 6, arbitrary: constantFrom('k1', 'k1', 'k2') },
    header(1, '', '"k1"', 'k1, k2', 'a b', 'é', '__proto__', 'constructor', 'k'.repeat(256), 'k'.repeat(257)),
  ),
  'if-match': header(
    30,
    '*',
    '"0"',
    '"1"',
    '"2"',
    'W/"1"',
    '"01"',
    '1',
    '"1", "2"',
    '"-0"',
    '"1e3"',
    '""',
    ' "1" ',
    '"999999999999999"',
    '"9999999999999999"',
    '*, "1"',
  ),
  'if-none-match': header(30, '*', '"1"', 'W/"1"', '"1", "2"', ',', '"', '"0"'),
  accept: header(
    80,
    '*/*',
    'text/html',
    `${json};q=0`,
    `${json};q=0, */*`,
    'text/*',
    ',;,',
    `${json}, ${json};q=0`,
  ),
  origin: header(
    20,
    knownOrigin,
    'null',
    `${knownOrigin}.evil.example`,
    'http://bank.example',
    `${knownOrigin}, x`,
  ),
  'access-control-request-method': header(60, 'POST', 'DELETE', 'TRACE'),
  'access-control-request-headers': header(40, 'authorization', '*', 'x'.repeat(2_000)),
  'content-encoding': header(60, 'gzip', 'identity', 'br, gzip', 'IDENTITY'),
  'x-request-id': header(30, 'r-1', 'x'.repeat(128), 'x'.repeat(129), '{"level":"error"}'),
  traceparent: header(
    40,
    '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    '00-00000000000000000000000000000000-b7ad6b7169203331-01',
    'ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  ),
  'x-forwarded-for': header(60, '127.0.0.1'),
  'sec-fetch-site': header(40, 'cross-site', 'same-site', 'same-origin', 'none', 'Cross-Site'),
  host: header(80, 'localhost', 'bank.example', 'attacker.example', 'localhost, attacker.example'),
  cookie: header(60, 'user=ada', 'user=ada; user=bob'),
  // Fit ones only: a line end in one is a header more, which no invariant could know.
  User: rarely(constantFrom('ada', 'bob')),
  Tenant: rarely(constantFrom('acme', 'globex')),
  'x-http-method-override': header(60, 'POST', 'DELETE'),
  ['__proto__']: header(80, 'x'),
}).map((headers) =>
  Object.fromEntries(
    Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined),
  ),
)
