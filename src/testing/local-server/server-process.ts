import { spawn } from 'node:child_process'
import type { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

/** What to run, and how to end it. */
export interface ServerPlan {
  readonly command: string
  readonly args: readonly string[]
  /** Ends the server at once and leaves its data sound. */
  readonly stopSignal: 'SIGKILL' | 'SIGINT' | 'SIGTERM' | 'SIGQUIT'
  /** User and group to run as. Default: those of this process. */
  readonly user?: number | undefined
  /** Folders to remove when the server has ended, however that came. */
  readonly removes?: readonly string[]
}

/** A server that answers. Whoever started it stops it; it ends with the process that started it, however that ends. */
export interface LocalServer {
  /** Where clients connect to. */
  readonly address: string
  /** Ends the server and waits until it is gone. Calling it again does nothing. */
  stop(): Promise<void>
}

const keptOutputChars = 4_000
const stopTimeoutMs = 5_000
const readyTimeoutMs = 30_000
const pollIntervalMs = 20

// Node.js runs this folder from TypeScript source and from the build alike.
const lifelineFile = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? './lifeline.ts' : './lifeline.js', import.meta.url),
)

/**
 * Starts a server and waits until `isReady`. It does not keep this process alive.
 *
 * @param name For messages, such as `PostgreSQL`.
 * @throws Error with the end of what the server printed when it ends instead, or after 30 seconds. Nothing is left running.
 */
export async function startServer(
  name: string,
  address: string,
  plan: ServerPlan,
  isReady: () => Promise<boolean>,
): Promise<LocalServer> {
  const server = spawnUnderLifeline(plan)
  for (const deadline = performance.now() + readyTimeoutMs; !(await isReady()); ) {
    const isLate = performance.now() > deadline
    if (server.hasEnded() || isLate) {
      await server.stop()
      const why = isLate ? `did not answer within ${readyTimeoutMs / 1_000} s` : 'did not start'
      throw new Error(`${name} ${why}: ${server.output().trim() || 'it printed nothing'}`)
    }
    await delay(pollIntervalMs)
  }
  server.unref()
  return { address, stop: server.stop }
}

function spawnUnderLifeline(plan: ServerPlan) {
  const child = spawn(process.execPath, [lifelineFile, JSON.stringify(plan)], {
    stdio: ['pipe', 'pipe', 'pipe'],
    // Flags meant for the caller, such as --inspect-brk, would hold or break the lifeline.
    env: { ...process.env, NODE_OPTIONS: undefined },
    // A process group of its own: Ctrl-C reaches the program alone, which may still need its database to end well.
    detached: process.platform !== 'win32',
    windowsHide: true,
  })
  let output = ''
  for (const pipe of [child.stdout, child.stderr]) {
    pipe.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-keptOutputChars)
    })
  }
  // The lifeline may be gone before it is stopped.
  child.stdin.on('error', () => {})
  child.once('error', ({ message }) => (output += message))
  let ended = false
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()))
  void closed.then(() => (ended = true))
  return {
    hasEnded: () => ended,
    output: () => output,
    async stop() {
      child.stdin.end()
      const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs)
      await closed
      clearTimeout(timer)
    },
    unref() {
      child.unref()
      for (const pipe of [child.stdin, child.stdout, child.stderr]) (pipe as Socket).unref()
    },
  }
}
