import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb'
import { startDynamoDbLocal } from 'tailfold/testing/dynamodb-local'
import { describe, expect, inject, test, vi } from 'vitest'

describe('startDynamoDbLocal', () => {
  test('answers the SDK, tells its version, and is gone after stop', async () => {
    const server = await startDynamoDbLocal()
    try {
      expect(server.version).toMatch(/^\d{4}-\d\d-\d\d$/)
      expect(await tableNames(server.endpoint)).toEqual([])
    } finally {
      await server.stop()
    }
    expect(await answers(server.endpoint)).toBe(false)
    await server.stop()
  })

  test('runs several servers in one process, each on its own port', async () => {
    const servers = await Promise.all([startDynamoDbLocal(), startDynamoDbLocal()])
    try {
      expect(new Set([...servers.map((server) => server.endpoint), inject('endpoint')]).size).toBe(3)
      for (const server of servers) expect(await tableNames(server.endpoint)).toEqual([])
    } finally {
      await Promise.all(servers.map((server) => server.stop()))
    }
  })

  test('refuses a port that is in use, and names it', async () => {
    const occupant = createServer().listen(0, '127.0.0.1')
    await once(occupant, 'listening')
    const { port } = occupant.address() as AddressInfo
    try {
      await expect(startDynamoDbLocal({ port })).rejects.toMatchObject({
        name: 'DynamoDbLocalError',
        code: 'port-in-use',
        message: expect.stringContaining(`port ${port}`),
      })
    } finally {
      occupant.close()
    }
  })

  test('refuses what is no port number', async () => {
    await expect(startDynamoDbLocal({ port: 0.5 })).rejects.toThrow(TypeError)
  })

  test('says what to install when there is no java', async () => {
    const empty = await mkdtemp(join(tmpdir(), 'no-java-'))
    vi.stubEnv('PATH', empty)
    try {
      await expect(startDynamoDbLocal()).rejects.toMatchObject({
        code: 'java-missing',
        message: expect.stringContaining('apt-get install default-jre-headless'),
        cause: expect.any(Error),
      })
    } finally {
      vi.unstubAllEnvs()
      await rm(empty, { recursive: true })
    }
  })

  test('shows what Java printed when Java refuses to start', async () => {
    vi.stubEnv('JDK_JAVA_OPTIONS', '-XX:NoSuchOption')
    try {
      await expect(startDynamoDbLocal()).rejects.toMatchObject({
        code: 'start-failed',
        message: expect.stringContaining('NoSuchOption'),
      })
    } finally {
      vi.unstubAllEnvs()
    }
  })

  test.for(['SIGKILL', 'SIGTERM'] as const)('ends with a parent that got %s', async (signal) => {
    const parent = startingParent('setInterval(() => {}, 1000)')
    const endpoint = await parent.endpoint
    expect(await answers(endpoint)).toBe(true)
    parent.child.kill(signal)
    await vi.waitUntil(async () => !(await answers(endpoint)), { timeout: 5_000, interval: 50 })
  })

  test('does not keep the process that started it alive', async () => {
    const parent = startingParent('')
    const closed = once(parent.child, 'close')
    const endpoint = await parent.endpoint
    const [exitCode] = await Promise.race([closed, delay(5_000, ['still running'])])
    expect(exitCode).toBe(0)
    await vi.waitUntil(async () => !(await answers(endpoint)), { timeout: 5_000, interval: 50 })
  })
})

async function tableNames(endpoint: string): Promise<string[] | undefined> {
  const client = new DynamoDBClient({
    endpoint,
    region: 'local',
    credentials: { accessKeyId: 'starts', secretAccessKey: 'x' },
  })
  const { TableNames } = await client.send(new ListTablesCommand())
  client.destroy()
  return TableNames
}

function answers(endpoint: string): Promise<boolean> {
  return fetch(endpoint).then(
    () => true,
    () => false,
  )
}

// Another Node.js process that starts a server, prints its endpoint, and goes on with `then`.
function startingParent(then: string) {
  const program = `
    import { startDynamoDbLocal } from 'tailfold/testing/dynamodb-local'
    console.log((await startDynamoDbLocal()).endpoint)
    ${then}`
  const child = spawn(
    process.execPath,
    ['--conditions=tailfold-source', '--input-type=module', '--eval', program],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const endpoint = once(createInterface({ input: child.stdout }), 'line').then(([line]) => String(line))
  return { child, endpoint }
}
