import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { SimulationReport } from '../../../src/testing/simulate/index.ts'
import { type Mutant, mutants } from './mutant-list.ts'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../../..', import.meta.url))
const histories = 3_000
const timeLimitMs = 120_000

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

function apply(folder: string, name: string, { file, from, to }: Mutant['changes'][number]): void {
  const path = join(folder, 'src', file)
  const text = readFileSync(path, 'utf8')
  if (text.split(from).length !== 2) {
    throw new Error(
      `Mutant "${name}": ${JSON.stringify(from)} must stand exactly once in src/${file}; mend mutant-list.ts.`,
    )
  }
  writeFileSync(
    path,
    text.replace(from, () => to),
  )
}

async function simulateIn(folder: string): Promise<Pick<MutantResult, 'histories' | 'rule'> | undefined> {
  const args = [
    '--conditions=tailfold-source',
    join(folder, 'test/system/simulate/worker.ts'),
    '1',
    String(histories),
  ]
  try {
    const { stdout } = await run(process.execPath, args, {
      cwd: folder,
      timeout: timeLimitMs,
      maxBuffer: 64 * 1024 * 1024,
    })
    const report = JSON.parse(stdout) as SimulationReport
    const [violation] = report.violations
    return violation && { histories: report.histories, rule: violation.rule }
  } catch {
    return { histories: 1, rule: 'it crashed or hung' }
  }
}

async function failsUnitTests(folder: string): Promise<boolean> {
  const suites = ['test/core', 'test/actors', 'test/journal']
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
