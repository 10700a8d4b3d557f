import { describe, expect, test } from 'vitest'
import { textOf } from '../../helpers/doc-blocks.ts'
import { simulateConsumerCrashes, simulateConsumers } from '../../../src/testing/simulate-consumers/index.ts'

const histories = 640
/** Each class must have occurred at least this often, or the run has proven little. */
const leastOften = 500

describe('consumers under faults', () => {
  test('640 histories break no promise, and every class of faults occurs', {
    timeout: 300_000,
  }, async () => {
    const { violations, faults, ended, deliveries, events, effects, parked, ...views } =
      await simulateConsumers({ histories })
    console.log(
      `${events} events, ${effects} effects, ${ended} of ${deliveries} deliveries ended, ${parked} parked, ${views.reads} reads, ${views.rebuilds} rebuilds`,
    )
    expect(violations).toEqual([])
    expect(ended / deliveries).toBeGreaterThan(0.6)
    expect(views.emptyCommits).toBeGreaterThan(leastOften)
    expect(parked).toBeGreaterThan(leastOften)
    expect(views.reads).toBeGreaterThan(histories)
    expect(views.rebuilds).toBeGreaterThan(leastOften)
    expect(Object.entries(faults).filter(([, count]) => count < leastOften)).toEqual([])
  })

  test('take no options that would run nothing', async () => {
    for (const simulation of [simulateConsumers, simulateConsumerCrashes])
      for (const options of [{ histories: 0 }, { histories: Number.NaN }, { seed: 0.5 }, { historys: 1 }])
        await expect(simulation(options)).rejects.toBeInstanceOf(TypeError)
  })

  test('docs/consumers.md says how many histories these are', () => {
    const text = textOf('docs/consumers.md')
    expect(text).toContain(`simulates ${histories.toLocaleString('en')} histories`)
    expect(text).toContain(`at least ${leastOften} times`)
  })

  test('a process that crashes at any moment at which it waits breaks none', {
    timeout: 120_000,
  }, async () => {
    const { crashes, violations } = await simulateConsumerCrashes({ histories: 3 })
    expect(violations).toEqual([])
    expect(crashes).toBeGreaterThan(100)
  })

  test('a history is decided by its seed: run twice, it is the same', async () => {
    const twice = [
      await simulateConsumers({ seed: 7, histories: 10 }),
      await simulateConsumers({ seed: 7, histories: 10 }),
    ]
    expect(twice[0]).toEqual(twice[1])
  })
})
