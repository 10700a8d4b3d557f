// `npm run test:platforms`: the packed package on every runtime that is promised. Prints a table; fails when a part
// fails and when a runtime is missing.
import { copyFileSync, existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type CommandEnded, ended } from '../../helpers/cli.ts'
import { temporaryFolder } from '../../helpers/local-server.ts'
import { installPackedPackage } from '../../helpers/packed-package.ts'
import { type Platform, platforms } from './platforms.ts'

const here = fileURLToPath(new URL('.', import.meta.url))

/** Runtimes that run at the same time. */
const atOnce = 2

interface Tried {
  readonly platform: Platform
  readonly problem: string | undefined
  readonly parts: number
  readonly seconds: number
}

async function installRuntimes(): Promise<void> {
  if (platforms.every(({ command }) => existsSync(command))) return
  const { exitCode, stderr } = await ended('npm', ['ci', '--prefix', here], process.env)
  if (exitCode !== 0)
    throw new Error(`The runtimes, binaries for Linux on x64, could not be installed:\n${stderr}`)
}

async function tryOn(platform: Platform, application: string, folder: string): Promise<Tried> {
  mkdirSync(folder)
  const startedAt = performance.now()
  const { command, args } = platform
  const program = [...args, join(application, 'program.mjs'), folder]
  const end = await ended(command, program, process.env, application).catch(missing)
  const { stdout: version } = await ended(command, ['--version'], process.env).catch(missing)
  const rightVersion = version.startsWith(platform.version)
  const parts = end.stdout.split('\n').filter((line) => line !== '').length
  return {
    platform,
    problem: rightVersion ? problemOf(platform, end) : `It is not installed: npm ci --prefix ${here}`,
    parts,
    seconds: (performance.now() - startedAt) / 1_000,
  }
}

function problemOf({ refusedWith }: Platform, { exitCode, stderr }: CommandEnded): string | undefined {
  if (refusedWith === undefined) return exitCode === 0 ? undefined : stderr
  if (exitCode === 0) return 'it was to be refused'
  return stderr.split('\n').includes(`Error: ${refusedWith}`) ? undefined : stderr
}

function missing(error: unknown): CommandEnded {
  return { exitCode: null, stdout: '', stderr: String(error) }
}

function row({ platform, problem, parts, seconds }: Tried): string {
  const passed = platform.refusedWith === undefined ? `works, ${parts} parts` : 'refused in one line'
  const verdict = problem === undefined ? passed : 'FAILS'
  return `${platform.name.padEnd(18)} ${verdict.padEnd(22)} ${seconds.toFixed(1).padStart(5)} s`
}

const folder = temporaryFolder()
try {
  const [{ application }] = await Promise.all([installPackedPackage(folder.path), installRuntimes()])
  copyFileSync(join(here, 'program.mjs'), join(application, 'program.mjs'))
  const tried: Tried[] = []
  const waiting = [...platforms.entries()]
  const tryAll = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [number, platform] = next
      const result = await tryOn(platform, application, join(folder.path, String(number)))
      console.log(row(result))
      tried.push(result)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, tryAll))
  const failed = tried.filter(({ problem }) => problem !== undefined)
  for (const { platform, problem } of failed) console.error(`\n${platform.name}:\n${problem}`)
  if (failed.length > 0) process.exitCode = 1
} finally {
  folder.remove()
}
