import { parseArgs } from 'node:util'
import { commandMutants } from './mutants/index.ts'
import { describeReport, simulateInParallel } from './parallel.ts'
import { reportMutants } from './run-mutants.ts'

// npm run simulate -- [--histories N] [--operations N] [--seed N] [--json] | --mutants [--only name] [--json]
const { values } = parseArgs({
  options: {
    histories: { type: 'string', default: '1000' },
    operations: { type: 'string', default: '40' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
    mutants: { type: 'boolean', default: false },
    only: { type: 'string' },
  },
})

if (values.mutants) {
  process.exitCode = (await reportMutants(commandMutants, values)) ? 0 : 1
} else {
  const operations = Number(values.operations)
  const report = await simulateInParallel(Number(values.seed), Number(values.histories), operations)
  console.log(values.json ? JSON.stringify(report) : describeReport(report, operations))
  process.exitCode = report.violations.length > 0 ? 1 : 0
}
