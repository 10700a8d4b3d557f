import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { type Checks, checkOptions, checkValues, wholeNumber } from '../../core/base/check-options.ts'
import type { OpenedStore } from '../store-conformance/suite.ts'
import type { RacerTask, StoreModule } from './task.ts'

/** Options of {@link racers}. */
export interface RacersOptions {
  /** Opens a connection in this process, to read what is stored. */
  readonly open: () => Promise<OpenedStore>
  /** How the other processes open the same database. */
  readonly module: StoreModule
  /** Appends that each of the two racing processes has to win. Default 200. */
  readonly wins?: number
  /** The writer is killed after so many acknowledged appends. Default 300. */
  readonly killAfter?: number
}

/** What {@link racers} found. */
export interface RacersReport {
  /** Commits of the two processes: twice `wins`. */
  readonly raced: number
  /** Appends that the killed process saw acknowledged. */
  readonly acknowledged: number
  /** Its commits: as many, or one more whose answer it did not see. */
  readonly stored: number
}

// Node.js runs this folder from TypeScript source and from the build alike.
const program = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? './program.ts' : './program.js', import.meta.url),
)

const checks: Checks<RacersOptions> = {
  open: ['a function that opens a connection', (value) => typeof value === 'function'],
  module: [
    'a module that exports openStore: { url, address }',
    (value) => typeof (value as StoreModule | null)?.url === 'string',
  ],
  wins: wholeNumber(1),
  killAfter: wholeNumber(1),
}

/**
 * Proves what one process cannot. Two processes race for the revisions of one key: each revision has one winner, and none
 * is missing. Another process is killed with SIGKILL while it writes: all that was acknowledged to it is stored. Writes two
 * keys of its own. Takes a few seconds on a local database. Node.js, Deno and Bun only.
 *
 * Rejects with a `TypeError` on options that cannot work, and with an Error that says what was claimed and what is stored.
 */
export async function racers(options: RacersOptions): Promise<RacersReport> {
  checkOptions('racers', options, checks)
  // These have no default: `null` fails their checks, where `undefined` would pass.
  checkValues({ open: options.open ?? null, module: options.module ?? null } as RacersOptions, checks)
  const { open, module, wins = 200, killAfter = 300 } = options
  const raced = await race(open, module, wins)
  return { raced, ...(await killWriter(open, module, killAfter)) }
}

async function race(open: RacersOptions['open'], module: StoreModule, wins: number): Promise<number> {
  const key = `store-racers/${globalThis.crypto.randomUUID()}`
  const names = ['a', 'b']
  const tasks = names.map((name): RacerTask => ({ ...module, key, name, wins }))
  const children = tasks.map(start)
  const reports = await Promise.all(children.map(lastLine)).finally(() => {
    // Of two, one may have failed while the other goes on.
    for (const child of children) child.kill('SIGKILL')
  })
  const claimed = reports.flatMap((won, racer) =>
    won.split(',').map((revision) => `${names[racer]} ${revision}`),
  )
  const stored = await storedIds(open, key)
  if (JSON.stringify(claimed.toSorted()) !== JSON.stringify(stored.toSorted()))
    throw new Error(`The processes claim ${claimed.length} appends, the store holds ${stored.length}.`)
  return stored.length
}

async function killWriter(
  open: RacersOptions['open'],
  module: StoreModule,
  killAfter: number,
): Promise<Pick<RacersReport, 'acknowledged' | 'stored'>> {
  const key = `store-racers/${globalThis.crypto.randomUUID()}`
  const child = start({ ...module, key, name: 'w' })
  const closed = once(child, 'close')
  const complaint = complaintOf(child)
  let acknowledged = 0
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
    acknowledged = Number(line)
    if (acknowledged === killAfter) child.kill('SIGKILL')
  }
  await closed
  if (acknowledged < killAfter)
    throw new Error(`The writer ended after ${acknowledged} appends: ${complaint()}`)
  const stored = (await storedIds(open, key)).length
  if (stored !== acknowledged && stored !== acknowledged + 1)
    throw new Error(`${acknowledged} appends were acknowledged, ${stored} are stored.`)
  return { acknowledged, stored }
}

/** With the flags of this process, so that the module resolves as here. */
function start(task: RacerTask): ChildProcess {
  return spawn(process.execPath, [...process.execArgv, program, JSON.stringify(task)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

async function lastLine(child: ChildProcess): Promise<string> {
  const closed = once(child, 'close')
  const complaint = complaintOf(child)
  let last = ''
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) last = line
  const [code] = (await closed) as [number | null]
  if (code !== 0) throw new Error(`A racing process ended with ${code}: ${complaint()}`)
  return last
}

/** What a process has printed as its error so far; its end is the reason. */
function complaintOf(child: ChildProcess): () => string {
  let text = ''
  child.stderr?.setEncoding('utf8').on('data', (more: string) => (text = (text + more).slice(-2_000)))
  return () => text.trim()
}

/** Field `id` of all commits; they are dense from revision 1 on. */
async function storedIds(open: RacersOptions['open'], key: string): Promise<readonly string[]> {
  const { store, close } = await open()
  try {
    const ids: string[] = []
    for (let more = true; more; ) {
      const page = await store.range(key, ids.length + 1, 1_000)
      for (const { revision, record } of page.commits) {
        if (revision !== ids.length + 1) throw new Error(`${key} lacks revision ${ids.length + 1}.`)
        ids.push(String(record['id']))
      }
      ;({ more } = page)
    }
    return ids
  } finally {
    await close?.()
  }
}
