import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type BuildOptions, build } from 'esbuild'
import { type LambdaBundleOptions, lambdaBundle } from 'tailfold/esbuild'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { root } from '../../helpers/doc-blocks.ts'
import { temporaryFolder } from '../../helpers/local-server.ts'

const folder = temporaryFolder()
const key = { AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'secret' }

beforeAll(() => symlinkSync(join(root, 'node_modules'), join(folder.path, 'node_modules')))
afterAll(() => folder.remove())

/** Bundles a program with the preset and the user's own options over it. Resolves with the file. */
async function bundle(program: string, preset: LambdaBundleOptions = {}, own: BuildOptions = {}) {
  const name = `program-${globalThis.crypto.randomUUID()}`
  writeFileSync(join(folder.path, `${name}.ts`), program)
  const outdir = join(folder.path, 'build')
  const options = { ...lambdaBundle(preset), entryPoints: [join(folder.path, `${name}.ts`)], outdir, ...own }
  const { metafile } = await build({ ...options, absWorkingDir: folder.path, metafile: true })
  return { file: join(outdir, `${name}.mjs`), inputs: Object.keys(metafile?.inputs ?? {}) }
}

/** Runs a bundle; resolves with what it printed, parsed. */
async function run(file: string, env: Readonly<Record<string, string>> = {}): Promise<unknown> {
  const { stdout } = await promisify(execFile)(process.execPath, [file], {
    env: { HOME: folder.path, ...env },
  })
  return JSON.parse(stdout)
}

describe('a bundle', () => {
  test('has built-in modules and CommonJS packages as Node.js gives them', async () => {
    const common = join(folder.path, 'common.cjs')
    writeFileSync(common, `exports.http = require('node:http'); exports.path = require('path')`)
    const { file } = await bundle(`
      import http, { Agent, request as send } from 'http'
      import * as https from 'node:https'
      import http2 from 'node:http2'
      import { path, http as required } from './common.cjs'
      const builtin = (name) => process.getBuiltinModule(name)
      const { createServer } = await import('node:http')
      class OwnAgent extends Agent {}
      console.log(JSON.stringify([
        http === builtin('http'), required === http, send === http.request, createServer === http.createServer,
        https.request === builtin('https').request, http2.connect === builtin('http2').connect,
        new OwnAgent() instanceof http.Agent, path.posix.join('a', 'b'),
      ]))`)
    expect(await run(file)).toEqual([true, true, true, true, true, true, true, 'a/b'])
  })

  test('does not load undici for the sake of node:http', async () => {
    const { file } = await bundle(`
      import { request } from 'node:http'
      const modules = process.moduleLoadList.filter((name) => name.includes('undici'))
      console.log(JSON.stringify([typeof request, modules]))`)
    expect(await run(file)).toEqual(['function', []])
  })

  test('keeps to the options set over it', async () => {
    const shout = {
      name: 'shout',
      setup({ onLoad }: Parameters<ReturnType<typeof lambdaBundle>['plugins'][number]['setup']>[0]) {
        onLoad({ filter: /shout\.txt$/ }, () => ({ contents: 'HELLO', loader: 'text' as const }))
      },
    }
    writeFileSync(join(folder.path, 'shout.txt'), 'hello')
    const plugins = [...lambdaBundle().plugins, shout]
    const program = `import text from './shout.txt'; console.log(JSON.stringify(text))`
    const { file } = await bundle(program, { minify: false }, { plugins, banner: { js: '// own' } })
    expect(await run(file)).toBe('HELLO')
    expect(readFileSync(file, 'utf8')).toMatch(/^\/\/ own\n/)
  })

  test('takes packages by the conditions given, and else the smaller ES modules', async () => {
    const place = join(folder.path, 'of-conditions')
    mkdirSync(place)
    const exports = { own: './own.js', module: './module.js', default: './default.js' }
    writeFileSync(join(place, 'package.json'), JSON.stringify({ name: 'of-conditions', exports }))
    for (const name of ['own', 'module', 'default']) {
      writeFileSync(join(place, `${name}.js`), `export const name = '${name}'`)
    }
    const program = `import { name } from 'of-conditions'; console.log(JSON.stringify(name))`
    writeFileSync(join(place, 'program.ts'), program)
    const entryPoints = [join(place, 'program.ts')]
    const names = [{}, { conditions: ['own'] }].map(async (preset) => {
      const { outputFiles } = await build({
        ...lambdaBundle(preset),
        entryPoints,
        outdir: place,
        write: false,
      })
      return /"(\w+)"/.exec(outputFiles[0]?.text.split('\n').slice(1).join('') ?? '')?.[1]
    })
    expect(await Promise.all(names)).toEqual(['module', 'own'])
  })
})

