import { isClientError } from 'tailfold/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type BankServer, startBankServer } from '../helpers/bank-server.ts'
import { rejectionOf } from '../helpers/thrown.ts'

let server: BankServer
beforeAll(async () => {
  server = await startBankServer()
})
afterAll(() => server[Symbol.asyncDispose]())

let entities = 0
/** An account that nobody else uses. */
function newAccount(options?: Parameters<BankServer['client']>[0]) {
  return server.client(options).account(`a-${++entities}`)
}

describe('ask', () => {
  test('resolves with the reply, and with undefined when there is none', async () => {
    const acc = newAccount()
    expect(await acc.ask({ type: 'Deposit', amount: 100 })).toBeUndefined()
    expect(await acc.ask({ type: 'Withdraw', amount: 30 })).toBe('ok')
    expect(await acc.ask({ type: 'GetBalance' })).toEqual({ balance: 70, txCount: 2 })
  })

  test('reaches entities of every type, whatever their ids', async () => {
    const bank = server.client()
    await bank.cart('c/1?x=#%2F .ü\u{1F600}').tell({ type: 'AddItem', sku: 'tea', quantity: 1, unitPrice: 5 })
    const receipt = await bank.cart('c/1?x=#%2F .ü\u{1F600}').ask({ type: 'CheckOut' })
    expect(receipt.total).toBe(5)
    expect(await rejectionOf(bank.cart('c').state())).toMatchObject({ code: 'entity-not-found' })
  })

  test.for(['', '.', '..'])('takes no id %j, for no URL can name it', (id) => {
    expect(() => server.client().account(id)).toThrow(TypeError)
  })

  test('throws what the entity refused, with reason and details', async () => {
    const acc = newAccount()
    await acc.tell({ type: 'Deposit', amount: 5 })
    const error = await rejectionOf(acc.ask({ type: 'Withdraw', amount: 6 }))
    expect(isClientError(error, 'rejected') && [error.problem.reason, error.problem.details]).toEqual([
      'insufficient funds',
      { balance: 5 },
    ])
    expect(error).toMatchObject({ name: 'ClientError', status: 422, retryable: false, attempts: 1 })
  })

  test('throws other problems with their code, and names the request, not its fields', async () => {
    const acc = server.client().account('named')
    const error = await rejectionOf(acc.ask({ type: 'Close', secret: 'hunter2' } as never))
    expect(error).toMatchObject({ code: 'unhandled-command', status: 400, attempts: 1 })
    expect((error as Error).message).toMatch(/^POST \/account\/named\/Close: /)
    expect((error as Error).message).not.toContain('hunter2')
    expect(isClientError(error, 'rejected')).toBe(false)
    expect(isClientError(error)).toBe(true)
  })

  test('sends the same key as often as it is told to, and a new one for each call by itself', async () => {
    const acc = newAccount()
    const options = { idempotencyKey: 'deposit-1' }
    for (const _ of [1, 2]) await acc.tell({ type: 'Deposit', amount: 10 }, options)
    for (const _ of [1, 2]) await acc.tell({ type: 'Deposit', amount: 1 })
    for (const _ of [1, 2]) await acc.tell({ type: 'Deposit', amount: 100 }, { idempotencyKey: false })
    expect((await acc.state()).balance).toBe(212)
    const keys = (await Array.fromAsync(acc.events())).map(({ commandId }) => commandId)
    expect(keys).toEqual(['deposit-1', expect.any(String), expect.any(String), undefined, undefined])
    expect(new Set(keys.slice(0, 3)).size).toBe(3)
  })

  test('tells the key with the error, so that the command can be sent again', async () => {
    const error = await rejectionOf(newAccount().ask({ type: 'Withdraw', amount: 6 }))
    expect(error).toMatchObject({ idempotencyKey: expect.stringMatching(/^[!-~]{16,256}$/) as string })
    const without = newAccount().ask({ type: 'Withdraw', amount: 6 }, { idempotencyKey: false })
    expect(await rejectionOf(without)).toMatchObject({ idempotencyKey: undefined })
  })

  test.for(['', 'ü', 'a b', 'a\n', 'x'.repeat(257)])('takes no key %j', async (idempotencyKey) => {
    const asked = newAccount().ask({ type: 'Deposit', amount: 1 }, { idempotencyKey })
    await expect(asked).rejects.toBeInstanceOf(TypeError)
  })

  test('is carried out at the revision demanded, or not at all', async () => {
    const acc = newAccount()
    await acc.tell({ type: 'Deposit', amount: 10 }, { ifMatch: 0 })
    const { revision } = await acc.read()
    await acc.tell({ type: 'Deposit', amount: 10 }, { ifMatch: revision })
    const error = await rejectionOf(acc.tell({ type: 'Deposit', amount: 10 }, { ifMatch: revision }))
    expect(isClientError(error, 'revision-mismatch') && error.problem.actual).toBe(2)
    await acc.tell({ type: 'Deposit', amount: 10 }, { ifMatch: '*' })
    expect(await acc.state()).toEqual({ balance: 30, txCount: 3 })
  })
})

