import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface, type Interface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** Where a process finds the store it writes to. */
export type StoreAddress =
  | { readonly kind: 'sqlite'; readonly file: string }
  | {
      readonly kind: 'dynamodb'
      readonly endpoint: string
      readonly accessKeyId: string
      readonly tableName: string
    }

/** What a writer process is to do. */
export interface WriterTask {
  readonly name: string
  readonly address: StoreAddress
  readonly key: string
  /** Ends after so many appends of its own to each key; without it, writes until it is killed. */
  readonly wins?: number
  /**
   * Keys that it writes to at once, {@link keysOf} the task. Without `wins` it tells each append as `<key> <revision>`; with it,
   * it reports of the first key.
   */
  readonly keys?: number
  /** Opens the store only after the start signal. */
  readonly openAfterGo?: boolean
}

/** The keys that a task writes to. */
export function keysOf({ key, keys = 1 }: WriterTask): readonly string[] {
  return Array.from({ length: keys }, (_, number) => `${key}-${number}`)
}

/** What a racing process tells at its end. */
export interface RaceReport {
  readonly name: string
  /** Revisions it appended, ascending. Its records there are `{ id: '<name> <revision>' }`. */
  readonly won: readonly number[]
  readonly lost: number
}

/** A process that is ready to write. */
export interface WriterProcess {
  readonly child: ChildProcess
  readonly lines: Interface
  /** Lets it begin. */
  go(): void
}

const program = fileURLToPath(new URL('./store-process-program.ts', import.meta.url))

/** Starts a writer process, and waits until it is ready. It writes nothing before `go`. */
export async function startWriter(task: WriterTask): Promise<WriterProcess> {
  const child = spawn(process.execPath, ['--conditions=tailfold-source', program, JSON.stringify(task)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })
  await Promise.race([
    once(lines, 'line'),
    once(child, 'close').then(([code]) => {
      throw new Error(`The writer process ended with ${code} before it was ready.`)
    }),
  ])
  return { child, lines, go: () => void child.stdin.write('go\n') }
}

/** Lets processes race for the revisions of one key, from the same moment on. */
export async function raceOfProcesses(tasks: readonly WriterTask[]): Promise<readonly RaceReport[]> {
  const writers = await Promise.all(tasks.map(startWriter))
  const reports = writers.map(async ({ lines, child }) => {
    const ended = once(child, 'close').then(([code]) => {
      throw new Error(`A racing process ended with ${code} and without a report.`)
    })
    const [line] = (await Promise.race([once(lines, 'line'), ended])) as [string]
    return JSON.parse(line) as RaceReport
  })
  for (const { go } of writers) go()
  return Promise.all(reports)
}
