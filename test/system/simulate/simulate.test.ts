import { describe, expect, test } from 'vitest'
import { simulateCrashes, type SimulationReport } from '../../../src/testing/simulate/index.ts'
import { bankSimulation } from './bank.ts'
import { describeReport, mergeReports, simulateInParallel } from './parallel.ts'

/** Long ones for what takes time to build up, many short ones for what needs a rare meeting of faults. */
const long = { seed: 1, histories: 1_000, operations: 40 }
const short = { seed: 1_001, histories: 9_000, operations: 12 }
/** Each class must have occurred at least this often, or the run has proven little. */
const leastOften = 500

describe('the protocol under faults', () => {
  test('10,000 histories of 12 or 40 requests by 5 processes break no promise', {
    timeout: 600_000,
  }, async () => {
    const reports: SimulationReport[] = []
    for (const { seed, histories, operations } of [long, short]) {
      const one = await simulateInParallel(seed, histories, operations)
      console.log(describeReport(one, operations))
      reports.push(one)
    }
    const report = reports.reduce(mergeReports)
    expect(report.violations).toEqual([])
    expect(report.histories).toBe(10_000)
    expect(report.operations).toBeGreaterThan(145_000)
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
