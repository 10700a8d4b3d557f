import { simulate } from '../../../src/testing/simulate/index.ts'
import { bankSimulation } from './bank.ts'

// One share of a simulation, in a process of its own: `worker.ts <first seed> <histories>` prints its report as JSON.
const [seed, histories] = process.argv.slice(2).map(Number)
const report = await simulate({ ...bankSimulation, seed: seed ?? 1, histories: histories ?? 1 })
console.log(JSON.stringify(report))
