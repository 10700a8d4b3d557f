import { parseArgs } from 'node:util'
import { commandMutants } from './mutants/index.ts'
import { describeReport, simulateInParallel } from './parallel.ts'
import { reportMutants } from './run-mutants.ts'

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
  process.exitCode = (await reportMutants(commandMutants, values)) ? 0 : 1
} else {
  const report = await simulateInParallel(Number(values.seed), Number(values.histories))
  console.log(values.json ? JSON.stringify(report) : describeReport(report))
  process.exitCode = report.violations.length > 0 ? 1 : 0
}
