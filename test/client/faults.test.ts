import { isClientError } from 'tailfold/client'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type BankServer, startBankServer } from '../helpers/bank-server.ts'
import {
  after,
  appliedLate,
  appliedThenBadGateway,
  appliedThenHangs,
  hangs,
  replyCut,
  replyDropped,
  requestDropped,
  unavailable,
} from '../helpers/fault-proxy.ts'
import { rejectionOf } from '../helpers/thrown.ts'

let server: BankServer
beforeAll(async () => {
  server = await startBankServer()
})
afterEach(() => server.proxy.heal())
afterAll(() => server[Symbol.asyncDispose]())

let entities = 0
/** An account with 100 that nobody else uses. */
async function funded(options?: Parameters<BankServer['client']>[0]) {
  const acc = server.client(options).account(`f-${++entities}`)
  await acc.tell({ type: 'Deposit', amount: 100 })
  return acc
}

/** Requests for withdrawals that `action` makes. */
async function withdrawals(action: () => Promise<unknown>): Promise<number> {
  const before = server.proxy.count('Withdraw')
  await action()
  return server.proxy.count('Withdraw') - before
}

/** Short, and long enough for any answer of a busy machine. */
const soon = { retry: { requestTimeoutMs: 1_000 } }

describe('a withdrawal happens once and is answered', () => {
  test.for([
    ['its request is lost', requestDropped, undefined],
    ['its reply is lost', replyDropped, undefined],
    ['its reply is cut', replyCut, undefined],
    ['the app is unavailable', unavailable(0), undefined],
    ['a gateway gives up on it', appliedThenBadGateway, undefined],
    ['it is not answered', appliedThenHangs, soon],
    ['it is lost and carried out late', appliedLate(50), undefined],
  ] as const)('when %s', async ([, fault, options]) => {
    const acc = await funded(options)
    server.proxy.plan('Withdraw', fault)
    const sent = await withdrawals(async () => {
      expect(await acc.ask({ type: 'Withdraw', amount: 30 })).toBe('ok')
    })
    await server.proxy.settled()
    expect([sent, await acc.state()]).toEqual([2, { balance: 70, txCount: 2 }])
  })

  test('when all of that befalls it', async () => {
    const acc = await funded(soon)
    server.proxy.plan('Withdraw', requestDropped, hangs, unavailable(0), replyDropped, replyCut)
    const sent = await withdrawals(async () => {
      expect(await acc.ask({ type: 'Withdraw', amount: 30 })).toBe('ok')
    })
    expect([sent, await acc.state()]).toEqual([6, { balance: 70, txCount: 2 }])
  })
})

test('a refusal whose reply was lost is the same refusal', async () => {
  const acc = await funded()
  server.proxy.plan('Withdraw', replyDropped)
  const error = await rejectionOf(acc.ask({ type: 'Withdraw', amount: 101 }))
  expect(isClientError(error, 'rejected') && error.attempts).toBe(2)
})

test('queries and pages of the audit trail are repeated too', async () => {
  const acc = await funded()
  server.proxy.plan(`f-${entities}`, replyDropped)
  expect(await acc.state()).toEqual({ balance: 100, txCount: 1 })
  server.proxy.plan('events', unavailable(0), replyCut)
  expect(await Array.fromAsync(acc.events(), ({ type }) => type)).toEqual(['Deposited'])
})

describe('without a key a command is sent once', () => {
  test.for([
    ['its reply is lost', replyDropped, 'network-failure'],
    ['the app is unavailable', unavailable(0), 'store-unavailable'],
    ['a gateway gives up on it', appliedThenBadGateway, 'unexpected-answer'],
    ['it is not answered', appliedThenHangs, 'timeout'],
  ] as const)('when %s', async ([, fault, code]) => {
    const acc = await funded(soon)
    server.proxy.plan('Withdraw', fault)
    const sent = await withdrawals(async () => {
      const withdraw = acc.ask({ type: 'Withdraw', amount: 30 }, { idempotencyKey: false })
      expect(await rejectionOf(withdraw)).toMatchObject({ code, attempts: 1, retryable: true })
    })
    expect(sent).toBe(1)
  })
})

