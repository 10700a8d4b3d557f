import { KeyValueJournal, memoryStore } from 'tailfold'
import { fetchHandler } from 'tailfold/fetch'
import { createApp } from 'tailfold/http'
import { expect, test } from 'vitest'
import { account } from '../../functions/bank/account.ts'
import { cart } from '../../functions/cart/cart.ts'

const journal = () => new KeyValueJournal(memoryStore())

function caller(handler: (request: Request) => Promise<Response>) {
  return async (method: string, path: string, fields?: object): Promise<unknown> => {
    const headers = { 'content-type': 'application/json' }
    const body = fields === undefined ? null : JSON.stringify(fields)
    const answer = await handler(new Request(`https://shop.example${path}`, { method, headers, body }))
    return answer.status === 204 ? undefined : answer.json()
  }
}

const item = { sku: 'tea', quantity: 2, unitPrice: 350 }

test('a bank and a cart in one app share a path segment and nothing else', async () => {
  const call = caller(
    fetchHandler(createApp({ journal: journal(), entities: [account, cart], authorize: 'everybody' })),
  )
  await call('POST', '/account/same-id/Deposit', { amount: 700 })
  await call('POST', '/cart/same-id/AddItem', item)
  expect(await call('GET', '/account/same-id')).toEqual({ balance: 700, txCount: 1 })
  expect(await call('GET', '/cart/same-id')).toEqual({ status: 'active', items: [item] })
  expect(await call('POST', '/cart/same-id/CheckOut')).toMatchObject({ total: 700 })
  expect(await call('POST', '/account/same-id/CheckOut')).toMatchObject({ code: 'unhandled-command' })
  await call('POST', '/cart/other/AddItem', item)
  expect(await call('GET', '/account')).toEqual({ ids: ['same-id'] })
  expect(await call('GET', '/cart')).toEqual({ ids: ['other', 'same-id'] })
  expect(await call('GET', '/cart/same-id/events')).toMatchObject({
    events: [{ type: 'ItemAdded' }, { type: 'CheckedOut' }],
  })
})

test('a type may move to an app of its own, over the same journal', async () => {
  const shared = journal()
  const both = caller(
    fetchHandler(createApp({ journal: shared, entities: [account, cart], authorize: 'everybody' })),
  )
  const carts = caller(fetchHandler(createApp({ journal: shared, entities: [cart], authorize: 'everybody' })))
  await both('POST', '/cart/c/AddItem', item)
  await carts('POST', '/cart/c/AddItem', item)
  expect(await both('GET', '/cart/c')).toEqual({ status: 'active', items: [{ ...item, quantity: 4 }] })
  expect(await carts('GET', '/account/a')).toMatchObject({ code: 'unknown-entity-type' })
})
