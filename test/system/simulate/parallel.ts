import { execFile } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { FaultClass, SimulationReport } from '../../../src/testing/simulate/index.ts'

const run = promisify(execFile)
const shareSize = 2_500

/** Simulates with a process a core; histories and their seeds are the same as in one process. */
export async function simulateInParallel(seed: number, histories: number): Promise<SimulationReport> {
  const worker = fileURLToPath(new URL('worker.ts', import.meta.url))
  const reports: SimulationReport[] = []
  let next = 0
  async function take(): Promise<void> {
    while (next < histories && reports.every(({ violations }) => violations.length === 0)) {
      const from = next
      const count = Math.min(shareSize, histories - from)
      next += count
      const args = ['--conditions=tailfold-source', worker, String(seed + from), String(count)]
      const { stdout } = await run(process.execPath, args, { maxBuffer: 64 * 1024 * 1024 })
      reports.push(JSON.parse(stdout) as SimulationReport)
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, take))
  return reports.reduce(merge)
}

function merge(one: SimulationReport, two: SimulationReport): SimulationReport {
  const faults = { ...one.faults }
  for (const [fault, count] of Object.entries(two.faults)) faults[fault as FaultClass] += count
  return {
    seed: Math.min(one.seed, two.seed),
    histories: one.histories + two.histories,
    operations: one.operations + two.operations,
    answered: one.answered + two.answered,
    faults,
    violations: [...one.violations, ...two.violations],
  }
}

/** One line a person can read, and below it what broke. */
export function describeReport({
  seed,
  histories,
  operations,
  answered,
  faults,
  violations,
}: SimulationReport): string {
  const struck = Object.entries(faults).map(([fault, count]) => `${fault} ${count}`)
  const lines = [
    `${histories} histories from seed ${seed}, ${operations} operations, ${answered} answered, ${violations.length} violations; faults: ${struck.join(', ')}`,
  ]
  for (const { rule, entityId, operations: clash, detail, seed: replay, shrunk } of violations) {
    lines.push(
      `VIOLATION of "${rule}" by ${clash.join(' and ')} on ${entityId}: ${detail}`,
      `  replay: npm run simulate -- --histories 1 --seed ${replay}`,
      `  shrunk to ${shrunk.operations.length} operations and ${shrunk.storeFaults.length + shrunk.processFaults.length} faults: ${JSON.stringify(shrunk)}`,
    )
  }
  return lines.join('\n')
}
