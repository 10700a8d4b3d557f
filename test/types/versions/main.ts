// `npm run test:types`: the published declarations on each TypeScript that is promised, under the settings that users have.
// Prints a table; fails when a project does not compile.
import { copyFileSync, existsSync, mkdirSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ended } from '../../helpers/cli.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
const root = join(here, '../../..')
const installed = join(here, 'node_modules')

const compilers = ['5.4', '5.9', '6', '7'] as const

/** What is compiled, by folder. TypeScript 5.4 does not know `isolatedDeclarations`. */
const projects = [
  { name: 'browser', shows: 'a page: Bundler, the DOM, no types of Node.js, libraries checked' },
  { name: 'server', shows: 'a package: NodeNext, declarations emitted, libraries checked' },
  { name: 'annotated', shows: 'a package: Bundler, isolatedDeclarations', without: '5.4' },
  { name: 'suite', shows: 'the type tests of test/types' },
] as const

const compilerOf = (version: string) => join(installed, `typescript-${version}`, 'bin/tsc')

async function install(): Promise<void> {
  if (compilers.every((version) => existsSync(compilerOf(version)))) return
  const { exitCode, stderr } = await ended('npm', ['ci', '--prefix', here], process.env)
  if (exitCode !== 0) throw new Error(`The compilers could not be installed:\n${stderr}`)
}

/** Puts the declarations where `npm install tailfold` would. */
async function publish(): Promise<void> {
  const folder = join(installed, 'tailfold')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  copyFileSync(join(root, 'package.json'), join(folder, 'package.json'))
  const args = ['-p', join(root, 'src/tsconfig.json'), '--emitDeclarationOnly', '--declarationMap', 'false']
  const { exitCode, stdout } = await ended(
    process.execPath,
    [join(root, 'node_modules/typescript/bin/tsc'), ...args, '--outDir', join(folder, 'dist')],
    process.env,
  )
  if (exitCode !== 0) throw new Error(`src does not compile:\n${stdout}`)
}

/** The errors in our own declarations and in the project; those of other packages are theirs. */
async function compile(version: string, project: string): Promise<readonly string[]> {
  const args = [compilerOf(version), '-p', join(here, project), '--pretty', 'false']
  const { exitCode, stdout, stderr } = await ended(process.execPath, args, process.env, here)
  const errors = `${stdout}${stderr}`.split('\n').filter((line) => /error TS|^error/.test(line))
  if (exitCode !== 0 && errors.length === 0) return [`exit code ${exitCode}: ${stderr}`]
  return errors.filter((line) => !/node_modules\/(?!tailfold\/)/.test(line))
}

await install()
await publish()
let failed = false
for (const { name, shows, ...rest } of projects) {
  console.log(`${name}: ${shows}`)
  for (const version of compilers.filter((each) => !('without' in rest) || each !== rest.without)) {
    const startedAt = performance.now()
    const errors = await compile(version, name)
    const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1)
    failed ||= errors.length > 0
    console.log(
      `  TypeScript ${version.padEnd(4)} ${errors.length === 0 ? 'compiles' : 'FAILS'} ${seconds.padStart(6)} s`,
    )
    for (const error of errors) console.error(`    ${error}`)
  }
}
rmSync(join(here, 'build'), { recursive: true, force: true })
if (failed) {
  console.error(
    `Run one again: node ${relative(process.cwd(), compilerOf('5.4'))} -p test/types/versions/<project>`,
  )
  process.exitCode = 1
}
