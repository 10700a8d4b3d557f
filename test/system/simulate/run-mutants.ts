import { execFile } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { install } from '../../clouds/install.ts'
import type { Change, Mutant, MutantSet } from './mutants/mutant.ts'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../../..', import.meta.url))
/** A mutant that takes longer hangs. */
const timeLimitMs = 400_000

/** What became of a mutant. */
export interface MutantResult {
  readonly name: string
  /** Undefined when it survived. */
  readonly killedBy: 'simulation' | 'tests' | undefined
  /** Histories run until the first violation; undefined when the simulation did not find it. */
  readonly histories: number | undefined
  /** The rule it broke. */
  readonly rule: string | undefined
}

/** Breaks a copy of the project one mutant at a time, and lets the simulation, then the tests, look for it. */
export async function runMutants(
  set: MutantSet,
  only: string | undefined,
  log: (line: string) => void,
): Promise<MutantResult[]> {
  const chosen = set.mutants.filter(({ name }) => only === undefined || name === only)
  const tests = [...new Set(chosen.flatMap((each) => each.tests ?? []))]
  if (tests.some(isOfClouds)) await install()
  const control = await tryMutant(set, { name: 'no change', changes: [] })
  const failing = control.killedBy === undefined && tests.length > 0 && (await failsTests(root, tests))
  if (control.killedBy !== undefined || failing)
    throw new Error(
      `The ${control.killedBy ?? 'tests'} fail without any change: ${control.rule ?? 'run npm test'}.`,
    )
  const results: MutantResult[] = []
  let next = 0
  async function take(): Promise<void> {
    for (let mutant = chosen[next++]; mutant !== undefined; mutant = chosen[next++]) {
      const result = await tryMutant(set, mutant)
      results.push(result)
      log(describeResult(result))
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, take))
  return results
}

/** Runs a set, prints what becomes of each mutant, or JSON; true when none survived. */
export async function reportMutants(
  set: MutantSet,
  { only, json }: { readonly only?: string | undefined; readonly json: boolean },
): Promise<boolean> {
  const results = await runMutants(set, only, json ? () => {} : console.log)
  const killed = results.filter(({ killedBy }) => killedBy !== undefined).length
  console.log(json ? JSON.stringify(results) : `${results.length} mutants, ${killed} killed`)
  return killed === results.length
}

function describeResult({ name, killedBy, histories, rule }: MutantResult): string {
  const by = killedBy === 'simulation' && histories !== undefined ? `${histories} histories` : killedBy
  return `${killedBy === undefined ? 'SURVIVED' : 'killed  '}  ${name.padEnd(58)} ${by ?? ''}  ${rule ?? ''}`
}

async function tryMutant(set: MutantSet, { name, changes, tests }: Mutant): Promise<MutantResult> {
  const folder = mkdtempSync(join(tmpdir(), 'tailfold-mutant-'))
  try {
    copyProject(folder)
    for (const change of changes) apply(folder, name, change)
    const found = tests === undefined ? await simulateIn(folder, set) : undefined
    if (found !== undefined) return { name, killedBy: 'simulation', ...found }
    const failed = await failsTests(folder, tests ?? set.tests)
    return { name, killedBy: failed ? 'tests' : undefined, histories: undefined, rule: undefined }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function copyProject(folder: string): void {
  for (const part of ['src', 'functions', 'test', 'docs', 'README.md', 'package.json', 'tsconfig.json']) {
    const filter = (path: string) =>
      !path.includes('node_modules') && !path.startsWith(join(root, 'test/bench'))
    cpSync(join(root, part), join(folder, part), { recursive: true, filter })
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
}

function apply(folder: string, name: string, { file, from, to }: Change): void {
  const path = join(folder, 'src', file)
  const text = readFileSync(path, 'utf8')
  if (text.split(from).length !== 2) {
    throw new Error(
      `Mutant "${name}": ${JSON.stringify(from)} must be exactly once in src/${file}; adapt it.`,
    )
  }
  writeFileSync(
    path,
    text.replace(from, () => to),
  )
}

async function simulateIn(
  folder: string,
  { worker, histories }: MutantSet,
): Promise<Pick<MutantResult, 'histories' | 'rule'> | undefined> {
  const args = ['--conditions=tailfold-source', join(folder, worker), String(histories)]
  try {
    const { stdout } = await run(process.execPath, args, { cwd: folder, timeout: timeLimitMs })
    const found = JSON.parse(stdout) as { readonly histories: number; readonly rule: string } | null
    return found ?? undefined
  } catch (error) {
    const { killed } = error as { readonly killed?: boolean }
    return { histories: undefined, rule: killed === true ? 'it hung' : 'it crashed' }
  }
}

async function failsTests(folder: string, tests: readonly string[]): Promise<boolean> {
  const clouds = tests.filter(isOfClouds)
  const others = tests.filter((test) => !clouds.includes(test))
  if (clouds.length > 0 && folder !== root) linkPackagesOfClouds(folder)
  const projects = ['--project', 'unit', '--project', 'dynamodb']
  return (
    (others.length > 0 &&
      !(await passes(folder, ['--config', 'test/vitest.config.ts', ...projects, ...others]))) ||
    (clouds.length > 0 && !(await passes(folder, ['--config', 'test/clouds/vitest.config.ts', ...clouds])))
  )
}

function isOfClouds(test: string): boolean {
  return test.startsWith('test/clouds')
}

async function passes(folder: string, args: readonly string[]): Promise<boolean> {
  try {
    const options = { cwd: folder, timeout: timeLimitMs, maxBuffer: 64 * 1024 * 1024 }
    await run('npx', ['vitest', 'run', '--bail', '1', ...args], options)
    return true
  } catch {
    return false
  }
}

/** All of them but the project itself, which is the broken copy. */
function linkPackagesOfClouds(folder: string): void {
  const [from, to] = [root, folder].map((each) => join(each, 'test/clouds/node_modules')) as [string, string]
  mkdirSync(to)
  for (const name of readdirSync(from)) if (name !== 'tailfold') symlinkSync(join(from, name), join(to, name))
  symlinkSync('../../..', join(to, 'tailfold'))
}
