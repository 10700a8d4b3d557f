import { assert, property, string, stringMatching, tuple, uniqueArray } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { storeKey } from '../../src/journal/key.ts'

const entityTypes = stringMatching(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/)
// Whole code points: ids with half a surrogate pair are refused before.
const entityIds = string({ unit: 'binary', minLength: 1, maxLength: 128 })

describe('storeKey', () => {
  test.for([
    ['acc-001', 'account/acc-001'],
    ['a/b', 'account/a%2Fb'],
    ['a%2Fb', 'account/a%252Fb'],
    ["!'()*", 'account/%21%27%28%29%2A'],
    ['ä€😀', 'account/%C3%A4%E2%82%AC%F0%9F%98%80'],
    ['~._-', 'account/~._-'],
    [' +&=?#', 'account/%20%2B%26%3D%3F%23'],
  ] as const)('of account %j is %j', ([entityId, expected]) => {
    expect(storeKey({ entityType: 'account', entityId })).toBe(expected)
  })

  test('has only characters that every store takes', () => {
    assert(
      property(entityTypes, entityIds, (entityType, entityId) => {
        expect(storeKey({ entityType, entityId })).toMatch(/^[A-Za-z0-9._~%/-]+$/)
      }),
    )
  })

  test('is different for different entities', () => {
    const entities = uniqueArray(tuple(entityTypes, entityIds), {
      minLength: 2,
      selector: ([entityType, entityId]) => JSON.stringify([entityType, entityId]),
    })
    assert(
      property(entities, (pairs) => {
        const keys = pairs.map(([entityType, entityId]) => storeKey({ entityType, entityId }))
        expect(new Set(keys).size).toBe(pairs.length)
      }),
    )
  })

  test('tells back which entity it names', () => {
    assert(
      property(entityTypes, entityIds, (entityType, entityId) => {
        const [type, id, ...rest] = storeKey({ entityType, entityId }).split('/')
        expect([type, decodeURIComponent(id ?? ''), rest]).toEqual([entityType, entityId, []])
      }),
    )
  })

  test('of the longest type and id has 1,601 characters', () => {
    const key = storeKey({ entityType: 'a'.repeat(64), entityId: '!'.repeat(512) })
    expect(key).toHaveLength(64 + 1 + 3 * 512)
    expect(key.length).toBeLessThanOrEqual(2_048)
  })
})
