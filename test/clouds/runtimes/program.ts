import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/** A program of this folder in a process of its own. */
export interface Program {
  readonly url: URL
  stop(): Promise<void>
}

const require = createRequire(import.meta.url)
const inPackage = (name: string, path: string) => join(dirname(require.resolve(`${name}/package.json`)), path)

/** The runtimes that this folder installs. */
export const runtimes = {
  node: { command: process.execPath, args: [] },
  deno: {
    command: inPackage('@deno/linux-x64-glibc', 'deno'),
    args: ['run', '--allow-all', '--quiet', '--unstable-kv'],
  },
  bun: { command: inPackage('@oven/bun-linux-x64', 'bin/bun'), args: ['run'] },
} as const

/** Bundles a program and runs it until it prints its URL. `env` is what it needs besides the environment. */
export async function startProgram(
  file: string,
  runtime: keyof typeof runtimes,
  env: Readonly<Record<string, string>> = {},
): Promise<Program> {
  const folder = mkdtempSync(join(tmpdir(), 'tailfold-program-'))
  const program = join(folder, 'program.mjs')
  await build({
    entryPoints: [fileURLToPath(new URL(file, import.meta.url))],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'es2024',
    conditions: ['tailfold-source'],
    // Only the host of Azure has it; the package does without where it is missing.
    external: ['@azure/functions-core'],
    banner: {
      js: "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);",
    },
  })
  const { command, args } = runtimes[runtime]
  const stdio = ['ignore', 'pipe', 'pipe'] as const
  const child = spawn(command, [...args, program], { stdio: [...stdio], env: { ...process.env, ...env } })
  let [printed, errors] = ['', '']
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
  const ended = once(child, 'close').then(() => rmSync(folder, { recursive: true, force: true }))
  const url = await new Promise<URL>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed += text
      const [found] = /http:\/\/\S+/.exec(printed) ?? []
      if (found !== undefined && printed.includes('\n')) resolve(new URL(found))
    })
    void ended.then(() => reject(new Error(`${runtime} ended before it served: ${errors.slice(-2_000)}`)))
  })
  return {
    url,
    async stop() {
      child.kill('SIGKILL')
      await ended
    },
  }
}