describe('in the end', () => {
  test('a client gives up after so many attempts, and the same key goes on where it was', async () => {
    const acc = await funded({ retry: { maxAttempts: 3 } })
    server.proxy.plan('Withdraw', replyDropped, replyDropped, replyDropped)
    const error = await rejectionOf(acc.ask({ type: 'Withdraw', amount: 30 }))
    expect(error).toMatchObject({ code: 'network-failure', attempts: 3, retryable: true })
    expect((error as Error).cause).toBeInstanceOf(TypeError)
    if (!isClientError(error)) throw error
    const { idempotencyKey } = error
    expect(await acc.ask({ type: 'Withdraw', amount: 30 }, { idempotencyKey })).toBe('ok')
    expect(await acc.state()).toEqual({ balance: 70, txCount: 2 })
  })

  test('its time is up, whatever the server does', async () => {
    const acc = await funded()
    server.proxy.otherwise(() => hangs)
    const error = await rejectionOf(acc.ask({ type: 'Withdraw', amount: 30 }, { timeoutMs: 200 }))
    expect(error).toMatchObject({ code: 'timeout', attempts: 1, retryable: true })
  })

  test('it does not wait for a Retry-After that comes too late', async () => {
    const acc = await funded()
    server.proxy.otherwise(() => unavailable(60))
    const error = await rejectionOf(acc.ask({ type: 'Withdraw', amount: 30 }))
    expect(error).toMatchObject({
      code: 'store-unavailable',
      status: 503,
      attempts: 1,
      retryAfterMs: 60_000,
      problem: { code: 'store-unavailable' },
    })
  })

  test('problems that stay are not sent again', async () => {
    const acc = await funded()
    const sent = await withdrawals(() => rejectionOf(acc.ask({ type: 'Withdraw', amount: -1 })))
    expect(sent).toBe(1)
  })
})

describe('a signal', () => {
  test('ends a request', async () => {
    const acc = await funded()
    server.proxy.otherwise(() => hangs)
    for (const idempotencyKey of [undefined, false] as const) {
      const control = new AbortController()
      const options = { signal: control.signal, idempotencyKey }
      const asked = rejectionOf(acc.ask({ type: 'Withdraw', amount: 30 }, options))
      setTimeout(() => control.abort(new RangeError('enough')), 50)
      expect(await asked).toBeInstanceOf(RangeError)
    }
  })

  test('ends a pause', async () => {
    const acc = await funded()
    server.proxy.otherwise(() => unavailable(20))
    const control = new AbortController()
    const asked = rejectionOf(acc.ask({ type: 'Withdraw', amount: 30 }, { signal: control.signal }))
    setTimeout(() => control.abort(), 50)
    expect(await asked).toMatchObject({ name: 'AbortError' })
  })

  test('that is aborted already sends nothing', async () => {
    const acc = await funded()
    const sent = await withdrawals(async () => {
      const options = { signal: AbortSignal.abort() }
      expect(await rejectionOf(acc.ask({ type: 'Withdraw', amount: 30 }, options))).toMatchObject({
        name: 'AbortError',
      })
    })
    expect(sent).toBe(0)
  })
})

test('an answer that is not the app’s is told from one that is', async () => {
  const acc = await funded()
  const page = (status: number) =>
    after(0, ({ answer }) =>
      answer({
        status,
        headers: { 'content-type': 'text/html', 'x-request-id': 'r-1' },
        body: Buffer.from('<html>'),
      }),
    )
  for (const status of [200, 401, 404]) {
    server.proxy.plan('Withdraw', page(status))
    const error = await rejectionOf(acc.ask({ type: 'Withdraw', amount: 30 }))
    expect(error).toMatchObject({
      code: 'unexpected-answer',
      status,
      attempts: 1,
      retryable: false,
      requestId: 'r-1',
    })
    expect(error).not.toHaveProperty('problem')
  }
})
