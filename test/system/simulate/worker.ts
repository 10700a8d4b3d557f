import { simulate } from '../../../src/testing/simulate/index.ts'
import { bankSimulation } from './bank.ts'

// One share of a simulation, in a process of its own: `worker.ts <first seed> <histories> <requests in each>` prints its
// report as JSON.
const [seed = 1, histories = 1, operations = 40] = process.argv.slice(2).map(Number)
const report = await simulate({ ...bankSimulation, seed, histories, operations })
console.log(JSON.stringify(report))
