import { describe, expect, test } from 'vitest'
import { learnPageSizes } from '../../src/journal/page-size.ts'

const key = 'account/acc-001'

describe('the page size of recoveries', () => {
  test('is the first one for every entity that needs no more', () => {
    const sizes = learnPageSizes(4)
    for (const needed of [1, 2, 3]) {
      sizes.learn(key, needed)
      expect(sizes.of(key)).toBe(4)
    }
  })

  test('is not raised by another entity of the type', () => {
    const sizes = learnPageSizes(4)
    sizes.learn('account/large', 60)
    expect(sizes.of('account/large')).toBeGreaterThanOrEqual(60)
    expect(sizes.of('account/small')).toBe(4)
  })

  test('grows at once to what was needed, and shrinks slowly', () => {
    const sizes = learnPageSizes(4)
    sizes.learn(key, 30)
    sizes.learn(key, 1)
    expect(sizes.of(key)).toBe(30)
    for (let n = 0; n < 3_000; n++) sizes.learn(key, 1)
    expect(sizes.of(key)).toBe(4)
  })

  test('is one ahead of a tail that grows by a commit with each load', () => {
    const sizes = learnPageSizes(4)
    for (let needed = 4; needed < 40; needed++) {
      expect(sizes.of(key)).toBeGreaterThanOrEqual(needed)
      sizes.learn(key, needed)
    }
  })

  test.each([10, 20, 30])('suffices for every tail of snapshot intervals of %i commits', (n) => {
    const sizes = learnPageSizes(4)
    const interval = Array.from({ length: n }, (_, index) => index + 2)
    const short = [...interval, ...interval, ...interval, ...interval, ...interval].filter((needed) => {
      const tooFew = sizes.of(key) < needed
      sizes.learn(key, needed)
      return tooFew
    })
    expect(short).toEqual([])
  })

  test('has an upper limit', () => {
    const sizes = learnPageSizes(4)
    sizes.learn(key, 5_000)
    expect(sizes.of(key)).toBe(1_000)
  })

  test('is remembered for the 1,000 entities that were recovered last', () => {
    const sizes = learnPageSizes(4)
    for (let n = 0; n <= 1_000; n++) {
      sizes.learn(`account/${n}`, 20)
      if (n === 500) sizes.learn('account/0', 20)
    }
    expect([sizes.of('account/0'), sizes.of('account/1')]).toEqual([21, 4])
  })
})