describe('credentials of a bundled SDK', () => {
  const asking = `
    import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
    const { config } = new DynamoDBClient({})
    const told = (ask) => ask().catch(({ name, message }) => ({ name, message }))
    const { $source, ...credentials } = await told(config.credentials)
    console.log(JSON.stringify([credentials, await told(config.region)]))`
  let environment: Awaited<ReturnType<typeof bundle>>
  beforeAll(async () => {
    environment = await bundle(asking)
  })

  test('are those of the environment, with the session token and the account if there are any', async () => {
    const known = { accessKeyId: 'key', secretAccessKey: 'secret' }
    expect(await run(environment.file, { ...key, AWS_REGION: 'eu-central-1' })).toEqual([
      known,
      'eu-central-1',
    ])
    const [session] = (await run(environment.file, {
      ...key,
      AWS_SESSION_TOKEN: 'token',
      AWS_ACCOUNT_ID: '123456789012',
    })) as [object]
    expect(session).toEqual({ ...known, sessionToken: 'token', accountId: '123456789012' })
  })

  test('are read at every call', async () => {
    const { file } = await bundle(`
      import { defaultProvider } from '@aws-sdk/credential-provider-node'
      const provide = defaultProvider()
      const { accessKeyId: before } = await provide()
      process.env.AWS_ACCESS_KEY_ID = 'renewed'
      console.log(JSON.stringify([before, (await provide()).accessKeyId]))`)
    expect(await run(file, key)).toEqual(['key', 'renewed'])
  })

  test.for([{}, { AWS_ACCESS_KEY_ID: 'key' }, { AWS_SECRET_ACCESS_KEY: 'secret' }])(
    'are said to be missing with the way out, given only %j',
    async (env: Record<string, string>) => {
      const [error] = (await run(environment.file, env)) as [unknown]
      expect(error).toEqual({
        name: 'CredentialsProviderError',
        message: expect.stringContaining("bundle with lambdaBundle({ credentials: 'chain' })"),
      })
    },
  )

  test('bring along no code that looks elsewhere, unless they may come from the whole chain', async () => {
    const elsewhere = /credential-provider-(node|ini|sso|process|http|web-identity|login)/
    expect(environment.inputs.filter((path) => elsewhere.test(path))).toEqual([
      'tailfold-environment-credentials:@aws-sdk/credential-provider-node',
    ])
    mkdirSync(join(folder.path, '.aws'))
    writeFileSync(
      join(folder.path, '.aws/credentials'),
      '[default]\naws_access_key_id = filed\naws_secret_access_key = secret\n',
    )
    const chain = await bundle(asking, { credentials: 'chain' })
    const [credentials] = (await run(chain.file)) as [object]
    expect(credentials).toMatchObject({ accessKeyId: 'filed' })
  })

  test('come without the configuration files of the home directory, but with those the environment names', async () => {
    const named = join(folder.path, 'named-config')
    for (const file of [named, join(folder.path, '.aws/config')]) {
      writeFileSync(file, '[default]\nregion = eu-north-1\n')
    }
    const [, missing] = (await run(environment.file, key)) as [object, unknown]
    expect(missing).toMatchObject({ message: 'Region is missing' })
    const [, region] = (await run(environment.file, { ...key, AWS_CONFIG_FILE: named })) as [object, unknown]
    expect(region).toBe('eu-north-1')
  })
})

test('the SDK installed here has the pieces that the preset mends', async () => {
  const { file } = await bundle(
    `import { DynamoDBClient } from '@aws-sdk/client-dynamodb'; console.log(DynamoDBClient)`,
    { minify: false },
  )
  const text = readFileSync(file, 'utf8')
  expect(text.match(/\.getReader === "function" &&/g)).toHaveLength(2)
  expect(text).toContain('AWS_SHARED_CREDENTIALS_FILE) return { configFile: {}')
  // None of the SDK is wrapped to be loaded later.
  expect(text).not.toContain('__esm(')
})

describe('a journal of four methods', () => {
  const program = `
    import { createEngine, systemPlatform } from ${JSON.stringify(join(root, 'src/index.ts'))}
    import { toJournal } from ${JSON.stringify(join(root, 'src/journal/index.ts'))}
    const journal = { persist: async () => 'persisted', async *load() {}, saveSnapshot() {}, async loadSnapshot() {} }
    const entity = { entityType: 'e', initialState: 0, onEvent: (n) => n, onCommand: () => ({ kind: 'same' }) }
    const read = async () => createEngine(entity, { journal: toJournal(journal), platform: systemPlatform }).read('1')
    console.log(JSON.stringify(await read().catch(({ message }) => message)))`
  const conditions = ['tailfold-source']

  test('is adapted', async () => {
    const { file } = await bundle(program, { conditions })
    expect(await run(file)).toEqual({ revision: 0, sequenceNr: 0, state: 0 })
  })
})

test.for<[object, string]>([
  [{ sdk: 'both' }, `lambdaBundle: sdk must be 'bundled' or 'external', not "both".`],
  [{ credentials: 'none' }, `lambdaBundle: credentials must be 'environment' or 'chain', not "none".`],
  [{ minify: 'no' }, 'lambdaBundle: minify must be true or false, not "no".'],
  [{ conditions: 'source' }, 'lambdaBundle: conditions must be a list of texts, not "source".'],
  [
    { credential: 'chain' },
    'lambdaBundle has no option "credential"; its options are sdk, credentials, minify, conditions.',
  ],
])('an option that is unknown, or has an unknown value, is refused: %o', ([options, message]) => {
  expect(() => lambdaBundle(options)).toThrow(new TypeError(message))
})
