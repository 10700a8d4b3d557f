import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { probePort } from '../../../src/testing/dynamodb-local/port.ts'
import { deposit, stateOf, temporaryFolder } from '../../helpers/local-server.ts'
import { copyService, serverless } from '../../helpers/serverless-package.ts'

const timeout = 120_000

let folder: ReturnType<typeof temporaryFolder>
let running: ChildProcess[] = []

beforeEach(() => {
  folder = temporaryFolder()
  copyService(folder.path)
})

afterEach(() => {
  for (const child of running) child.kill('SIGKILL')
  running = []
  folder.remove()
})

/** A process of its own that does what `npm run dev:serverless` does, without region and credentials. */
function start(env: NodeJS.ProcessEnv, ...shell: readonly string[]): ChildProcess {
  const [file, ...args] = [...shell, process.execPath, serverless, 'offline', 'start'] as const
  const child = spawn(String(file), args, {
    cwd: folder.path,
    env: { PATH: process.env['PATH'], HOME: folder.path, ...env },
  })
  running.push(child)
  return child
}

/** What it says until it is ready, or until it ends. */
async function greetingOf({ stdout, stderr }: ChildProcess): Promise<string> {
  let greeting = ''
  const said = Promise.withResolvers<void>()
  for (const stream of [stdout, stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      greeting += chunk.toString()
      if (greeting.includes('Server ready')) said.resolve()
    })
  }
  stdout?.once('close', said.resolve)
  await said.promise
  return greeting
}

const answers = (url: string) =>
  fetch(url).then(
    () => true,
    () => false,
  )

describe('npm run dev:serverless', { timeout }, () => {
  test('serves the bank from a DynamoDB Local of its own; both are gone when npm is', async () => {
    const port = await probePort(0)
    const url = `http://localhost:${port}`
    // npm's shell takes the signal and tells nobody.
    const env = { npm_lifecycle_event: 'dev:serverless', PORT: String(port) }
    const npm = start(env, 'sh', '-c', '"$@"; exit', 'sh')
    const greeting = await greetingOf(npm)
    const pattern =
      /table tailfold-bank-dev in DynamoDB Local [\d-]+ at (http:\S+): gone when the server stops/
    expect(greeting).toMatch(pattern)
    const [, database = ''] = pattern.exec(greeting) ?? []

    expect(await deposit(url, 5)).toEqual([204, 204, 204, 204, 204])
    expect(await stateOf(url)).toEqual({ balance: 5, txCount: 5 })
    expect(await Promise.all([url, database].map(answers))).toEqual([true, true])
    npm.kill('SIGTERM')
    await vi.waitFor(
      async () => expect(await Promise.all([url, database].map(answers))).toEqual([false, false]),
      { timeout: 30_000, interval: 100 },
    )
  })

  test('says without Java what to install, and ends', async () => {
    const child = start({ PATH: '' })
    const [greeting, [exitCode]] = await Promise.all([greetingOf(child), once(child, 'close')])
    expect(greeting).toContain('DynamoDB Local needs Java 17 or newer')
    expect(greeting).toContain('Set DYNAMODB_ENDPOINT')
    expect(exitCode).toBe(1)
  })
})
