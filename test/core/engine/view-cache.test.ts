import { describe, expect, test } from 'vitest'
import { emptyView, type View } from '../../../src/core/engine/view.ts'
import { viewCache, type WarmView } from '../../../src/core/engine/view-cache.ts'
import { resolveEntity } from '../../../src/core/entity/entity.ts'
import { account } from '../../../functions/bank/account.ts'

const definition = resolveEntity(account as never)

function warm(entityId: string, revision: number, view: Partial<View> = {}): WarmView {
  const entity = { entityType: 'account', entityId }
  return {
    view: { ...emptyView(definition, entity), revision, ...view },
    comparedAt: 0,
    readsFirst: 0,
  }
}

const keyOf = (entityId: string) => warm(entityId, 1).view.entity

describe('the cache of warm views', () => {
  test('keeps the entities used last', () => {
    const cache = viewCache({ maxEntries: 2 })
    cache.set(warm('a', 1))
    cache.set(warm('b', 1))
    cache.get(keyOf('a'))
    cache.set(warm('c', 1))
    expect(['a', 'b', 'c'].filter((id) => cache.get(keyOf(id)) !== undefined)).toEqual(['a', 'c'])
  })

  test('lets what is set again count as used, and never drops what was just set', () => {
    const cache = viewCache({ maxEntries: 2 })
    cache.set(warm('a', 1))
    cache.set(warm('b', 1))
    cache.set(warm('a', 2))
    cache.get(keyOf('b'))
    cache.set(warm('c', 1))
    expect(cache.get(keyOf('c'))?.view.revision).toBe(1)
    cache.set(warm('d', 1))
    const kept = ['a', 'b', 'c', 'd'].filter((id) => cache.get(keyOf(id)) !== undefined)
    expect(kept).toEqual(['c', 'd'])
  })

  test('with no entries is off', () => {
    const cache = viewCache({ maxEntries: 0 })
    cache.set(warm('a', 1))
    expect(cache.get(keyOf('a'))).toBeUndefined()
  })

  test('is bounded in bytes: 600 entities of 190 KB do not stay', () => {
    const cache = viewCache({ maxBytes: 10 * 190_000 + 10_000 })
    const state = { pad: 'x'.repeat(190_000) }
    for (let n = 0; n < 600; n++) cache.set(warm(`e${n}`, 1, { state }))
    const kept = Array.from({ length: 600 }, (_, n) => n).filter(
      (n) => cache.get(keyOf(`e${n}`)) !== undefined,
    )
    expect(kept).toEqual([590, 591, 592, 593, 594, 595, 596, 597, 598, 599])
  })

  test('counts what a state takes, whatever its events and snapshots took', () => {
    const cache = viewCache({ maxBytes: 10_000 })
    const large = { events: 1_000, bytes: 1_000_000, stateBytes: 1_000_000 }
    cache.set(warm('small', 1, { state: { balance: 1 }, distance: large }))
    expect(cache.get(keyOf('small'))?.view.revision).toBe(1)
    cache.set(warm('large', 1, { state: { seats: Array.from({ length: 2_000 }, (_, seat) => ({ seat })) } }))
    expect(cache.get(keyOf('large'))).toBeUndefined()
  })

  test('gives back the bytes of what is dropped or replaced', () => {
    const cache = viewCache({ maxBytes: 2_000 })
    const state = { pad: 'x'.repeat(1_000) }
    for (let revision = 1; revision <= 5; revision++) cache.set(warm('a', revision, { state }))
    cache.delete(keyOf('a'))
    cache.set(warm('b', 1, { state }))
    expect(cache.get(keyOf('b'))?.view.revision).toBe(1)
  })

  test('keeps no entity that does not exist: reads of unknown ids evict nothing', () => {
    const cache = viewCache({ maxEntries: 2 })
    cache.set(warm('a', 1))
    for (let n = 0; n < 10; n++) cache.set(warm(`none-${n}`, 0))
    expect(cache.get(keyOf('a'))?.view.revision).toBe(1)
  })

  test('never lets an older revision replace a newer one', () => {
    const cache = viewCache()
    cache.set(warm('a', 5))
    cache.set(warm('a', 4))
    expect(cache.get(keyOf('a'))?.view.revision).toBe(5)
  })

  test('takes a view for fresh until it was compared too long ago, or another process was seen to write', () => {
    const cache = viewCache({ freshForMs: 1_000 })
    const view = warm('a', 1)
    expect([1_000, 1_001].map((now) => cache.isFresh(view, now))).toEqual([true, false])
    expect(cache.isFresh({ ...view, readsFirst: 1 }, 0)).toBe(false)
  })

  test('does not take a view for fresh whose age a clock that was set back does not tell', () => {
    expect(viewCache().isFresh({ ...warm('a', 1), comparedAt: 60_000 }, 59_999)).toBe(false)
  })
})
