import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readConsumersArguments } from '../../src/cli/consumers.ts'
import { starterFiles } from '../../src/cli/init/starter-files.ts'
import { readInitArguments } from '../../src/cli/init.ts'
import { readRepairArguments } from '../../src/cli/repair.ts'
import { readStoreArguments } from '../../src/cli/store.ts'
import { readArguments } from '../../src/cli/table.ts'
import { readViewsArguments } from '../../src/cli/views.ts'
import {
  blocksIn,
  blocksOf,
  consoleSteps,
  type DocBlock,
  documents,
  expectedOutput,
  patternOf,
  root,
  textOf,
} from '../helpers/doc-blocks.ts'
import { docPrograms, needsJava } from '../helpers/doc-programs.ts'
import { type LocalServer, startLocalServer } from '../helpers/local-server.ts'

const run = promisify(execFile)
const { scripts, bin } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>
  bin: Record<string, string>
}

/** What `npx tailfold init` writes has scripts of its own, which docs/install.md shows. */
const starter = JSON.parse(starterFiles('service').get('package.json') ?? '') as {
  scripts: Record<string, string>
}

const titled = (block: DocBlock) => ({ ...block, where: `${block.file}:${block.line}` })
const programs = blocksIn('ts').map(titled)

describe('the documents', () => {
  test('have blocks of the kinds that are tested, and text', () => {
    // Those of docs/jest.md run in Jest: test/system/consumers.
    const ours = documents.filter((file) => file !== 'docs/jest.md')
    const languages = ours.flatMap(blocksOf).map(({ language }) => language)
    // `js` blocks run in a browser: test/system/browser.
    expect([...new Set(languages)].toSorted()).toEqual(['console', 'js', 'json', 'sh', 'text', 'ts'])
  })

  test.for(documents)('%s links to files that exist', (file) => {
    const links = [...textOf(file).matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/g)].map(([, path = '']) => path)
    expect(links.filter((path) => !existsSync(join(root, dirname(file), path)))).toEqual([])
  })

  test.for(documents)('%s names only npm scripts that exist', (file) => {
    const named = [...textOf(file).matchAll(/\bnpm (?:run ([\w:-]+)|(start|test)\b)/g)].map(
      ([, ran, short]) => ran ?? short,
    )
    const known = { ...starter.scripts, ...scripts }
    expect(named.filter((name) => name === undefined || !(name in known))).toEqual([])
  })

  test('docs/install.md shows the compiler options that init writes', () => {
    const [shown] = blocksOf('docs/install.md').filter(({ language }) => language === 'json')
    const { compilerOptions } = JSON.parse(starterFiles('service').get('tsconfig.json') ?? '')
    expect(JSON.parse(shown?.text ?? '')).toEqual({ compilerOptions, include: ['src'] })
  })

  test('docs/local.md shows how the local server of init stops', () => {
    const stops = blocksOf('docs/local.md').filter(({ text }) => text.startsWith('async function stop'))
    expect(
      stops.map(({ text }) => starterFiles('service').get('functions/bank/local.ts')?.includes(text)),
    ).toEqual([true])
  })

  test('show an entity of 30 lines in an example of 40', () => {
    const [example = ''] = programs.filter(({ file }) => file === 'README.md').map(({ text }) => text)
    const entity = /^type Event[^]*^export const account = entity[^]*?^\}\)$/m.exec(example)?.[0] ?? ''
    const lines = entity.split('\n').filter((line) => line.trim() !== '').length
    expect([lines > 20, lines <= 30]).toEqual([true, true])
    expect(example.trimEnd().split('\n').length).toBeLessThanOrEqual(40)
  })
})

describe('a command in an `sh` block exists', () => {
  const npm = [
    'npm ci',
    'npm install',
    'npm init',
    'npm pkg',
    ...Object.keys(scripts).flatMap((name) => [`npm ${name}`, `npm run ${name}`]),
  ]
  const names = [...readdirSync(join(root, 'node_modules/.bin')), ...Object.keys(bin)]
  const npx = names.map((name) => `npx ${name}`)
  const commands = blocksIn('sh').flatMap(({ text }) =>
    text
      .split('\n')
      .flatMap((line) => line.replace(/(^|\s)#.*/, '').split('&&'))
      .map((command) => command.trim().replace(/^(\w+=\S+ )+/, ''))
      .filter((command) => command !== ''),
  )
  test.for(commands)('%s', (command) => {
    const named = /^(npm run \S+|\S+ \S+)/.exec(command)?.[0]
    expect([...npm, ...npx]).toContain(named)
  })

  test.for(commands.filter((command) => command.startsWith('npx tailfold ')))('%s', (command) => {
    const [noun, ...rest] = command.split(' ').slice(2)
    const readers: Readonly<Record<string, () => unknown>> = {
      init: () => readInitArguments(rest),
      repair: () => readRepairArguments(rest),
      consumers: () => readConsumersArguments(rest),
      store: () => readStoreArguments(rest),
      views: () => readViewsArguments(rest),
    }
    const read = readers[noun ?? ''] ?? (() => readArguments(rest, {}))
    expect(read()).toBeDefined()
  })
})

describe('a `ts` block', { timeout: 60_000 }, () => {
  const folder = docPrograms(programs)
  afterAll(() => folder.remove())

  test('compiles with the strict settings of this repository', async () => {
    const tsc = join(root, 'node_modules/typescript/bin/tsc')
    const compiled = run(process.execPath, [tsc, '-p', folder.path])
    const { stdout } = await compiled.catch((error: { stdout: string }) => error)
    expect(stdout).toBe('')
  })

  // Those that need Java run in test/stores/dynamodb/docs.test.ts.
  const withoutJava = programs.filter((block) => !needsJava(block))
  test.for(withoutJava)('$where prints what its comments say', async (block) => {
    expect(await folder.linesOf(block)).toEqual(expectedOutput(block))
  })

  const handlers = programs.filter(({ text }) => text.includes('export const handler'))
  test.for(handlers)('$where exports a handler, bundled for Lambda', async (block) => {
    const outfile = join(folder.path, 'bundle', 'handler.mjs')
    await build({
      entryPoints: [folder.fileOf(block)],
      outfile,
      bundle: true,
      platform: 'node',
      format: 'esm',
      conditions: ['tailfold-source'],
      banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
      logLevel: 'silent',
    })
    const program = `console.log(typeof (await import(${JSON.stringify(pathToFileURL(outfile))})).handler)`
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', program])
    expect(stdout).toBe('function\n')
  })
})

describe('a `console` block runs as shown', { timeout: 60_000 }, () => {
  let server: LocalServer
  beforeAll(async () => {
    server = await startLocalServer({ args: ['--journal', 'memory'] })
  }, 60_000)
  afterAll(async () => {
    server.kill('SIGTERM')
    await server.ended
  })

  // Those of docs/cli.md run in test/cli/page.test.ts.
  const sessions = blocksIn('console')
    .filter(({ file }) => file !== 'docs/cli.md')
    .map(titled)
  test.for(sessions)('$where', async (block) => {
    for (const { command, prints } of consoleSteps(block)) {
      const here = command.replaceAll('localhost:3000', new URL(server.url).host)
      const { stdout } = await run('bash', ['-c', here])
      const printed = stdout.replaceAll('\r', '').trimEnd()
      expect(`$ ${command}\n${printed}`).toMatch(patternOf(`$ ${command}\n${prints}`))
    }
  })
})
