// Runs in a process of its own, until it is killed: follows the journal, and tells what its consumer has seen.
import { writeSync } from 'node:fs'
import { createConsumers, follow } from 'tailfold/consumers'
import { consumersOfRun } from './consumers.ts'
import { openPlace, placeOfProgram } from './place.ts'

const { journal, rows, feed } = await openPlace(placeOfProgram())
const consumers = consumersOfRun((seen) => void writeSync(1, `${JSON.stringify(seen)}\n`))
await follow(createConsumers({ journal, rows, consumers }), { feed }).done
