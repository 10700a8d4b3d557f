import { describe, expect, test } from 'vitest'
import { type CartEvent, cart, type Receipt } from '../../functions/cart/cart.ts'
import { given } from '../helpers/given.ts'

const added = (sku: string, quantity: number, unitPrice: number): CartEvent => ({
  type: 'ItemAdded',
  item: { sku, quantity, unitPrice },
})
const removed = (sku: string): CartEvent => ({ type: 'ItemRemoved', sku })

const receipt: Receipt = {
  total: 250,
  items: [{ sku: 'tea', quantity: 2, unitPrice: 125 }],
  checkedOutAt: Date.UTC(2026, 0, 1),
}
const checkedOut: CartEvent = { type: 'CheckedOut', receipt }

const addTea = { type: 'AddItem', sku: 'tea', quantity: 2, unitPrice: 125 }
const removeTea = { type: 'RemoveItem', sku: 'tea' }
const checkOut = { type: 'CheckOut' }

const empty: readonly CartEvent[] = []
const active: readonly CartEvent[] = [added('tea', 2, 125)]
const done: readonly CartEvent[] = [...active, checkedOut]

describe('a cart', () => {
  test('becomes active with its first item', async () => {
    expect(await given(cart, empty).when(addTea)).toEqual({
      answer: { reply: undefined },
      written: active,
      state: { status: 'active', items: [{ sku: 'tea', quantity: 2, unitPrice: 125 }] },
    })
  })

  test('adds up the quantities of one item, at the newest price', async () => {
    const { state } = await given(cart, active).when({ ...addTea, quantity: 3, unitPrice: 100 })
    expect(state).toEqual({ status: 'active', items: [{ sku: 'tea', quantity: 5, unitPrice: 100 }] })
  })

  test('keeps its other items when one is removed, and is empty again without any', async () => {
    const two = given(cart, [...active, added('jam', 1, 400)])
    expect((await two.when(removeTea)).state).toEqual({
      status: 'active',
      items: [{ sku: 'jam', quantity: 1, unitPrice: 400 }],
    })
    expect(await given(cart, active).when(removeTea)).toEqual({
      answer: { reply: undefined },
      written: [removed('tea')],
      state: { status: 'empty' },
    })
  })

  test('is checked out with a receipt', async () => {
    expect(await given(cart, active).when(checkOut)).toEqual({
      answer: { reply: receipt },
      written: [checkedOut],
      state: { status: 'checked-out', receipt },
    })
  })

  test('gives the same receipt when it is checked out again, and writes nothing', async () => {
    const earlier = { ...receipt, checkedOutAt: 1 }
    const past: readonly CartEvent[] = [...active, { type: 'CheckedOut', receipt: earlier }]
    expect(await given(cart, past).when(checkOut)).toEqual({
      answer: { reply: earlier },
      written: [],
      state: { status: 'checked-out', receipt: earlier },
    })
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
  ]
  test.for(refusals)('refuses $command.type when $state: $reason.0', async ({ past, command, reason }) => {
    const { answer, written } = await given(cart, past).when(command)
    expect([answer, written]).toEqual([{ rejected: reason }, []])
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
    const { answer, written } = await given(cart, active).when({ ...addTea, [field]: value })
    expect([answer, written]).toEqual([{ rejected: [reason] }, []])
  })

  test.for([
    { state: 'empty', past: empty },
    { state: 'active', past: active },
    { state: 'checked-out', past: done },
  ])('does not know other commands when $state', async ({ past }) => {
    const { answer, written } = await given(cart, past).when({ type: 'Cancel' })
    expect([answer, written]).toEqual([{ code: 'unhandled-command' }, []])
  })
})
