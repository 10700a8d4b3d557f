import { parseArgs } from 'node:util'
import { withJournal } from '../chaos/database.ts'
import { buildArtefact } from './artefact.ts'
import { describeLambdaRun, runOnLambda } from './run.ts'

// npm run test:lambda [-- --invocations 1000 --environments 4 --seed N]
const { values } = parseArgs({
  options: {
    invocations: { type: 'string', default: '1000' },
    environments: { type: 'string', default: '4' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
  },
})

const artefact = await buildArtefact()
try {
  const report = await withJournal((address) =>
    runOnLambda({
      artefact,
      address,
      invocations: Number(values.invocations),
      environments: Number(values.environments),
      seed: Number(values.seed),
    }),
  )
  console.log(describeLambdaRun(report))
  process.exitCode = report.violations.length > 0 ? 1 : 0
} finally {
  artefact.remove()
}
