import { findOrderDependence, given } from 'tailfold/testing'
import { projection, view } from 'tailfold/views'
import { describe, expect, test } from 'vitest'
import { balances } from '../../../functions/bank/balances.ts'
import type { CartEvent } from '../../../functions/cart/cart.ts'
import { carts } from '../../../functions/cart/carts.ts'
import { turnover } from '../../../functions/cart/turnover.ts'
import { thrownBy } from '../../helpers/thrown.ts'
import { shop, sold } from '../../views/projection/sales.ts'

const checkedOut = (total: number): CartEvent => ({
  type: 'CheckedOut',
  receipt: { total, items: [], checkedOutAt: 0 },
})

describe('given a projection', () => {
  test('row is what the events come to', () => {
    const two = given(turnover, [
      checkedOut(30),
      { type: 'ItemRemoved', sku: 'a' },
      { event: checkedOut(12), entityId: 'c2' },
      { event: checkedOut(5), entityId: 'c3', timestamp: Date.UTC(2026, 10, 26) },
      { event: checkedOut(1), tenant: 'acme' },
    ])
    expect(two.row('2026-01-01')).toEqual({ carts: 2, total: 42 })
    expect(two.row('2026-11-26')).toEqual({ carts: 1, total: 5 })
    expect(two.row('2026-01-01', { tenant: 'acme' })).toEqual({ carts: 1, total: 1 })
    expect(two.row('2026-01-02')).toBeUndefined()
  })

  test('a fold that fails is handler-failed, and names the event', () => {
    const failing = projection({
      name: 'failing',
      from: shop,
      initialRow: { n: 0 },
      key: () => 'all',
      on: { Sold: () => 5 as never },
    })
    expect(() => given(failing, [sold('mon', 1)]).row('all')).toThrow(
      'in projection failing@1 failed at event 1 (Sold): on.Sold: it must return a row, not 5',
    )
  })
})

describe('given a view', () => {
  test('row is what the state comes to', () => {
    expect(given(balances, { balance: 3, txCount: 1 }).row()).toEqual({ balance: 3 })
    expect(given(carts, { status: 'empty' }).row()).toBeNull()
    const named = view({ name: 'named', from: shop, row: ({ n }, { entityId }) => ({ n, entityId }) })
    expect(given(named, { n: 2 }, { entityId: 'a' }).row()).toEqual({ n: 2, entityId: 'a' })
  })

  test('an index value that is none is handler-failed', () => {
    const odd = view({ name: 'odd', from: shop, row: () => ({}), indexes: { byN: { by: () => Number.NaN } } })
    expect(() => given(odd, { n: 1 }).row()).toThrow('index byN')
  })
})

test('what a projection is given is checked by name', () => {
  const event = checkedOut(30)
  for (const wrong of [
    () => given(turnover, [{ event, entityID: 'c2' } as never]).row('2026-01-01'),
    () => given(turnover, event as never).row('2026-01-01'),
    () => given(turnover, [event]).row('2026-01-01', { tennant: 'acme' } as never),
  ])
    expect(thrownBy(wrong)).toBeInstanceOf(TypeError)
})

describe('findOrderDependence', () => {
  const of = (on: object, more: object = {}) =>
    projection({
      name: 'some',
      from: shop,
      initialRow: { n: 0 },
      key: (event: { day?: string }) => event.day ?? 'notes',
      on,
      ...more,
    } as never) as typeof turnover
  const events = ['a', 'b', 'c'].flatMap((entityId) => [
    { event: sold('mon', 2), entityId },
    { event: { type: 'Returned', day: 'mon', amount: 3 }, entityId },
    { event: sold('tue', 5), entityId },
  ]) as never
  const add = ({ n }: { n: number }, { amount }: { amount: number }) => ({ n: n + amount })
  const double = ({ n }: { n: number }) => ({ n: 2 * n })
  const merge = (one: { n: number }, { n }: { n: number }) => ({ n: one.n + n })

  test('passes folds that commute', () => {
    expect(findOrderDependence(turnover, [checkedOut(1), { event: checkedOut(2), entityId: 'b' }])).toEqual(
      [],
    )
    expect(findOrderDependence(of({ Sold: add, Returned: add }), events)).toEqual([])
    expect(findOrderDependence(of({ Sold: add, Returned: add }, { spread: 4, merge }), events)).toEqual([])
  })

  test('names the pair of events that do not, with the rows of both orders', () => {
    const [found, ...others] = findOrderDependence(of({ Sold: add, Returned: double }), events)
    expect(others).toEqual([])
    expect(found).toEqual({
      events: ['Returned', 'Sold'],
      rowKey: 'mon',
      rows: [expect.anything(), expect.anything()],
    })
    expect(found?.rows[0]).not.toEqual(found?.rows[1])
  })

  test('finds "the last one", and folds that fail in one order', () => {
    const last = (_row: object, { amount }: { amount: number }, { id }: { id: string }) => ({ n: amount, id })
    expect(findOrderDependence(of({ Sold: last }), events)).toMatchObject([{ events: ['Sold', 'Sold'] }])
    const picky = ({ n }: { n: number }) => {
      if (n === 0) throw new Error('nothing was sold')
      return { n: n - 1 }
    }
    const returned = { event: { type: 'Returned', day: 'mon', amount: 3 }, entityId: 'b' }
    const two = [{ event: sold('mon', 2), entityId: 'a' }, returned] as never
    expect(findOrderDependence(of({ Sold: add, Returned: picky }), two)).toMatchObject([
      { events: ['Returned', 'Sold'] },
    ])
  })

  test('finds a merge that does not make the whole of its parts', () => {
    const wrong = of({ Sold: add }, { spread: 4, merge: (one: object) => one })
    expect(findOrderDependence(wrong, events)).toMatchObject([{ events: ['merge', 'merge'] }])
  })

  test.for([{ orders: 0 }, { seed: -1 }, { order: 5 }])(
    'takes no options that would prove nothing: %j',
    (options) => {
      expect(thrownBy(() => findOrderDependence(of({ Sold: add }), events, options as never))).toBeInstanceOf(
        TypeError,
      )
    },
  )

  test('refuses events of which no order can make a difference, and says what to give', () => {
    const last = of({ Sold: (_row: object, { amount }: { amount: number }) => ({ n: amount }) })
    const ofOne = [sold('mon', 2), sold('mon', 3)] as never
    const apart = [
      { event: sold('mon', 2), entityId: 'a' },
      { event: sold('tue', 3), entityId: 'b' },
      { event: sold('mon', 3), entityId: 'c', tenant: 'acme' },
    ] as never
    for (const vain of [[] as never, ofOne, apart])
      expect(() => findOrderDependence(last, vain)).toThrow(
        /^findOrderDependence needs events of two entities or more that change the same row: /,
      )
  })

  test('lets events of one entity depend on their order', () => {
    const own = of({
      Sold: (row: object, { amount }: { amount: number }, { entity }: { entity: { entityId: string } }) => ({
        ...row,
        [entity.entityId]: amount,
      }),
    })
    expect(findOrderDependence(own, events)).toEqual([])
  })
})
