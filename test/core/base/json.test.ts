import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  approximateBytes,
  canonicalJson,
  frozenCopy,
  frozenJson,
  jsonText,
} from '../../../src/core/base/json.ts'

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
  const tagged = Object.assign([1], { tag: 'x' })
  test.each([
    [{ a: [1, new Date(0)] }, '/a/1', 'an instance of Date'],
    [{ m: new Map() }, '/m', 'an instance of Map'],
    [{ 'a/b~c': Number.POSITIVE_INFINITY }, '/a~1b~0c', 'Infinity'],
    [{ n: Number.NaN }, '/n', 'NaN'],
    [{ f() {} }, '/f', 'a function'],
    [{ n: 1n }, '/n', 'a bigint'],
    [[undefined], '/0', 'undefined'],
    // oxlint-disable-next-line no-sparse-arrays -- a hole is what it looks for
    [[1, , 2], '/1', 'undefined'],
    [{ list: tagged }, '/list', 'an array with properties of its own'],
    [{ [Symbol('s')]: 1 }, '', 'an object with a symbol as key'],
    [{ s: Symbol('s') }, '/s', 'a symbol'],
    [Object.create({ inherited: 1 }), '', 'an instance of Object'],
    [undefined, '', 'undefined'],
  ])('points to a value that JSON cannot hold: %o', (value, path, found) => {
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

describe('frozenJson', () => {
  test('is what a reader of the JSON text gets, key order included', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const frozen = frozenJson(value, 'state')
        expect(JSON.stringify(frozen)).toBe(JSON.stringify(JSON.parse(JSON.stringify(value))))
      }),
    )
  })

  test('drops undefined properties, makes -0 zero and reads getters once', () => {
    let reads = 0
    const value = {
      gone: undefined,
      zero: -0,
      get read() {
        return ++reads
      },
    }
    const frozen = frozenJson(value, 'state')
    expect(Object.keys(frozen)).toEqual(['zero', 'read'])
    expect([Object.is(frozen.zero, 0), frozen.read, frozen.read]).toEqual([true, 1, 1])
  })

  test('freezes all the way down and leaves what was handed in alone', () => {
    const given = { list: [{ n: 1 }] }
    const frozen = frozenJson(given, 'state')
    expect(() => void frozen.list.push({ n: 2 })).toThrow(TypeError)
    expect(() => void Object.assign(frozen.list[0] as object, { n: 2 })).toThrow(/read only/)
    given.list.push({ n: 2 })
    expect(frozen).toEqual({ list: [{ n: 1 }] })
  })

  test('takes over parts it has frozen before', () => {
    const before = frozenJson({ items: [1, 2, 3] }, 'state')
    expect(frozenJson({ ...before, more: 1 }, 'state').items).toBe(before.items)
  })

  test('counts the levels of parts it has frozen before: what is stored can be read back', () => {
    let value: unknown = []
    for (let level = 1; level <= 200; level++) value = frozenJson({ value }, 'state')
    expect(() => frozenJson({ value }, 'state')).toThrow(
      /^\/value of the state is more than 200 levels, or a cycle/,
    )
    expect(frozenJson(JSON.parse(JSON.stringify(value)), 'state')).toEqual(value)
  })

  test('takes plain objects and arrays of another realm', () => {
    const foreign = runInNewContext('({ items: [{ n: 1 }] })') as unknown
    expect(frozenJson(foreign, 'state')).toEqual({ items: [{ n: 1 }] })
    expect(frozenJson(structuredClone({ a: 1 }), 'state')).toEqual({ a: 1 })
    const date = runInNewContext('new Date(0)') as unknown
    expect(() => frozenJson(date, 'state')).toThrow(expect.objectContaining({ code: 'not-json' }))
  })

  test('keeps a property named __proto__ as data', () => {
    const value = JSON.parse('{"__proto__":{"x":1},"y":2}') as object
    expect(JSON.stringify(frozenJson(value, 'state'))).toBe('{"__proto__":{"x":1},"y":2}')
  })
})

describe('frozenCopy', () => {
  test('copies plain parts and takes others by reference', () => {
    const date = new Date(0)
    const given = { list: [1], date }
    const value = frozenCopy(given)
    expect(value).toEqual(given)
    expect([Object.isFrozen(value.list), value.date === date, Object.isFrozen(date)]).toEqual([
      true,
      true,
      false,
    ])
    given.list.push(2)
    expect(value.list).toEqual([1])
  })
})

describe('approximateBytes', () => {
  test('counts an instance of a class as one part, for it may have cycles', () => {
    const node = new (class Node {
      self: unknown = this
    })()
    expect(approximateBytes({ node })).toBe(approximateBytes({ node: 1 }))
  })

  test('is about the length of the JSON text', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const { length } = JSON.stringify(value)
        expect(approximateBytes(value)).toBeGreaterThanOrEqual(length / 7)
        expect(approximateBytes(value)).toBeLessThanOrEqual(length * 8)
      }),
    )
  })
})

describe('the size of frozen JSON', () => {
  test('is that of the same value not frozen, at every level', () => {
    const part = { list: [1, 'two', { three: true, four: null }], text: 'x'.repeat(500) }
    const value = { part, again: part, flat: 1, empty: {}, none: [] }
    const frozen = frozenJson(value, 'value')
    expect(approximateBytes(frozen)).toBe(approximateBytes(value))
    expect(approximateBytes(frozen.part)).toBe(approximateBytes(part))
    expect(approximateBytes({ ...frozen, more: 'text' })).toBe(approximateBytes({ ...value, more: 'text' }))
  })

  test('that is beyond counting leaves the levels alone', () => {
    let value: unknown = frozenJson(['x'.repeat(1_000), {}], 'value')
    for (let level = 0; level < 100; level++) value = frozenJson([value, value], 'value')
    expect(frozenJson({ value }, 'value').value).toBe(value)
    for (let level = 100; level < 198; level++) value = frozenJson([value], 'value')
    expect(frozenJson([value], 'value')).toHaveLength(1)
    expect(() => frozenJson([[[value]]], 'value')).toThrow('more than 200 levels')
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
