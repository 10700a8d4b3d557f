import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { type CommandEnded, ended } from '../../helpers/cli.ts'
import { root } from '../../helpers/doc-blocks.ts'
import { temporaryFolder } from '../../helpers/local-server.ts'
import { unzip } from '../../helpers/zip.ts'

const { application } = inject('packed')
const folder = temporaryFolder()
const service = join(folder.path, 'My Shop')
let created: CommandEnded

/** As `npm install` leaves it: what is published, and the versions of other packages that this repository has. */
function installFromHere(): void {
  const packages = join(service, 'node_modules')
  mkdirSync(packages)
  for (const name of readdirSync(join(root, 'node_modules'))) {
    symlinkSync(join(root, 'node_modules', name), join(packages, name))
  }
  cpSync(join(application, 'node_modules/tailfold'), join(packages, 'tailfold'), { recursive: true })
}

/** Runs a script of the service, without credentials and without network. */
function npm(...args: readonly string[]): Promise<CommandEnded> {
  const nowhere = 'http://127.0.0.1:1'
  const env = {
    PATH: process.env['PATH'],
    HOME: folder.path,
    HTTP_PROXY: nowhere,
    HTTPS_PROXY: nowhere,
    SLS_SCHEMA_CACHE_BASE_DIR: join(root, 'node_modules/.cache'),
  }
  return ended('npm', ['--loglevel=error', ...args], env, service)
}

beforeAll(async () => {
  created = await ended('npx', ['tailfold', 'init', service], process.env, application)
  installFromHere()
})
afterAll(() => folder.remove())

describe('the service that npx tailfold init writes', () => {
  test('is named after its folder, and what to do next is printed', () => {
    expect(created).toMatchObject({ exitCode: 0, stderr: '' })
    expect(created.stdout).toMatch(/^Wrote \d+ files of the service my-shop to /)
    expect(created.stdout).toContain(`  cd '${service}' && npm install\n  npm test\n  npm start`)
    const manifest = JSON.parse(readFileSync(join(service, 'package.json'), 'utf8')) as { name: string }
    expect(manifest.name).toBe('my-shop')
  })

  test('asks for versions of packages that were tested', () => {
    const { dependencies, devDependencies } = JSON.parse(
      readFileSync(join(service, 'package.json'), 'utf8'),
    ) as Record<string, Record<string, string>>
    const own = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      version: string
      devDependencies: Record<string, string>
    }
    expect({ ...dependencies, ...devDependencies }).toEqual({
      ...Object.fromEntries(
        [
          '@aws-sdk/client-dynamodb',
          '@aws-sdk/lib-dynamodb',
          '@middy/core',
          '@types/node',
          'esbuild',
          'serverless',
          'typescript',
        ].map((name) => [name, own.devDependencies[name]]),
      ),
      tailfold: `^${own.version}`,
    })
  })

  test('tests its entity', async () => {
    const { exitCode, stdout } = await npm('test')
    expect([exitCode, /^. pass (\d+)$/m.exec(stdout)?.[1]]).toEqual([0, '3'])
  })

  test('compiles', async () => {
    expect(await npm('run', 'typecheck')).toMatchObject({ exitCode: 0, stderr: '' })
  })

  test('is packaged into a Lambda and its template, under its own name', async () => {
    const { exitCode, stderr } = await npm('run', 'package')
    expect([exitCode, stderr]).toEqual([0, expect.stringContaining('Service packaged')])
    expect(stderr).toContain("authorize is 'everybody'")
    const archive = unzip(readFileSync(join(service, '.serverless/bank.zip')))
    expect([...archive.keys()]).toEqual(['build/bank/handler.mjs'])
    expect(existsSync(join(service, '.serverless/readModels.zip'))).toBe(true)
    const template = readFileSync(
      join(service, '.serverless/cloudformation-template-update-stack.json'),
      'utf8',
    )
    expect(template).toContain('"TAILFOLD_TABLE": "my-shop-dev"')
    expect(template).not.toContain('tailfold-bank')
  })

  test('has a handler that loads as Lambda loads it', async () => {
    expect((await npm('run', 'bundle', '--', 'functions/bank/handler.ts', 'artifacts/build')).exitCode).toBe(
      0,
    )
    const file = pathToFileURL(join(service, 'artifacts/build/bank/handler.mjs'))
    const program = `console.log(typeof (await import(${JSON.stringify(file)})).handler)`
    const env = {
      ...process.env,
      TAILFOLD_TABLE: 'my-shop-dev',
      TAILFOLD_ROWS_TABLE: 'my-shop-dev-rows',
      AWS_REGION: 'eu-central-1',
    }
    const args = ['--input-type=module', '--eval', program]
    expect(await ended(process.execPath, args, env)).toMatchObject({ exitCode: 0, stdout: 'function\n' })
  })

  test('is served on this machine, and keeps its data when it stops', async () => {
    const deposit = {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"amount":100}',
    }
    await whileServed(async (url) => {
      expect((await fetch(`${url}/account/a/Deposit`, deposit)).status).toBe(204)
    })
    await whileServed(async (url) => {
      expect(await (await fetch(`${url}/account/a`)).json()).toEqual({ balance: 100, txCount: 1 })
      const after = { headers: { 'tailfold-after': 'account/a@1' } }
      const row = await fetch(`${url}/views/balances/a`, after)
      expect([row.status, await row.json()]).toEqual([200, { balance: 100 }])
    })
  })

  test('is not written over: a second run says what is in the way', async () => {
    const before = readFileSync(join(service, 'functions/bank/account.ts'), 'utf8')
    const again = await ended('npx', ['tailfold', 'init', service], process.env, application)
    expect(again.exitCode).toBe(1)
    expect(again.stdout).toMatch(/^Nothing was written, because of package\.json, tsconfig\.json, /)
    expect(readFileSync(join(service, 'functions/bank/account.ts'), 'utf8')).toBe(before)
  })

  test('holds no reference to what only this repository has', () => {
    const named = readdirSync(service, { recursive: true, encoding: 'utf8' })
      .filter((path) => /^(functions|infra|\w+\.\w+$)/.test(path) && /\.\w+$/.test(path))
      .flatMap((path) => [...readFileSync(join(service, path), 'utf8').matchAll(/[\w./-]+\/docs\/\w+\.md/g)])
      .map(([file]) => file)
    expect(named.length).toBeGreaterThan(3)
    expect(named.filter((file) => !existsSync(join(service, file)))).toEqual([])
  })
})

/** Runs what `npm start` runs, on a free port. */
async function whileServed(use: (url: string) => Promise<void>): Promise<void> {
  const { scripts } = JSON.parse(readFileSync(join(service, 'package.json'), 'utf8')) as {
    scripts: { start: string }
  }
  const [, ...args] = scripts.start.split(' ')
  const server = spawn(process.execPath, args, { cwd: service, env: { ...process.env, PORT: '0' } })
  try {
    const [line] = (await once(createInterface(server.stdout), 'line')) as [string]
    await use(/http:\/\/[^,\s]+/.exec(line)?.[0] ?? line)
  } finally {
    server.kill('SIGTERM')
    if (server.exitCode === null) await once(server, 'exit')
  }
}
