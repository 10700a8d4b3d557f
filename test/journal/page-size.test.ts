import { describe, expect, test } from 'vitest'
import { learnPageSize } from '../../src/journal/page-size.ts'

describe('the page size of recoveries', () => {
  test('begins at four, grows at once to what was needed and a little more, and shrinks slowly', () => {
    const size = learnPageSize()
    expect(size.of('account')).toBe(4)
    size.learn('account', 30)
    expect(size.of('account')).toBe(31)
    size.learn('account', 1)
    expect(size.of('account')).toBe(31)
    for (let n = 0; n < 3_000; n++) size.learn('account', 1)
    expect(size.of('account')).toBe(4)
  })

  test('is learned for each entity type and has an upper limit', () => {
    const size = learnPageSize()
    size.learn('account', 5_000)
    expect([size.of('account'), size.of('cart')]).toEqual([1_000, 4])
  })
})
