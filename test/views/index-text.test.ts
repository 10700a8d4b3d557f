import { describe, expect, test } from 'vitest'
import { compareCodePoints } from '../../src/journal/row-text.ts'
import { indexText } from '../../src/views/index-text.ts'

const inOrder = [
  [
    -Number.MAX_VALUE,
    -1e10,
    -2,
    -1.5,
    -Number.MIN_VALUE,
    0,
    Number.MIN_VALUE,
    0.1,
    1,
    1.5,
    2,
    10,
    1e10,
    Number.MAX_VALUE,
  ],
  ['', 'A', 'B', 'a', 'ab', 'b', 'é', '\u{ffff}', '\u{1f600}'],
  [
    new Date('0001-01-01'),
    new Date('1969-12-31'),
    new Date('2026-01-02T00:00:00.001Z'),
    new Date('9999-12-31'),
  ],
  [false, true],
]

describe('the text of an index value', () => {
  test.for(inOrder)('orders as the values do: %s', (values) => {
    const texts = values.map(indexText)
    expect(texts.toSorted(compareCodePoints)).toEqual(texts)
    expect(new Set(texts).size).toBe(texts.length)
  })

  test('does not tell -0 from 0, and tells 1 from "1" and true from "true"', () => {
    expect(indexText(-0)).toBe(indexText(0))
    expect(indexText(1)).not.toBe(indexText('1'))
    expect(indexText(true)).not.toBe(indexText('true'))
  })

  test.for([
    undefined,
    null,
    Number.NaN,
    Infinity,
    {},
    [],
    1n,
    new Date(Number.NaN),
    new Date(8.64e15),
    '\ud800',
  ])('is refused for %s', (value) => {
    expect(() => indexText(value)).toThrow(TypeError)
  })
})
