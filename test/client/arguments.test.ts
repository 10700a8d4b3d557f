import { type ClientOptions, client, type FetchInit } from 'tailfold/client'
import { describe, expect, test } from 'vitest'
import { type bankApp, startBankServer } from '../helpers/bank-server.ts'
import { rejectionOf, thrownBy } from '../helpers/thrown.ts'

/** A client that notes what it sends. */
function recording(options: Partial<ClientOptions> = {}) {
  const sent: (FetchInit & { url: string })[] = []
  const headers = { 'content-type': 'application/json', 'x-request-id': 'r-1', etag: '"1"' }
  const bank = client<ReturnType<typeof bankApp>>({
    baseUrl: '',
    ...options,
    fetch: async (url, init) => {
      sent.push({ url, ...init })
      return new Response('{"ids":[],"events":[]}', { headers })
    },
  })
  return { bank, acc: bank.account('a'), sent }
}

describe('baseUrl', () => {
  test.for([
    'https://bank.example?stage=prod',
    'https://bank.example/#a',
    '/prod?',
    '#',
    'https://ada:secret@bank.example',
    'bank.example',
    'ftp://bank.example',
    undefined as unknown as string,
  ])('%s is a TypeError', (baseUrl) => {
    expect(thrownBy(() => client({ baseUrl }))).toBeInstanceOf(TypeError)
  })

  test('is said to need its scheme', () => {
    expect(() => client({ baseUrl: 'localhost:3000' })).toThrow(
      new TypeError('baseUrl must be http(s)://… or a path, without query or hash.'),
    )
  })

  test.for([
    ['', '/account/a'],
    ['/', '/account/a'],
    ['/prod/', '/prod/account/a'],
    ['https://bank.example:8443/v1', 'https://bank.example:8443/v1/account/a'],
    ['http://[::1]:3000', 'http://[::1]:3000/account/a'],
  ])('%s leads to %s', async ([baseUrl = '', url]) => {
    const { acc, sent } = recording({ baseUrl })
    await acc.state()
    expect(sent[0]?.url).toBe(url)
  })
})

describe('at', () => {
  test.for([
    ['2026-01-31T12:00:00+02:00', '2026-01-31T12:00:00+02:00'],
    ['2026-01-31T12:00:00.123456Z', '2026-01-31T12:00:00.123456Z'],
    ['2028-02-29T23:59:59-11:00', '2028-02-29T23:59:59-11:00'],
    [new Date(0), '1970-01-01T00:00:00.000Z'],
    [86_400_000, '1970-01-02T00:00:00.000Z'],
    [0, '1970-01-01T00:00:00.000Z'],
  ] as const)('%s is sent as given', async ([at, text]) => {
    const { acc, sent } = recording()
    await acc.state({ at })
    expect(new URLSearchParams(sent[0]?.url.split('?')[1]).get('at')).toBe(text)
  })

  test.for([
    ['without a zone', '2026-01-31T12:00:00'],
    ['without a time', '2026-01-31'],
    ['of no real month', '2026-13-01T00:00:00Z'],
    ['of no real day', '2026-02-30T00:00:00Z'],
    ['of a 29 February that is none', '2026-02-29T00:00:00+02:00'],
    ['of no real hour', '2026-01-01T25:00:00Z'],
    ['in words', 'yesterday'],
    ['empty', ''],
    ['of an invalid Date', new Date('x')],
    ['that is no number', Number.NaN],
  ] as const)('%s is a TypeError, and nothing is sent', async ([, at]) => {
    const { acc, sent } = recording()
    expect(await rejectionOf(acc.state({ at }))).toBeInstanceOf(TypeError)
    expect(sent).toEqual([])
  })
})

test.for(['.', '..', '', '\ud800', undefined as unknown as string])(
  'neither an id nor a command named %j can be in a URL',
  async (name) => {
    const { bank, acc, sent } = recording()
    expect(thrownBy(() => bank.account(name))).toBeInstanceOf(TypeError)
    expect(await rejectionOf(acc.tell({ type: name } as never))).toBeInstanceOf(TypeError)
    expect(sent).toEqual([])
  },
)

test.for(['~r', '~'])('the key %s is reserved', async (idempotencyKey) => {
  const { acc } = recording()
  expect(await rejectionOf(acc.tell({ type: 'Deposit', amount: 1 }, { idempotencyKey }))).toBeInstanceOf(
    TypeError,
  )
})

