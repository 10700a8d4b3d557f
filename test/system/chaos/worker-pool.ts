import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { JournalAddress } from './database.ts'
import type { ChaosAnswer, ChaosRequest } from './history.ts'

/** What a worker is sent. */
export interface WorkerTask {
  readonly number: number
  readonly request: ChaosRequest
}

/** What a worker says. `conflicts` are all it has met. */
export type WorkerMessage =
  | { readonly kind: 'ready' }
  | {
      readonly kind: 'answer'
      readonly number: number
      readonly answer: ChaosAnswer
      readonly conflicts: number
    }

/** Processes that carry out commands; one that dies is replaced. Whoever starts them stops them. */
export interface WorkerPool {
  /** Has one of them, picked at random, carry it out. Answers `lost` when that one dies first. */
  execute(request: ChaosRequest): Promise<ChaosAnswer>
  /** kill -9 of one that works, picked at random; false when none does. */
  kill(): boolean
  /** Writes that lost their revision, as far as they were told. */
  conflicts(): number
  stop(): Promise<void>
}

interface Worker {
  readonly child: ChildProcess
  readonly pending: Map<number, (answer: ChaosAnswer) => void>
  conflicts: number
}

const program = fileURLToPath(new URL('worker.ts', import.meta.url))

/** Starts `processes` workers, and waits until one of them is ready. */
export async function startWorkerPool(
  address: JournalAddress,
  processes: number,
  random: () => number,
): Promise<WorkerPool> {
  const running = new Set<Worker>()
  const ready = new Set<Worker>()
  const ended = new Set<Promise<void>>()
  /** Those who wait for a worker that is ready. */
  const waiting: Array<() => void> = []
  let retiredConflicts = 0
  let stopping = false
  let number = 0

  function startWorker(): void {
    const child = fork(program, [JSON.stringify(address)], { execArgv: ['--conditions=tailfold-source'] })
    const worker: Worker = { child, pending: new Map(), conflicts: 0 }
    running.add(worker)
    child.on('message', (message: WorkerMessage) => {
      if (message.kind === 'ready') {
        ready.add(worker)
        for (const goOn of waiting.splice(0)) goOn()
        return
      }
      worker.conflicts = message.conflicts
      worker.pending.get(message.number)?.(message.answer)
      worker.pending.delete(message.number)
    })
    const end = new Promise<void>((resolve) => {
      // Not `exit`: what it had told before is still to be read.
      child.once('close', () => {
        retire(worker)
        resolve()
        if (!stopping) startWorker()
      })
    })
    ended.add(end)
    void end.then(() => ended.delete(end))
  }

  function retire(worker: Worker): void {
    running.delete(worker)
    ready.delete(worker)
    retiredConflicts += worker.conflicts
    for (const answer of worker.pending.values()) answer({ kind: 'lost' })
    worker.pending.clear()
  }

  function readyAgain(): Promise<void> {
    return new Promise((resolve) => waiting.push(resolve))
  }

  function pick(): Worker | undefined {
    return [...ready][Math.floor(random() * ready.size)]
  }

  for (let started = 0; started < processes; started++) startWorker()
  await readyAgain()

  return {
    async execute(request) {
      let worker = pick()
      while (worker === undefined) {
        await readyAgain()
        worker = pick()
      }
      const task: WorkerTask = { number: ++number, request }
      const { child, pending } = worker
      return new Promise((resolve) => {
        pending.set(task.number, resolve)
        // One that has just died cannot be written to; its end answers.
        child.send(task, () => {})
      })
    },
    kill() {
      const worker = pick()
      if (worker === undefined) return false
      ready.delete(worker)
      return worker.child.kill('SIGKILL')
    },
    conflicts: () => [...ready].reduce((sum, worker) => sum + worker.conflicts, retiredConflicts),
    async stop() {
      stopping = true
      for (const { child } of running) child.kill('SIGKILL')
      await Promise.all(ended)
    },
  }
}
