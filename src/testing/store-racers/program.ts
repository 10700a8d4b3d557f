// The main file of a process that appends to one key: node program.js <task as JSON>. See racers.ts.
import { writeSync } from 'node:fs'
import type { OpenAddress, RacerTask } from './task.ts'

const { url, address, key, name, wins } = JSON.parse(process.argv[2] ?? '') as RacerTask
const { openStore } = (await import(url)) as { readonly openStore: OpenAddress<unknown> }
const { store, close } = await openStore(address)

/** A rival may win all of its own in a row; a store that takes no append would be asked without end. */
const mostLost = (wins ?? 0) + 100
const won: number[] = []
let lost = 0
for (let revision = 1; won.length < (wins ?? Infinity); revision++) {
  const { kind } = await store.append(key, revision, { id: `${name} ${revision}` })
  if (kind !== 'appended') {
    lost += 1
    if (lost > mostLost)
      throw new Error(`${lost} appends in a row were ${kind}, the last one of revision ${revision}.`)
    continue
  }
  lost = 0
  won.push(revision)
  // Written at once: a line that was read was acknowledged, even by a process that was killed.
  if (wins === undefined) writeSync(1, `${revision}\n`)
}
writeSync(1, `${won.join(',')}\n`)
await close?.()
