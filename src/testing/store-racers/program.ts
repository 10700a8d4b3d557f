// The main file of a process that appends to one key: node program.js <task as JSON>. See racers.ts.
import { writeSync } from 'node:fs'
import type { OpenAddress, RacerTask } from './task.ts'

const { url, address, key, name, wins } = JSON.parse(process.argv[2] ?? '') as RacerTask
const { openStore } = (await import(url)) as { readonly openStore: OpenAddress<unknown> }
const { store, close } = await openStore(address)

const won: number[] = []
for (let revision = 1; won.length < (wins ?? Number.POSITIVE_INFINITY); revision++) {
  const { kind } = await store.append(key, revision, { id: `${name} ${revision}` })
  if (kind !== 'appended') continue
  won.push(revision)
  // Written at once: a line that was read was acknowledged, even by a process that was killed.
  if (wins === undefined) writeSync(1, `${revision}\n`)
}
writeSync(1, `${won.join(',')}\n`)
await close?.()
