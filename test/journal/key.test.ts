import { assert, option, property, string, stringMatching, tuple, uniqueArray } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { entityIdOf, storeKey } from '../../src/journal/key.ts'

const entityTypes = stringMatching(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/)
// Whole code points: ids with half a surrogate pair are refused before.
const tenants = stringMatching(/^[A-Za-z0-9_.:-]{1,16}$/)
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

  test('of a tenant begins with its name, and no key of others does', () => {
    assert(
      property(tenants, option(tenants), entityTypes, entityIds, (mine, tenant, entityType, entityId) => {
        const key = storeKey({ tenant: tenant ?? undefined, entityType, entityId })
        expect(key.startsWith(`~${mine}/`)).toBe(mine === tenant)
      }),
    )
  })

  test('is different for different entities', () => {
    const names = tuple(option(tenants, { nil: undefined }), entityTypes, entityIds)
    const entities = uniqueArray(names, { minLength: 2, selector: (name) => JSON.stringify(name) })
    assert(
      property(entities, (pairs) => {
        const keys = pairs.map(([tenant, entityType, entityId]) => storeKey({ tenant, entityType, entityId }))
        expect(new Set(keys).size).toBe(pairs.length)
      }),
    )
  })

  test('tells back which entity it names', () => {
    assert(
      property(entityTypes, entityIds, (entityType, entityId) => {
        const key = storeKey({ entityType, entityId })
        expect([key.split('/')[0], entityIdOf(key)]).toEqual([entityType, entityId])
        expect(entityIdOf(storeKey({ tenant: 'acme', entityType, entityId }))).toBe(entityId)
      }),
    )
  })

  test('of the longest tenant, type and id has 1,731 characters', () => {
    const longest = { tenant: 't'.repeat(128), entityType: 'a'.repeat(64), entityId: '!'.repeat(512) }
    const key = storeKey(longest)
    expect(key).toHaveLength(1 + 128 + 1 + 64 + 1 + 3 * 512)
    // With what follows in the key of a command id.
    expect(key.length + 2 + 43).toBeLessThanOrEqual(2_048)
  })
})
