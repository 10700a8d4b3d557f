import { parseArgs } from 'node:util'
import { describeChaos, runChaos } from './chaos.ts'
import { contendAcrossProcesses, describeContention } from './contention.ts'
import { withJournal } from './database.ts'

// npm run test:chaos [-- --seconds 60 --processes 4 --seed N] | -- --contention [--processes 4]
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    processes: { type: 'string', default: '4' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    contention: { type: 'boolean', default: false },
  },
})
const processes = Number(values.processes)

if (values.contention) {
  const options = { processes, writers: 4 * processes, deposits: 20 }
  const result = await withJournal((address) => contendAcrossProcesses({ address, ...options }))
  console.log(describeContention(options, result))
  const wanted = options.writers * options.deposits
  process.exitCode = result.succeeded === wanted && result.balance === wanted ? 0 : 1
} else {
  const report = await withJournal((address) =>
    runChaos({ address, processes, seconds: Number(values.seconds), seed: Number(values.seed) }),
  )
  console.log(describeChaos(report))
  process.exitCode = report.violations.length > 0 ? 1 : 0
}
