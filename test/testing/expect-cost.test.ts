import { expectCost } from 'tailfold/testing'
import { describe, expect, test } from 'vitest'

const cost = { requests: 2, readUnits: 1, writeUnits: 1, attempts: 1, commands: 1 }
const outcome = () => Promise.resolve({ cost })

describe('expectCost', () => {
  test('gives the cost within a budget, and names every excess', async () => {
    expect(await expectCost(outcome()).toBeAtMost({ requests: 2, writeUnits: 1 })).toEqual(cost)
    await expect(expectCost(outcome()).toBeAtMost({ requests: 1, readUnits: 0 })).rejects.toThrow(
      'requests: 2, expected at most 1; readUnits: 1, expected at most 0',
    )
  })

  test.for([{}, { requests: undefined }, { request: 1 }, { requests: Number.NaN }, { requests: '1' }])(
    'takes no budget that limits nothing: %j',
    async (limit) => {
      await expect(expectCost(outcome()).toBeAtMost(limit as never)).rejects.toBeInstanceOf(TypeError)
    },
  )

  test('needs an engine that counts costs', async () => {
    await expect(expectCost(Promise.resolve({})).toBeAtMost({ requests: 1 })).rejects.toThrow('costs: true')
  })
})
