import { memoryRows, type RowStore } from 'tailfold'
import { rowStoreConformance } from 'tailfold/testing'
import { describe, expect, test } from 'vitest'
import { brokenRows } from './broken-rows.ts'

const casesOf = (rows: RowStore) => rowStoreConformance({ open: async () => ({ rows }) })

// At once: many wait for an index that never catches up.
describe('rowStoreConformance', { timeout: 30_000, concurrent: true }, () => {
  test.for(brokenRows)('finds out a row store that $what', async ({ breaking, fails }) => {
    const cases = casesOf(breaking(memoryRows()))
    expect(cases.map(({ name }) => name)).toEqual(expect.arrayContaining([...fails]))
    for (const { name, run } of cases.filter((one) => fails.includes(one.name))) {
      const found = await run().then(
        () => 'nothing',
        (error: unknown) => error,
      )
      expect([name, found]).toEqual([name, expect.any(Error)])
    }
  })

  test('closes every connection of a case that fails', async () => {
    let open = 0
    const rows: RowStore = { ...memoryRows(), write: async () => Promise.reject(new Error('gone')) }
    const cases = rowStoreConformance({
      open: async () => {
        open += 1
        return { rows, close: () => void (open -= 1) }
      },
    })
    const results = await Promise.allSettled(cases.map(({ run }) => run()))
    expect(results.some(({ status }) => status === 'rejected')).toBe(true)
    expect(open).toBe(0)
  })
})
