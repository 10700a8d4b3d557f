import { expect, inject, test } from 'vitest'
import { describeChaos, runChaos } from '../chaos/chaos.ts'
import { newJournal } from '../chaos/database.ts'
import { accessKeyId } from '../../helpers/dynamodb.ts'

test('4 processes, one killed every second: nothing acknowledged is lost, nothing is done twice', async () => {
  const address = await newJournal(inject('endpoint'), accessKeyId)
  const seed = Math.floor(Math.random() * 2 ** 31)
  const report = await runChaos({ address, seconds: 5, processes: 4, seed })
  console.log(describeChaos(report))
  expect(report.violations).toEqual([])
  expect(report.kills).toBeGreaterThanOrEqual(2)
  expect(report.acknowledged).toBeGreaterThan(50)
})
