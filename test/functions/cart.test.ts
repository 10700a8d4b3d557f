import { given } from 'tailfold/testing'
import { describe, test } from 'vitest'
import { type CartEvent, cart, type Receipt } from '../../functions/cart/cart.ts'

const added = (sku: string, quantity: number, unitPrice: number): CartEvent => ({
  type: 'ItemAdded',
  item: { sku, quantity, unitPrice },
})
const removed = (sku: string): CartEvent => ({ type: 'ItemRemoved', sku })

const now = Date.UTC(2026, 2, 1)
const receipt: Receipt = {
  total: 250,
  items: [{ sku: 'tea', quantity: 2, unitPrice: 125 }],
  checkedOutAt: now,
}
const checkedOut: CartEvent = { type: 'CheckedOut', receipt }

const addTea = { type: 'AddItem', sku: 'tea', quantity: 2, unitPrice: 125 } as const
const removeTea = { type: 'RemoveItem', sku: 'tea' } as const
const checkOut = { type: 'CheckOut' } as const

const empty: readonly CartEvent[] = []
const active: readonly CartEvent[] = [added('tea', 2, 125)]
const done: readonly CartEvent[] = [...active, checkedOut]

describe('a cart', () => {
  test('becomes active with its first item', async () => {
    await given(cart)
      .when(addTea)
      .then({
        events: active,
        reply: undefined,
        state: { status: 'active', items: [{ sku: 'tea', quantity: 2, unitPrice: 125 }] },
      })
  })

  test('adds up the quantities of one item, at the newest price', async () => {
    await given(cart, active)
      .when({ ...addTea, quantity: 3, unitPrice: 100 })
      .then({ state: { status: 'active', items: [{ sku: 'tea', quantity: 5, unitPrice: 100 }] } })
  })

  test('keeps its other items when one is removed, and is empty again without any', async () => {
    await given(cart, [...active, added('jam', 1, 400)])
      .when(removeTea)
      .then({ state: { status: 'active', items: [{ sku: 'jam', quantity: 1, unitPrice: 400 }] } })
    await given(cart, active)
      .when(removeTea)
      .then({ events: [removed('tea')], reply: undefined, state: { status: 'empty' } })
  })

  test('is checked out with a receipt', async () => {
    await given(cart, active, { now })
      .when(checkOut)
      .then({ events: [checkedOut], reply: receipt, state: { status: 'checked-out', receipt } })
  })

  test('gives the same receipt when it is checked out again, and writes nothing', async () => {
    await given(cart, done, { now: now + 1_000 })
      .when(checkOut)
      .then({ events: [], reply: receipt, state: { status: 'checked-out', receipt } })
  })

  const refusals = [
    { state: 'empty', past: empty, command: checkOut, reason: ['the cart is empty'] },
    { state: 'empty', past: empty, command: removeTea, reason: ['no such item', { sku: 'tea' }] },
    { state: 'emptied', past: [...active, removed('tea')], command: checkOut, reason: ['the cart is empty'] },
    {
      state: 'active',
      past: active,
      command: { type: 'RemoveItem', sku: 'jam' },
      reason: ['no such item', { sku: 'jam' }],
    },
    { state: 'checked-out', past: done, command: addTea, reason: ['the cart is checked out'] },
    { state: 'checked-out', past: done, command: removeTea, reason: ['the cart is checked out'] },
  ] as const
  test.for(refusals)('refuses $command.type when $state: $reason.0', async ({ past, command, reason }) => {
    const [text, details] = reason
    await given(cart, past).when(command).thenRejected(text, details)
  })

  const badItems = [
    { field: 'sku', values: ['', 5, null, undefined], reason: 'sku must be a text' },
    {
      field: 'quantity',
      values: [0, -1, 1.5, '2', undefined],
      reason: 'quantity must be a positive whole number',
    },
    {
      field: 'unitPrice',
      values: [-1, 0.5, '125', undefined],
      reason: 'unitPrice must be a whole number of cents',
    },
  ].flatMap(({ field, values, reason }) => values.map((value) => ({ field, value, reason })))
  test.for(badItems)('refuses an item with $field $value', async ({ field, value, reason }) => {
    await given(cart, active)
      .when({ ...addTea, [field]: value } as never)
      .thenRejected(reason, undefined)
  })

  test.for([
    { state: 'empty', past: empty },
    { state: 'active', past: active },
    { state: 'checked-out', past: done },
  ])('does not know other commands when $state', async ({ past }) => {
    await given(cart, past)
      .when({ type: 'Cancel' } as never)
      .thenUnhandled()
  })
})
