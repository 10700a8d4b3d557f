import { getHeapSpaceStatistics } from 'node:v8'
import { createEngine, memoryStore, systemPlatform } from 'tailfold'
import { keyValueJournal } from 'tailfold/store'
import { account } from '../../functions/bank/account.ts'

// Sends commands to a warm entity, and prints how many bytes for each of them V8 has moved to its old objects.
const commands = 20_000
const collect = globalThis.gc
if (collect === undefined) throw new Error('This program needs --expose-gc.')

let isAging = false
const journal: ReturnType<typeof keyValueJournal> = {
  ...keyValueJournal(memoryStore()),
  // Keeps nothing: what is measured is garbage.
  append() {
    // What is under way becomes old. What refers to later commands then makes those old as well.
    if (isAging) for (let n = 0; n < 4; n++) collect({ type: 'minor' })
    isAging = false
    return Promise.resolve({ kind: 'appended' })
  },
}
const engine = createEngine(account, { journal, platform: systemPlatform })

async function send(): Promise<void> {
  for (let n = 0; n < commands; n++) await engine.execute('warm', { type: 'Deposit', amount: 1 })
}

function oldBytes(): number {
  const old = getHeapSpaceStatistics().filter(({ space_name }) => !space_name.startsWith('new'))
  return old.reduce((sum, { space_used_size }) => sum + space_used_size, 0)
}

/** Twice first: V8 compiles, and learns where to allocate. */
async function garbage(): Promise<number> {
  collect?.()
  const before = oldBytes()
  isAging = true
  await send()
  return (oldBytes() - before) / commands
}

await garbage()
await garbage()
console.log(await garbage())
