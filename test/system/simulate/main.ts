import { parseArgs } from 'node:util'
import { runMutants } from './run-mutants.ts'
import { describeReport, simulateInParallel } from './parallel.ts'

// npm run simulate -- [--histories N] [--seed N] [--json] | --mutants [--only name] [--json]
const { values } = parseArgs({
  options: {
    histories: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
    mutants: { type: 'boolean', default: false },
    only: { type: 'string' },
  },
})

if (values.mutants) {
  const results = await runMutants(values.only, values.json ? () => {} : console.log)
  const survivors = results.filter(({ killedBy }) => killedBy === undefined)
  if (values.json) console.log(JSON.stringify(results))
  else console.log(`${results.length} mutants, ${results.length - survivors.length} killed`)
  process.exitCode = survivors.length > 0 ? 1 : 0
} else {
  const report = await simulateInParallel(Number(values.seed), Number(values.histories))
  console.log(values.json ? JSON.stringify(report) : describeReport(report))
  process.exitCode = report.violations.length > 0 ? 1 : 0
}
