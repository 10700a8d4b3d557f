import { describe, expect, test } from 'vitest'
import { learnPageSize } from '../../src/journal/page-size.ts'

/** Records of a state that rides in a commit, and of one in a snapshot. */
const riding = 2
const snapshot = 1

describe('the page size of recoveries', () => {
  test('begins at four, and settles at the two records that a riding state takes', () => {
    const size = learnPageSize()
    expect(size.of('account')).toBe(4)
    for (let n = 0; n < 3; n++) {
      size.learn('account', 0, riding)
      expect(size.of('account')).toBe(2)
    }
  })

  test('grows at once to what was needed, and shrinks slowly', () => {
    const size = learnPageSize()
    size.learn('account', 29, snapshot)
    size.learn('account', 0, snapshot)
    expect(size.of('account')).toBe(30)
    for (let n = 0; n < 3_000; n++) size.learn('account', 0, snapshot)
    expect(size.of('account')).toBe(2)
  })

  test('is one ahead of a tail that grows by a commit with each load', () => {
    const size = learnPageSize()
    for (let tail = 3; tail < 40; tail++) {
      expect(size.of('account')).toBeGreaterThanOrEqual(tail + snapshot)
      size.learn('account', tail, snapshot)
    }
  })

  test.each([10, 20, 30])('suffices for every tail of snapshot intervals of %i commits', (n) => {
    const size = learnPageSize()
    const tails = Array.from({ length: n }, (_, index) => index + 1)
    const short = [...tails, ...tails, ...tails, ...tails, ...tails, ...tails].filter((tail) => {
      const tooFew = size.of('account') < tail + snapshot
      size.learn('account', tail, snapshot)
      return tooFew
    })
    expect(short).toEqual([])
  })

  test('is learned for each entity type and has an upper limit', () => {
    const size = learnPageSize()
    size.learn('account', 5_000, snapshot)
    expect([size.of('account'), size.of('cart')]).toEqual([1_000, 4])
  })
})