test('state is the current one, and read tells its revision', async () => {
  const acc = newAccount()
  expect(await rejectionOf(acc.state())).toMatchObject({ code: 'entity-not-found', status: 404 })
  await acc.tell({ type: 'Deposit', amount: 10 })
  expect(await acc.state()).toEqual({ balance: 10, txCount: 1 })
  expect(await acc.read()).toEqual({ state: { balance: 10, txCount: 1 }, revision: 1 })
})

describe('events', () => {
  test('go through all pages, each fetched when it is reached', async () => {
    const acc = newAccount()
    for (let amount = 1; amount <= 7; amount++) await acc.tell({ type: 'Deposit', amount })
    const before = server.proxy.count('events')
    const found: unknown[] = []
    for await (const { type, payload } of acc.events({ pageSize: 3 })) {
      found.push([type, payload.amount, server.proxy.count('events') - before])
    }
    expect(found).toEqual([1, 2, 3, 4, 5, 6, 7].map((n) => ['Deposited', n, Math.ceil(n / 3)]))
  })

  test('begin after a sequence number, and end when nobody asks for more', async () => {
    const acc = newAccount()
    for (let amount = 1; amount <= 5; amount++) await acc.tell({ type: 'Deposit', amount })
    expect(await Array.fromAsync(acc.events({ after: 3 }), ({ sequenceNr }) => sequenceNr)).toEqual([4, 5])
    const before = server.proxy.count('events')
    for await (const { sequenceNr } of acc.events({ pageSize: 2 })) if (sequenceNr === 2) break
    expect(server.proxy.count('events') - before).toBe(1)
  })

  test('of an entity that was never written to are not found', async () => {
    const read = Array.fromAsync(newAccount().events())
    expect(await rejectionOf(read)).toMatchObject({ code: 'entity-not-found' })
  })
})

test('headers go with every request; a function is called for each', async () => {
  const seen: string[] = []
  let token = 0
  const acc = newAccount({
    headers: async () => ({ authorization: `Bearer ${++token}` }),
    fetch: (url, init) => {
      seen.push(`${init.method} ${init.headers['authorization']} ${init.headers['content-type']}`)
      return fetch(url, init)
    },
  })
  await acc.tell({ type: 'Deposit', amount: 10 })
  await acc.ask({ type: 'GetBalance' })
  await acc.state()
  expect(seen).toEqual([
    'POST Bearer 1 application/json',
    'POST Bearer 2 undefined',
    'GET Bearer 3 undefined',
  ])
})

test('the base URL may have a path, and a slash at its end', async () => {
  const urls: string[] = []
  const acc = newAccount({
    baseUrl: 'https://bank.example/prod/',
    fetch: async (url) => {
      urls.push(url)
      return new Response(null, { status: 204, headers: { 'x-request-id': 'r-1' } })
    },
  })
  await acc.tell({ type: 'Deposit', amount: 1 })
  expect(urls).toEqual([`https://bank.example/prod/account/a-${entities}/Deposit`])
})

test('a client can be awaited, printed and compared without naming an entity', async () => {
  const bank = server.client()
  expect(await Promise.resolve(bank)).toBe(bank)
  expect(String(Object.keys(bank))).toBe('')
})
