// Runs in a process of its own, until it is killed: deposits into all accounts at once, and tells what was acknowledged.
import { writeSync } from 'node:fs'
import { createEngine, isTailfoldError, systemPlatform } from 'tailfold'
import { account } from './consumers.ts'
import { openPlace, placeOfProgram } from './place.ts'

const { journal } = await openPlace(placeOfProgram())
const accounts = JSON.parse(process.argv[3] ?? '[]') as readonly string[]
const engine = createEngine(account, { journal, platform: systemPlatform })

async function depositForEver(id: string): Promise<never> {
  for (;;) {
    try {
      const options = { commandId: systemPlatform.newId() }
      const { revision } = await engine.execute(id, { type: 'Deposit', amount: 1 }, options)
      // Written at once and whole: a line that was read was acknowledged, even by a process that was killed.
      writeSync(1, `${JSON.stringify({ entityId: id, revision })}\n`)
    } catch (error) {
      if (!isTailfoldError(error) || !error.retryable) throw error
    }
  }
}

await Promise.all(accounts.map(depositForEver))
