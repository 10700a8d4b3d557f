import { drawPlan } from '../../../src/testing/simulate/draw-plan.ts'
import { prepareSimulation } from '../../../src/testing/simulate/options.ts'
import { bankSimulation } from './bank.ts'

// Looks for the first violation, and leaves it as it is: `mutant-worker.ts <histories>` prints what it broke as JSON.
const histories = Number(process.argv[2])
const { planOptions, run } = prepareSimulation('simulate', bankSimulation)
let found: { readonly histories: number; readonly rule: string } | undefined
for (let seed = 1; seed <= histories && found === undefined; seed++) {
  const plan = drawPlan({ ...planOptions, seed, operations: 40, processes: 5, entities: 2 })
  const { violations } = await run(plan)
  const [first] = violations
  if (first !== undefined) found = { histories: seed, rule: first.rule }
}
console.log(JSON.stringify(found ?? null))
