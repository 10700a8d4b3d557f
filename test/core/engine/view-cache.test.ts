import { describe, expect, test } from 'vitest'
import type { View } from '../../../src/core/engine/view.ts'
import { viewCache } from '../../../src/core/engine/view-cache.ts'

function view(entityId: string, revision: number): View {
  const entity = { entityType: 'account', entityId }
  const distance = { events: 0, bytes: 0, stateBytes: 0 }
  return { entity, revision, sequenceNr: revision, state: {}, recent: [], hash: '', distance }
}

describe('the cache of warm views', () => {
  test('keeps the entities used last', () => {
    const cache = viewCache({ maxEntries: 2 })
    cache.set(view('a', 1), 0)
    cache.set(view('b', 1), 0)
    cache.get(view('a', 1).entity, 0)
    cache.set(view('c', 1), 0)
    const kept = ['a', 'b', 'c'].filter((id) => cache.get(view(id, 1).entity, 0) !== undefined)
    expect(kept).toEqual(['a', 'c'])
  })

  test('with no entries is off', () => {
    const cache = viewCache({ maxEntries: 0 })
    cache.set(view('a', 1), 0)
    expect(cache.get(view('a', 1).entity, 0)).toBeUndefined()
  })

  test('never lets an older revision replace a newer one', () => {
    const cache = viewCache()
    cache.set(view('a', 5), 0)
    cache.set(view('a', 4), 1)
    expect(cache.get(view('a', 1).entity, 1)?.view.revision).toBe(5)
  })

  test('shortens what counts as fresh while others write first, and lengthens it again up to the option', () => {
    const cache = viewCache({ freshForMs: 1_000 })
    cache.set(view('a', 1), 0)
    const freshAt = (ageMs: number) => cache.get(view('a', 1).entity, ageMs)?.fresh
    expect([freshAt(1_000), freshAt(1_001)]).toEqual([true, false])
    cache.learn(500, false)
    expect([freshAt(350), freshAt(351)]).toEqual([true, false])
    for (let n = 0; n < 100; n++) cache.learn(10, true)
    expect([freshAt(1_000), freshAt(1_001)]).toEqual([true, false])
    for (let n = 0; n < 100; n++) cache.learn(0, false)
    expect([freshAt(20), freshAt(21)]).toEqual([true, false])
  })
})
