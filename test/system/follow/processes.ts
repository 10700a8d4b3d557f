import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** A program that runs again whenever it was killed. */
export interface Undying {
  /** kill -9. It begins anew. */
  kill(): void
  /** kill -9, for good. Resolves when all it had told was read. */
  end(): Promise<void>
}

/** Starts a program. `tell` gets each line that it prints, parsed. Throws from `end` where it ended by itself. */
export function keepRunning(
  program: string,
  args: readonly string[],
  tell: (line: unknown) => void,
): Undying {
  const file = fileURLToPath(new URL(program, import.meta.url))
  let ending = false
  let failure: Error | undefined
  let child: ChildProcess
  let closed: Promise<unknown>

  function start(): void {
    child = spawn(process.execPath, ['--conditions=tailfold-source', file, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    if (child.stdout === null) throw new Error('A program without output.')
    createInterface({ input: child.stdout }).on('line', (line) => tell(JSON.parse(line)))
    closed = once(child, 'close').then(([code]) => {
      if (code !== null) failure = new Error(`${program} ended by itself, with ${String(code)}.`)
      else if (!ending) start()
    })
  }

  start()
  return {
    kill: () => void child.kill('SIGKILL'),
    async end() {
      ending = true
      child.kill('SIGKILL')
      await closed
      if (failure !== undefined) throw failure
    },
  }
}
