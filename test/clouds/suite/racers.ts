import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { OpenedStore } from 'tailfold/testing'
import { type OpenStore, withStores } from './store-case.ts'

/** How a process opens the store: a module that exports `openStore`, and what it is called with, as JSON. */
export interface StoreModule {
  /** `import.meta.resolve('./postgres-open.ts')`; it exports {@link OpenAddress} as `openStore`. */
  readonly url: string
  readonly address: unknown
}

/** What a module of a {@link StoreModule} exports as `openStore`. */
export type OpenAddress<Address> = (address: Address) => Promise<OpenedStore>

/** What a writer process does, as its argument. */
export interface RacerTask extends StoreModule {
  readonly key: string
  readonly name: string
  /** Ends after so many appends of its own. Without it, it writes until it is killed. */
  readonly wins?: number
}

const program = fileURLToPath(new URL('./racer-program.ts', import.meta.url))
const wins = 200
const killAfterAppends = 300

/** Two processes race for the revisions of one key until each has won 200. Each revision has one winner, none is missing. */
export async function races(open: OpenStore, module: StoreModule): Promise<string> {
  const key = `races/${globalThis.crypto.randomUUID()}`
  const tasks = ['a', 'b'].map((name): RacerTask => ({ ...module, key, name, wins }))
  const reports = await Promise.all(tasks.map(async (task) => lastLine(start(task))))
  const claimed = reports.flatMap((won, racer) =>
    won.split(',').map((revision) => `${'ab'[racer]} ${revision}`),
  )
  const stored = await storedIds(open, key)
  const same = JSON.stringify(claimed.toSorted()) === JSON.stringify(stored.toSorted())
  if (!same)
    throw new Error(`The processes claim ${claimed.length} appends, the store holds ${stored.length}.`)
  return `${stored.length} of ${2 * wins}`
}

/** A writer is killed while it writes: every append that it saw acknowledged is stored. Resolves with `acknowledged/stored`. */
export async function killedWriter(open: OpenStore, module: StoreModule): Promise<string> {
  const key = `killed/${globalThis.crypto.randomUUID()}`
  const child = start({ ...module, key, name: 'w' })
  const closed = once(child, 'close')
  let acknowledged = 0
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
    acknowledged = Number(line)
    if (acknowledged === killAfterAppends) child.kill('SIGKILL')
  }
  await closed
  if (acknowledged < killAfterAppends) throw new Error(`The writer ended after ${acknowledged} appends.`)
  const stored = (await storedIds(open, key)).length
  if (stored !== acknowledged && stored !== acknowledged + 1)
    throw new Error(`${acknowledged} appends were acknowledged, ${stored} are stored.`)
  return `${acknowledged}/${stored}`
}

function start(task: RacerTask): ChildProcess {
  const args = ['--conditions=tailfold-source', program, JSON.stringify(task)]
  return spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
}

async function lastLine(child: ChildProcess): Promise<string> {
  const closed = once(child, 'close')
  let last = ''
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) last = line
  const [code] = (await closed) as [number | null]
  if (code !== 0) throw new Error(`A racing process ended with ${code}.`)
  return last
}

/** Field `id` of all commits; they are dense from revision 1 on. */
function storedIds(open: OpenStore, key: string): Promise<readonly string[]> {
  return withStores(open, 1, async ([store]) => {
    const ids: string[] = []
    for (let more = true; more; ) {
      const page = await store?.range(key, ids.length + 1, 1_000)
      for (const { revision, record } of page?.commits ?? []) {
        if (revision !== ids.length + 1) throw new Error(`${key} lacks revision ${ids.length + 1}.`)
        ids.push(String(record['id']))
      }
      more = page?.more ?? false
    }
    return ids
  })
}
