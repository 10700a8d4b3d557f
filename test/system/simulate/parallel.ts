import { execFile } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { FaultClass, SimulationReport, UnansweredCommands } from '../../../src/testing/simulate/index.ts'

const run = promisify(execFile)
const largestShare = 2_500
/** Much garbage of short life, and many errors that nobody looks at: a fifth of the time. */
const nodeFlags = ['--conditions=tailfold-source', '--max-semi-space-size=32', '--stack-trace-limit=0']

/** Simulates with a process a core; histories and their seeds are the same as in one process. */
export async function simulateInParallel(
  seed: number,
  histories: number,
  operations = 40,
): Promise<SimulationReport> {
  const worker = fileURLToPath(new URL('worker.ts', import.meta.url))
  const cores = availableParallelism()
  const share = Math.min(largestShare, Math.ceil(histories / cores))
  const reports: SimulationReport[] = []
  let next = 0
  async function take(): Promise<void> {
    while (next < histories && reports.every(({ violations }) => violations.length === 0)) {
      const from = next
      const count = Math.min(share, histories - from)
      next += count
      const args = [...nodeFlags, worker, ...[seed + from, count, operations].map(String)]
      const { stdout } = await run(process.execPath, args, { maxBuffer: 64 * 1024 * 1024 })
      reports.push(JSON.parse(stdout) as SimulationReport)
    }
  }
  await Promise.all(Array.from({ length: cores }, take))
  return reports.reduce(mergeReports)
}

/** One report of two runs. */
export function mergeReports(one: SimulationReport, two: SimulationReport): SimulationReport {
  const faults: Record<FaultClass, number> = { ...one.faults }
  for (const [fault, count] of Object.entries(two.faults)) faults[fault as FaultClass] += count
  const sum = (of: 'histories' | 'operations' | 'commands' | 'answered' | 'events') => one[of] + two[of]
  return {
    seed: Math.min(one.seed, two.seed),
    histories: sum('histories'),
    operations: sum('operations'),
    commands: sum('commands'),
    answered: sum('answered'),
    events: sum('events'),
    faults,
    unanswered: mergeReasons([...one.unanswered, ...two.unanswered]),
    violations: [...one.violations, ...two.violations],
  }
}

function mergeReasons(reasons: readonly UnansweredCommands[]): UnansweredCommands[] {
  const merged = new Map<string, UnansweredCommands>()
  for (const reason of reasons) {
    const name = `${reason.code} ${reason.command}`
    const count = reason.count + (merged.get(name)?.count ?? 0)
    merged.set(name, { ...reason, count })
  }
  return [...merged.values()].toSorted((a, b) => b.count - a.count)
}

/** One line a person can read, and below it what broke. */
export function describeReport(report: SimulationReport, requestsEach = 40): string {
  const { seed, histories, operations, commands, answered, events, faults, unanswered, violations } = report
  const struck = Object.entries(faults).map(([fault, count]) => `${fault} ${count}`)
  const lines = [
    `${histories} histories from seed ${seed}, ${operations} requests, ${answered} of ${commands} commands answered, ${events} events, ${violations.length} violations; faults: ${struck.join(', ')}`,
    `not answered: ${unanswered.map(({ code, command, count }) => `${code} (${command}) ${count}`).join(', ')}`,
  ]
  for (const { rule, entityId, operations: clash, detail, seed: replay, shrunk } of violations) {
    lines.push(
      `VIOLATION of "${rule}" by ${clash.join(' and ')} on ${entityId}: ${detail}`,
      `  replay: npm run simulate -- --histories 1 --operations ${requestsEach} --seed ${replay}`,
    )
    if (shrunk === undefined) continue
    const faultsLeft = shrunk.storeFaults.length + shrunk.timedFaults.length
    lines.push(
      `  shrunk to ${shrunk.operations.length} requests and ${faultsLeft} faults: ${JSON.stringify(shrunk)}`,
    )
  }
  return lines.join('\n')
}
