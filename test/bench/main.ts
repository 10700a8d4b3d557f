import { runCost } from './cost.ts'
import { tiny } from './counts.ts'
import { runLatency } from './latency.ts'
import { measureEmbedded } from './measure/embedded.ts'
import { embeddedTable, latencyTables } from './report/latency-tables.ts'
import { runReport } from './report/report.ts'
import { costTables, scalingTables } from './report/tables.ts'
import { runScaling } from './scaling.ts'

const benchmarks: Readonly<Record<string, () => Promise<{ result: object; text: () => string }>>> = {
  cost: async () => withText(await runCost(), costTables),
  latency: async () => withText(await runLatency(), latencyTables),
  embedded: async () =>
    withText({ embedded: await measureEmbedded() }, (result) => embeddedTable(result.embedded)),
  scaling: async () => withText(await runScaling(), scalingTables),
}

function withText<Result extends object>(result: Result, tables: (result: Result) => string) {
  return { result, text: () => tables(result) }
}

/**
 * Runs `cost`, `latency`, `scaling` or `embedded`, the part of `latency` that needs no database, and prints tables or, with
 * `--json`, the result itself. `report` runs the first three, keeps their results and writes docs/benchmarks.md with its
 * charts; `--from-results` takes the results that were kept. `--tiny` measures a few of everything, to check that a
 * benchmark runs; no report is made from that.
 */
export async function main([name = '', ...flags]: readonly string[]): Promise<void> {
  if (name === 'report' && tiny) throw new TypeError('A report with --tiny would replace figures by noise.')
  if (name === 'report') return runReport({ measure: !flags.includes('--from-results') })
  const run = benchmarks[name]
  if (run === undefined) throw new TypeError(`There is no benchmark ${JSON.stringify(name)}.`)
  const { result, text } = await run()
  process.stdout.write(flags.includes('--json') ? `${JSON.stringify(result, undefined, 2)}\n` : text())
}
