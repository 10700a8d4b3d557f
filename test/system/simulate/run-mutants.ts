import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { mutants } from './mutants/index.ts'
import type { Change, Mutant } from './mutants/mutant.ts'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../../..', import.meta.url))
const histories = 2_000
/** A mutant that takes longer hangs. */
const timeLimitMs = 400_000

/** What became of a mutant. */
export interface MutantResult {
  readonly name: string
  /** Undefined when it survived. */
  readonly killedBy: 'simulation' | 'unit tests' | undefined
  /** Histories run until the first violation; undefined when the simulation did not find it. */
  readonly histories: number | undefined
  /** The rule it broke. */
  readonly rule: string | undefined
}

/** Breaks a copy of the project one mutant at a time, and lets the simulation, then the unit tests, look for it. */
export async function runMutants(
  only: string | undefined,
  log: (line: string) => void,
): Promise<MutantResult[]> {
  const chosen = mutants.filter(({ name }) => only === undefined || name === only)
  const control = await tryMutant({ name: 'no change', changes: [] })
  if (control.killedBy !== undefined)
    throw new Error(`The ${control.killedBy} fail without any change: ${control.rule ?? 'run npm test'}.`)
  const results: MutantResult[] = []
  let next = 0
  async function take(): Promise<void> {
    for (let mutant = chosen[next++]; mutant !== undefined; mutant = chosen[next++]) {
      const result = await tryMutant(mutant)
      results.push(result)
      const needed = result.histories === undefined ? '' : `${result.histories} histories`
      log(
        `${result.killedBy === undefined ? 'SURVIVED' : 'killed  '}  ${mutant.name.padEnd(52)} ${result.killedBy === 'simulation' ? needed : (result.killedBy ?? '')}  ${result.rule ?? ''}`,
      )
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, take))
  return results
}

async function tryMutant(mutant: Mutant): Promise<MutantResult> {
  const folder = mkdtempSync(join(tmpdir(), 'tailfold-mutant-'))
  try {
    for (const part of ['src', 'functions', 'test', 'package.json', 'tsconfig.json']) {
      const filter = (path: string) =>
        !path.includes('node_modules') && !path.startsWith(join(root, 'test/bench'))
      cpSync(join(root, part), join(folder, part), { recursive: true, filter })
    }
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
    for (const change of mutant.changes) apply(folder, mutant.name, change)
    const found = await simulateIn(folder)
    if (found !== undefined) return { name: mutant.name, killedBy: 'simulation', ...found }
    const unit = await failsUnitTests(folder)
    return {
      name: mutant.name,
      killedBy: unit ? 'unit tests' : undefined,
      histories: undefined,
      rule: undefined,
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function apply(folder: string, name: string, { file, from, to }: Change): void {
  const path = join(folder, 'src', file)
  const text = readFileSync(path, 'utf8')
  if (text.split(from).length !== 2) {
    throw new Error(
      `Mutant "${name}": ${JSON.stringify(from)} must be exactly once in src/${file}; adapt test/system/simulate/mutants.`,
    )
  }
  writeFileSync(
    path,
    text.replace(from, () => to),
  )
}

async function simulateIn(folder: string): Promise<Pick<MutantResult, 'histories' | 'rule'> | undefined> {
  const worker = join(folder, 'test/system/simulate/mutant-worker.ts')
  const args = ['--conditions=tailfold-source', worker, String(histories)]
  try {
    const { stdout } = await run(process.execPath, args, { cwd: folder, timeout: timeLimitMs })
    const found = JSON.parse(stdout) as { readonly histories: number; readonly rule: string } | null
    return found ?? undefined
  } catch (error) {
    const { killed } = error as { readonly killed?: boolean }
    return { histories: undefined, rule: killed === true ? 'it hung' : 'it crashed' }
  }
}

async function failsUnitTests(folder: string): Promise<boolean> {
  const suites = ['test/core', 'test/journal', 'test/runtimes/actors', 'test/testing', 'test/stores/memory']
  const args = [
    'vitest',
    'run',
    '--config',
    'test/vitest.config.ts',
    '--project',
    'unit',
    '--bail',
    '1',
    ...suites,
  ]
  try {
    await run('npx', args, { cwd: folder, timeout: timeLimitMs, maxBuffer: 64 * 1024 * 1024 })
    return false
  } catch {
    return true
  }
}
