import { type Case, deposit, describeCases, get, post } from '../helpers/http-cases.ts'

const cors = { origins: ['https://bank.example', 'https://shop.example'] }
const fromShop = { origin: 'https://shop.example' }
const preflightHeaders = { ...fromShop, 'access-control-request-method': 'POST' }
const exposed = 'ETag, Idempotent-Replayed, Retry-After, X-Request-Id, X-View-Lag-Ms'
const noCors = { 'access-control-allow-origin': undefined, 'access-control-allow-methods': undefined }
const served: readonly Case[] = [
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
        'content-type, idempotency-key, if-match, if-none-match, x-request-id, traceparent, tailfold-after, authorization',
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

describeCases(served, [])
