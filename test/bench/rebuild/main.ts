import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { rebuildBeside, wrongRows } from '../../helpers/rebuild-load.ts'
import { inPlace, openPlace, type Place, places } from './stores.ts'

/*
 * `npm run bench:rebuild`: a view is rebuilt while another process sends commands, and then every row is compared with the
 * state of its entity. `--entities 100000`, `--per-second 50`, `--on sqlite` (or `dynamodb`; default both), `--json`. Exits
 * with 1 if a row is wrong. Memory is that of the process above what it had before, with a young generation of 24 MB.
 */
const { values } = parseArgs({
  options: {
    entities: { type: 'string', default: '100000' },
    'per-second': { type: 'string', default: '50' },
    on: { type: 'string', multiple: true, default: [...places] },
    json: { type: 'boolean', default: false },
  },
})
const [entities, perSecond] = [Number(values.entities), Number(values['per-second'])]
const sampleMs = 20

async function measure(place: Place) {
  const writer = fork(fileURLToPath(new URL('./writer.ts', import.meta.url)), {
    execArgv: ['--conditions=tailfold-source'],
  })
  const ended = once(writer, 'exit').then(([code, signal]: unknown[]) => {
    throw new Error(`The writer ended with ${String(code ?? signal)}.`)
  })
  // What follows waits for it.
  ended.catch(() => {})
  const told = async () => ((await Promise.race([once(writer, 'message'), ended])) as [number])[0]
  writer.send({ place, entities, perSecond })
  await told()
  const stores = await openPlace(place)
  const before = process.memoryUsage.rss()
  let most = before
  const sampling = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), sampleMs)
  let commands = 0
  const { report, check, seconds } = await rebuildBeside(stores, async () => {
    clearInterval(sampling)
    writer.send('end')
    commands = await told()
  })
  await stores.store.close?.()
  await stores.rows.close?.()
  return {
    on: place.kind,
    entities,
    commands,
    perSecond: round(commands / seconds),
    seconds: round(seconds),
    complete: report.complete,
    rows: check.rows,
    wrongRows: wrongRows(check),
    requests: round(report.requests / entities),
    readUnits: round(report.readUnits / entities),
    writeUnits: round(report.writeUnits / entities),
    refused: report.refused,
    memoryMb: Math.round((most - before) / 1_000_000),
  }
}

function round(value: number): number {
  return Number(value.toPrecision(4))
}

const results = []
for (const kind of places.filter((each) => values.on.includes(each)))
  results.push(await inPlace(kind, measure))
if (values.json) console.log(JSON.stringify(results, undefined, 2))
else
  for (const result of results) {
    const { on, wrongRows: wrong, requests, readUnits, writeUnits, memoryMb, commands, seconds } = result
    console.log(
      `${on}: ${result.rows} rows in ${seconds} s beside ${commands} commands, ${wrong} wrong. For each entity ${requests} requests, ${readUnits} read units, ${writeUnits} write units; memory + ${memoryMb} MB.`,
    )
  }
process.exitCode = results.every(({ wrongRows: wrong, complete }) => wrong === 0 && complete) ? 0 : 1
