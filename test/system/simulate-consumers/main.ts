import { parseArgs } from 'node:util'
import { simulateConsumers } from '../../../src/testing/simulate-consumers/index.ts'
import { reportMutants } from '../simulate/run-mutants.ts'
import { consumerMutants } from './mutants/index.ts'

// npm run simulate:consumers -- [--histories N] [--seed N] [--json] | --mutants [--only name] [--json]
const { values } = parseArgs({
  options: {
    histories: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
    mutants: { type: 'boolean', default: false },
    only: { type: 'string' },
  },
})

if (values.mutants) process.exitCode = (await reportMutants(consumerMutants, values)) ? 0 : 1
else await simulate(Number(values.seed), Number(values.histories))

async function simulate(seed: number, histories: number): Promise<void> {
  const report = await simulateConsumers({ seed, histories })
  const { events, effects, ended, deliveries, parked, reads, rebuilds, violations } = report
  console.log(
    values.json
      ? JSON.stringify(report)
      : `${report.histories} histories, ${events} events, ${effects} effects, ${ended} of ${deliveries} deliveries ended, ${parked} parked, ${reads} reads, ${rebuilds} rebuilds, ${violations.length} violations`,
  )
  for (const found of values.json ? [] : violations)
    console.log(`seed ${found.seed}: ${found.rule}: ${found.detail}`)
  process.exitCode = violations.length > 0 ? 1 : 0
}
