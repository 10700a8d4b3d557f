import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalJson, deepFreeze, jsonText } from '../../../src/core/base/json.ts'

describe('jsonText', () => {
  test('of a JSON value reads back as the same value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(jsonText(value, 'event'))).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })

  const cycle: Record<string, unknown> = {}
  cycle['self'] = cycle
  test.each([
    [{ a: [1, new Date(0)] }, 'event.a[1]', 'an instance of Date'],
    [{ m: new Map() }, 'event.m', 'an instance of Map'],
    [{ n: Number.POSITIVE_INFINITY }, 'event.n', 'Infinity'],
    [{ f() {} }, 'event.f', 'a function'],
    [{ n: 1n }, 'event.n', 'a bigint'],
    [[undefined], 'event[0]', 'a undefined'],
    [undefined, 'event', 'a undefined'],
  ])('names where a value is that JSON cannot hold: %o', (value, path, found) => {
    expect(() => jsonText(value, 'event')).toThrow(
      expect.objectContaining({ code: 'not-json', data: { path, found } }),
    )
  })

  test('refuses a cycle', () => {
    expect(() => jsonText(cycle, 'event')).toThrow(expect.objectContaining({ code: 'not-json' }))
  })

  test('leaves undefined properties out', () => {
    expect(jsonText({ a: undefined, b: 1 }, 'event')).toBe('{"b":1}')
  })
})

describe('canonicalJson', () => {
  test('is the same for values that differ in the order of keys only', () => {
    expect(canonicalJson({ b: [{ y: 1, x: 2 }], a: undefined, c: null })).toBe(
      '{"b":[{"x":2,"y":1}],"c":null}',
    )
  })

  test('differs for values that differ', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (one, two) => {
        const same = canonicalJson(one) === canonicalJson(two)
        expect(same).toBe(
          fc.stringify(JSON.parse(canonicalJson(one))) === fc.stringify(JSON.parse(canonicalJson(two))),
        )
      }),
    )
  })
})

describe('deepFreeze', () => {
  test('freezes all the way down', () => {
    const value = deepFreeze({ list: [{ n: 1 }] })
    expect(() => {
      ;(value.list[0] as { n: number }).n = 2
    }).toThrow(/read only/)
  })
})
