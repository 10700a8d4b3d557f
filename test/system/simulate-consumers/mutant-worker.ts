import { drawConsumersPlan } from '../../../src/testing/simulate-consumers/plan.ts'
import { checkConsumers } from '../../../src/testing/simulate-consumers/check.ts'
import { runConsumersHistory } from '../../../src/testing/simulate-consumers/run-history.ts'

// Looks for the first violation, and leaves it as it is: `mutant-worker.ts <histories>` prints what it broke as JSON.
const histories = Number(process.argv[2])
let found: { readonly histories: number; readonly rule: string } | undefined
for (let seed = 1; seed <= histories && found === undefined; seed++) {
  const [first] = checkConsumers(await runConsumersHistory(drawConsumersPlan(seed)))
  if (first !== undefined) found = { histories: seed, rule: first.rule }
}
console.log(JSON.stringify(found ?? null))
