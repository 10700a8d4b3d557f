import { runCost } from './cost.ts'
import { runLatency } from './latency.ts'
import { runReport } from './report/report.ts'
import { costTables, latencyTables, scalingTables } from './report/tables.ts'
import { runScaling } from './scaling.ts'

const benchmarks: Readonly<Record<string, () => Promise<{ result: object; text: () => string }>>> = {
  cost: async () => withText(await runCost(), costTables),
  latency: async () => withText(await runLatency(), latencyTables),
  scaling: async () => withText(await runScaling(), scalingTables),
}

function withText<Result extends object>(result: Result, tables: (result: Result) => string) {
  return { result, text: () => tables(result) }
}

/**
 * Runs the benchmark that is named: `cost`, `latency` or `scaling`, as tables or, with `--json`, the result itself;
 * or `report`: all three, their results kept, docs/benchmarks.md and its charts written (`--from-results`: from those kept).
 */
export async function main([name = '', ...flags]: readonly string[]): Promise<void> {
  if (name === 'report') return runReport({ measure: !flags.includes('--from-results') })
  const run = benchmarks[name]
  if (run === undefined) throw new TypeError(`There is no benchmark ${JSON.stringify(name)}.`)
  const { result, text } = await run()
  process.stdout.write(flags.includes('--json') ? `${JSON.stringify(result, undefined, 2)}\n` : text())
}