test.for([null, 0, '', true] as never[])(
  'the key %o is a TypeError: without one the command could be doubled',
  async (idempotencyKey) => {
    const { acc } = recording()
    const sent = acc.tell({ type: 'Deposit', amount: 1 }, { idempotencyKey })
    expect(await rejectionOf(sent)).toBeInstanceOf(TypeError)
  },
)

test.for([-1, Number.NaN, 1.5, 1e21, Infinity, null as never, '' as never, [] as never])(
  'ifMatch %s is a TypeError',
  async (ifMatch) => {
    const { acc } = recording()
    expect(await rejectionOf(acc.tell({ type: 'Deposit', amount: 1 }, { ifMatch }))).toBeInstanceOf(TypeError)
  },
)

test('headers of the program are sent once, however they are capitalised', async () => {
  const { acc, sent } = recording({ headers: { 'Content-Type': 'text/plain', 'X-Api-Key': 'k' } })
  await acc.tell({ type: 'Deposit', amount: 1 })
  expect(sent[0]?.headers).toEqual({
    'content-type': 'application/json',
    'x-api-key': 'k',
    'idempotency-key': expect.any(String),
  })
})

test.for([
  ['a Headers object', new Headers({ Authorization: 'Bearer t' })],
  ['a function that makes one', async () => new Headers({ Authorization: 'Bearer t' })],
] as const)('headers may be %s', async ([, headers]) => {
  const { acc, sent } = recording({ headers })
  await acc.state()
  expect(sent[0]?.headers).toEqual({ authorization: 'Bearer t' })
})

test('headers that no request can hold are a TypeError, and nothing is sent', async () => {
  const { acc, sent } = recording({ headers: { authorization: 'a\nb' } })
  expect(await rejectionOf(acc.state())).toBeInstanceOf(TypeError)
  expect(sent).toEqual([])
})

describe('an unknown option is a TypeError that names it', () => {
  const unknown = { retries: 3 } as never
  const error = new TypeError('Unknown option: retries.')

  test.for([
    ['client', unknown],
    ['retry', { retry: unknown }],
  ] as const)('of %s', ([, options]) => {
    expect(() => recording(options)).toThrow(error)
  })

  test.for([
    ['ask', (acc) => acc.ask({ type: 'GetBalance' }, unknown)],
    ['tell', (acc) => acc.tell({ type: 'Deposit', amount: 1 }, unknown)],
    ['state', (acc) => acc.state(unknown)],
    ['read', (acc) => acc.read(unknown)],
    ['events', (acc) => Array.fromAsync(acc.events(unknown))],
  ] satisfies [string, (acc: ReturnType<typeof recording>['acc']) => Promise<unknown>][])(
    'of %s, and nothing is sent',
    async ([, call]) => {
      const { acc, sent } = recording()
      expect(await rejectionOf(call(acc))).toEqual(error)
      expect(sent).toEqual([])
    },
  )

  test('of list', async () => {
    const { bank } = recording()
    expect(await rejectionOf(Array.fromAsync(bank.account.list(unknown)))).toEqual(error)
  })

  test('even if the client knows it elsewhere: a call has no headers of its own', async () => {
    const { acc } = recording()
    const sent = acc.tell({ type: 'Deposit', amount: 1 }, { headers: { a: 'b' } } as never)
    expect(await rejectionOf(sent)).toEqual(new TypeError('Unknown option: headers.'))
  })
})

describe('list', () => {
  test('goes through all ids of a type, each page fetched when it is reached', async () => {
    await using server = await startBankServer()
    const bank = server.client()
    const ids = ["a'b", 'a!b', 'a b', 'b', 'ü', 'c/d']
    for (const id of ids) await bank.account(id).tell({ type: 'Deposit', amount: 1 })
    await bank.cart('other').tell({ type: 'AddItem', sku: 'tea', quantity: 1, unitPrice: 5 })
    const found = await Array.fromAsync(bank.account.list({ pageSize: 1 }))
    expect(found.toSorted()).toEqual(ids.toSorted())
    const rest = await Array.fromAsync(bank.account.list({ after: found[3] ?? '' }))
    expect(rest).toEqual(found.slice(4))
    expect(await Array.fromAsync(bank.cart.list())).toEqual(['other'])
  })
})
