import { expect, inject, test } from 'vitest'
import { newJournal } from '../chaos/database.ts'
import { accessKeyId } from '../../helpers/dynamodb.ts'
import { buildArtefact } from './artefact.ts'
import { describeLambdaRun, runOnLambda } from './run.ts'

test('4 environments of the artefact, killed, halted and cut off: the history is linearizable', {
  timeout: 120_000,
}, async () => {
  const address = await newJournal(inject('endpoint'), accessKeyId)
  const artefact = await buildArtefact()
  const seed = Math.floor(Math.random() * 2 ** 31)
  try {
    const report = await runOnLambda({ artefact, address, invocations: 120, environments: 4, seed })
    console.log(describeLambdaRun(report))
    expect(report.violations).toEqual([])
    expect(report.acknowledged).toBeGreaterThan(60)
    expect(Object.keys(report.struck).length).toBeGreaterThan(3)
  } finally {
    artefact.remove()
  }
})
