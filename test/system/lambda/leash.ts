import { type ChildProcess, spawn } from 'node:child_process'

/**
 * Has a child end with this process, however that ends. A halted child takes no notice of it otherwise, and would stay
 * for ever.
 */
export function leash(child: ChildProcess): void {
  // Standard input ends with this process.
  const holder = spawn('sh', ['-c', 'read -r line; kill -KILL "$1"', 'sh', String(child.pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  // Or it could kill another process that was given the number since.
  child.once('exit', () => holder.kill('SIGKILL'))
}
