import { memoryRows, type RetryOptions, type RowStore, systemPlatform } from 'tailfold'
import { createApp } from 'tailfold/http'
import { readViews, type ReadableView, switchView, view, viewRoutes } from 'tailfold/views'
import { describe, expect, test } from 'vitest'
import { cart } from '../../functions/cart/cart.ts'
import { virtualPlatform } from '../../src/testing/virtual-platform.ts'
import { storeFailure } from '../../src/core/base/failures.ts'
import { carts, items, shop } from './carts.ts'
import { days, shop as daysShop, shops, sold } from './projection/sales.ts'

type Fault = (signal: AbortSignal | undefined) => Promise<never>

const lost: Fault = async () => {
  throw new Error('connect ECONNRESET')
}
const refused: Fault = async () => {
  throw storeFailure('read rows', 'access denied', { applied: 'no', retryable: false })
}

/** Rows whose next reads fail as planned, and then succeed. */
function faultyRows() {
  const base = memoryRows()
  const planned: Fault[] = []
  let reads = 0
  async function through<Answer>(signal: AbortSignal | undefined, read: () => Promise<Answer>) {
    reads += 1
    const fault = planned.shift()
    return fault === undefined ? read() : fault(signal)
  }
  const rows: RowStore = {
    ...base,
    get: (keys, request) => through(request?.signal, () => base.get(keys, request)),
    query: (query, request) => through(request?.signal, () => base.query(query, request)),
  }
  return {
    base,
    rows,
    plan: (...faults: readonly Fault[]) => void planned.push(...faults),
    /** Reads since the last call. */
    reads() {
      const counted = reads
      reads = 0
      return counted
    },
  }
}

async function served(retry: RetryOptions = {}, views: readonly ReadableView[] = [carts]) {
  const faulty = faultyRows()
  const platform = virtualPlatform()
  const all = shop({ rows: faulty.base })
  const sales = shops({ rows: faulty.base })
  const revision = await all.send('a', items(1)[0] as never)
  await all.deliver()
  await sales.write('s', [sold('mon', 5)])
  await sales.deliver()
  const { rows } = faulty
  const routes = [
    ...viewRoutes({ journal: all.journal, rows, views, platform, retry }),
    ...viewRoutes({ journal: sales.journal, rows, views: [days], platform, retry }),
  ]
  const { journal } = all
  const failures: string[] = []
  const app = createApp({
    journal,
    entities: [cart, daysShop],
    authorize: 'everybody',
    routes,
    platform,
    retry,
    onWarning() {},
    onError: ({ code }) => void failures.push(code),
  })
  async function get(target: string, headers: Readonly<Record<string, string>> = {}, deadline?: number) {
    const [path = '', query = ''] = target.split('?', 2)
    const request = { method: 'GET', path, query, headers, body: undefined, deadline }
    const { status, body = '' } = await app.handle(request)
    return { status, body: JSON.parse(body) as unknown }
  }
  return { ...faulty, get, platform, failures, revision, journal }
}

const reads = [
  ['a row', '/views/carts/a', {}],
  ['a row after a commit', '/views/carts/a', { 'tailfold-after': 'cart/a@1' }],
  ['a list', '/views/carts?index=byStatus&value=active', {}],
  ['a list after a commit', '/views/carts?index=byStatus&value=active', { 'tailfold-after': 'cart/a@1' }],
  ['a row of a projection', '/views/days/mon', {}],
  ['a row of a projection after a commit', '/views/days/mon', { 'tailfold-after': 'shop/s@1' }],
  ['a list of a projection', '/views/days?value=small', {}],
  ['a list of a projection after a commit', '/views/days?value=small', { 'tailfold-after': 'shop/s@1' }],
] as const

describe.for(reads)('%s', ([, target, headers]) => {
  test('is answered where its first reads of the rows are lost', async () => {
    const { get, plan, reads, failures } = await served()
    const expected = await get(target, headers)
    expect(expected.status).toBe(200)
    const usual = reads()
    plan(lost, lost, lost)
    expect(await get(target, headers)).toEqual(expected)
    expect(reads()).toBe(usual + 3)
    expect(failures).toEqual([])
  })

  test('is answered where a read of the rows gets no answer, which is aborted', async () => {
    const { get, plan, platform } = await served()
    const expected = await get(target, headers)
    const aborted: (boolean | undefined)[] = []
    plan(
      (signal) =>
        new Promise(() => signal?.addEventListener('abort', () => void aborted.push(signal.aborted))),
    )
    const start = platform.now()
    expect(await get(target, headers)).toEqual(expected)
    expect(aborted).toEqual([true])
    expect(platform.now() - start).toBeLessThan(3_200)
  })
})

test('a read of the rows that fails for good is not repeated', async () => {
  const { get, plan, reads, failures } = await served()
  reads()
  plan(refused)
  expect(await get('/views/carts/a')).toMatchObject({ status: 503, body: { code: 'store-unavailable' } })
  expect(reads()).toBe(1)
  expect(failures).toEqual(['store-unavailable'])
})

test('reads of the rows are repeated up to maxAttempts', async () => {
  const { get, plan, reads } = await served({ maxAttempts: 3 })
  reads()
  plan(lost, lost, lost)
  expect(await get('/views/carts/a')).toMatchObject({ status: 503, body: { code: 'store-unavailable' } })
  expect(reads()).toBe(3)
})

test('reads of the rows end by the deadline of the request', async () => {
  const { get, plan, platform } = await served()
  plan(...Array.from({ length: 100 }, () => lost))
  const start = platform.now()
  const { status } = await get('/views/carts/a', {}, start + 500)
  expect(status).toBe(503)
  expect(platform.now() - start).toBeLessThanOrEqual(500)
})

test.for([
  ['is lost', lost],
  ['gets no answer', () => new Promise<never>(() => {})],
] as const)('the choice among versions of a view is read again where its read %s', async ([, fault]) => {
  const second = view({ name: 'carts', version: 2, from: cart, row: () => ({ status: 'second' }) })
  const { get, plan, rows } = await served({}, [carts, second])
  await switchView('carts', 2, { rows, force: true })
  plan(fault, fault)
  expect(await get('/views/carts/a', { 'tailfold-after': 'cart/a@1' })).toMatchObject({
    status: 200,
    body: { status: 'second' },
  })
})

test('a program that aborts a read gets no second one', async () => {
  const { rows, plan, reads, journal } = await served()
  const controller = new AbortController()
  const { carts: reader } = readViews({ journal, rows, views: [carts], platform: systemPlatform })
  reads()
  plan(async () => {
    controller.abort()
    throw new Error('aborted')
  })
  await expect(reader.get('a', { signal: controller.signal })).rejects.toMatchObject({
    code: 'store-unavailable',
  })
  expect(reads()).toBe(1)
})

test('readViews refuses a retry budget that cannot work', async () => {
  const { rows, journal } = await served()
  expect(() => readViews({ journal, rows, views: [carts], retry: { maxAttempts: 0 } })).toThrow(
    /^retry\.maxAttempts must be above 0/,
  )
})
