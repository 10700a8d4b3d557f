import { describe, expect, test } from 'vitest'
import { learnPageSize } from '../../src/journal/page-size.ts'

describe('the page size of recoveries', () => {
  test('begins at four, grows at once to what was needed, and shrinks slowly', () => {
    const size = learnPageSize()
    expect(size.of('account')).toBe(4)
    size.learn('account', 30)
    size.learn('account', 1)
    expect(size.of('account')).toBe(30)
    for (let n = 0; n < 3_000; n++) size.learn('account', 1)
    expect(size.of('account')).toBe(4)
  })

  test('is one ahead of a tail that grows by a commit with each load', () => {
    const size = learnPageSize()
    for (let needed = 4; needed < 40; needed++) {
      expect(size.of('account')).toBeGreaterThanOrEqual(needed)
      size.learn('account', needed)
    }
  })

  test('is learned for each entity type and has an upper limit', () => {
    const size = learnPageSize()
    size.learn('account', 5_000)
    expect([size.of('account'), size.of('cart')]).toEqual([1_000, 4])
  })
})
