import { parseArgs } from 'node:util'
import { simulateConsumers } from '../../../src/testing/simulate-consumers/index.ts'

// npm run simulate:consumers -- [--histories N] [--seed N] [--json]
const { values } = parseArgs({
  options: {
    histories: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
})

const report = await simulateConsumers({ seed: Number(values.seed), histories: Number(values.histories) })
const { histories, events, effects, ended, deliveries, parked, violations } = report
console.log(
  values.json
    ? JSON.stringify(report)
    : `${histories} histories, ${events} events, ${effects} effects, ${ended} of ${deliveries} deliveries ended, ${parked} parked, ${violations.length} violations`,
)
for (const { seed, rule, detail } of values.json ? [] : violations)
  console.log(`seed ${seed}: ${rule}: ${detail}`)
process.exitCode = violations.length > 0 ? 1 : 0
