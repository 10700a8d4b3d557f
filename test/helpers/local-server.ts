import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const program = join(root, 'functions/local/main.ts')

/** Command line and environment of a local server; nothing of the test run's own AWS or Tailfold settings reaches it. */
export interface LocalServerOptions {
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Working directory. Default: the checkout. */
  readonly cwd?: string
  /** Under a shell, as npm starts it; signals then reach the shell alone. */
  readonly underShell?: true
}

/** How a process ended. */
export interface Ended {
  readonly exitCode: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** A local server as a process of its own. */
export interface LocalServer {
  readonly url: string
  /** What it printed up to the curl lines. */
  readonly greeting: string
  kill(signal: NodeJS.Signals): void
  /** Resolves with the next line it prints. */
  nextLine(): Promise<string>
  readonly ended: Promise<Ended>
}

/** Runs the local server until it ends by itself. */
export function runLocalServer(options: LocalServerOptions = {}): Promise<Ended> {
  return endOf(spawnServer(options))
}

/** Starts the local server on a free port, and waits until it listens. Rejects with what it printed when it ends. */
export async function startLocalServer(options: LocalServerOptions = {}): Promise<LocalServer> {
  const child = spawnServer(options)
  const ended = endOf(child)
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const nextLine = async () => {
    const { value, done } = await lines.next()
    if (done !== true) return value
    const { exitCode, stderr } = await ended
    throw new Error(`The local server ended with exit code ${exitCode}: ${stderr}`)
  }
  const greeting: string[] = []
  // The last line of the greeting reads the state, so it is the only one with nothing after the address.
  while (!/^ {2}curl \S+$/.test(greeting.at(-1) ?? '')) greeting.push(await nextLine())
  // The empty line at the end.
  await nextLine()
  const text = greeting.join('\n')
  const url = /http:\/\/\S+/.exec(text)?.[0] ?? ''
  return { url, greeting: text, kill: (signal) => void child.kill(signal), nextLine, ended }
}

/** A new folder, and how to remove it. */
export function temporaryFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'tailfold-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

/** Posts `count` deposits of 1 to `acc-001`, `atOnce` at a time. Resolves with the statuses of the answers. */
export async function deposit(url: string, count: number, atOnce = 20): Promise<readonly number[]> {
  const statuses: number[] = []
  let sent = 0
  const send = async () => {
    while (sent < count) {
      sent += 1
      const response = await fetch(`${url}/account/acc-001/Deposit`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"amount":1}',
      })
      statuses.push(response.status)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, send))
  return statuses
}

/** The state of `acc-001`. */
export async function stateOf(url: string): Promise<unknown> {
  return (await fetch(`${url}/account/acc-001`)).json()
}

function spawnServer({
  args = [],
  env = {},
  cwd = root,
  underShell,
}: LocalServerOptions): ChildProcessWithoutNullStreams {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(AWS_|DATABASE_URL$|DYNAMODB_|TAILFOLD_|NODE_OPTIONS$|PORT$|VITEST)/.test(name),
  )
  const command = [process.execPath, '--conditions=tailfold-source', program, ...args] as const
  const [file, ...rest] = underShell ? (['sh', '-c', '"$@"; exit', 'sh', ...command] as const) : command
  return spawn(file, rest, {
    cwd,
    // The SDK must find no credentials of the machine either.
    env: { ...Object.fromEntries(inherited), AWS_EC2_METADATA_DISABLED: 'true', PORT: '0', ...env },
  })
}

async function endOf(child: ChildProcessWithoutNullStreams): Promise<Ended> {
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const [exitCode, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
  return { exitCode, signal, stdout, stderr }
}
