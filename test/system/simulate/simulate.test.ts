import { describe, expect, test } from 'vitest'
import { simulateCrashes } from '../../../src/testing/simulate/index.ts'
import { bankSimulation } from './bank.ts'
import { describeReport, simulateInParallel } from './parallel.ts'

const histories = 10_000
/** Each class must have occurred at least this often, or the run has proven little. */
const leastOften = 500

describe('the protocol under faults', () => {
  test('10,000 histories of 40 requests by 5 processes break no promise', {
    timeout: 600_000,
  }, async () => {
    const report = await simulateInParallel(1, histories)
    console.log(describeReport(report))
    expect(report.violations).toEqual([])
    expect(report.histories).toBe(histories)
    expect(report.operations).toBeGreaterThan(histories * 39)
    expect(report.answered / report.commands).toBeGreaterThan(0.6)
    const rare = Object.entries(report.faults).filter(([, count]) => count < leastOften)
    expect(rare).toEqual([])
  })

  test('a process that crashes at any moment at which it waits breaks none', {
    timeout: 120_000,
  }, async () => {
    const { crashes, violations } = await simulateCrashes({ ...bankSimulation, seed: 1, histories: 60 })
    console.log(`${crashes} crashes, ${violations.length} violations`)
    expect(violations).toEqual([])
    expect(crashes).toBeGreaterThan(500)
  })
})
