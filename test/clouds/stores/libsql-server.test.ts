import { generateKeyPairSync, sign } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createClient } from '@libsql/client'
import { createSchema, describeSchema, libsqlStore, schemaSql } from 'tailfold/libsql'
import { sqliteStore } from 'tailfold/sqlite'
import type { LocalServer } from 'tailfold/testing/sqld'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { temporaryFolder } from '../../helpers/local-server.ts'
import { rejectionOf } from '../../helpers/thrown.ts'
import { createIn, startSqld, withClient } from './libsql-server.ts'

const folder = temporaryFolder()
const record = { v: 1, id: 'c', h: 'h' }
const servers: LocalServer[] = []

async function start(options: Parameters<typeof startSqld>[0] = {}): Promise<LocalServer> {
  const server = await startSqld(options)
  servers.push(server)
  return server
}

const file = (name: string) => join(folder.path, name)
let server: LocalServer
beforeAll(async () => {
  server = await start()
})
afterAll(async () => {
  for (const each of servers) await each.stop()
  folder.remove()
})

describe('a libSQL database', () => {
  test('holds the tables once, however many clients create them at once', async () => {
    for (const url of [server.address, `file:${file('racing.db')}`]) {
      await Promise.all(Array.from({ length: 8 }, () => createIn(url)))
      await withClient(url, async (client) => {
        await client.executeMultiple(schemaSql())
        expect(await describeSchema(client)).toMatchObject({ exists: true, fits: true })
        await expect(libsqlStore({ client }).verify?.()).resolves.toBeUndefined()
      })
    }
  })

  test('without the tables says how to create them', async () => {
    const { address } = await start()
    for (const url of [address, `file:${file('missing.db')}`])
      await withClient(url, async (client) => {
        const store = libsqlStore({ client })
        for (const failing of [async () => store.append('a/a', 1, record), async () => store.verify?.()])
          expect(await rejectionOf(failing())).toMatchObject({
            retryable: false,
            data: { applied: 'no' },
            message: expect.stringContaining('createSchema(client)'),
          })
      })
  })

  test('is not touched where it holds tables of another program, or a journal of tailfold/sqlite', async () => {
    sqliteStore({ file: file('embedded.db') }).close()
    await withClient(`file:${file('other.db')}`, (client) => client.execute('CREATE TABLE commits (id INT)'))
    for (const name of ['embedded.db', 'other.db'])
      await withClient(`file:${file(name)}`, async (client) => {
        const tables = async () => (await client.execute('SELECT name FROM sqlite_schema ORDER BY 1')).rows
        const before = await tables()
        const store = libsqlStore({ client })
        for (const failing of [createSchema(client), Promise.resolve(store.verify?.())])
          expect(await rejectionOf(failing)).toMatchObject({
            code: 'store-unavailable',
            retryable: false,
            message: expect.stringContaining('tables of another program'),
          })
        expect(await tables()).toEqual(before)
      })
  })

  test('that another connection has locked is retryable, and nothing was written', async () => {
    const url = `file:${file('locked.db')}`
    await createIn(url)
    await withClient(url, async (holder) => {
      const impatient = createClient({ url })
      const store = libsqlStore({ client: impatient })
      const lock = await holder.transaction('write')
      for (let time = 0; time < 3; time++)
        expect(await rejectionOf(store.append('a/a', 1, record))).toMatchObject({
          retryable: true,
          data: { applied: 'no' },
          message: expect.stringContaining('timeout'),
        })
      await lock.rollback()
      expect((await store.recover('a/a', 4)).commits).toEqual([])
      expect(await store.append('a/a', 1, record)).toEqual({ kind: 'appended' })
      impatient.close()
    })
  })
})

describe('an sqld server', () => {
  test('with a token refuses others, and one that may only read is found unfit', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519')
    writeFileSync(file('key.pem'), publicKey.export({ type: 'spki', format: 'pem' }))
    const { address } = await start({ args: ['--auth-jwt-key-file', file('key.pem')] })
    const tokenFor = (access: string) => {
      const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
      const text = `${part({ alg: 'EdDSA', typ: 'JWT' })}.${part({ a: access })}`
      return `${text}.${sign(null, Buffer.from(text), privateKey).toString('base64url')}`
    }
    const verify = async (authToken?: string) => {
      const client = createClient({ url: address, ...(authToken !== undefined && { authToken }) })
      try {
        await libsqlStore({ client }).verify?.()
      } finally {
        client.close()
      }
    }
    const admin = createClient({ url: address, authToken: tokenFor('rw') })
    await createSchema(admin)
    admin.close()
    await verify(tokenFor('rw'))
    expect(await rejectionOf(verify())).toMatchObject({
      retryable: false,
      data: { applied: 'no' },
      message: expect.stringContaining('authToken'),
    })
    expect(await rejectionOf(verify(tokenFor('ro')))).toMatchObject({
      retryable: false,
      data: { applied: 'no' },
      message: expect.stringContaining('write'),
    })
  })

  test('serves clients over a WebSocket too', async () => {
    await createIn(server.address)
    await withClient(server.address.replace('http:', 'ws:'), async (client) => {
      const store = libsqlStore({ client })
      await store.verify?.()
      expect(await store.append('socket/a', 1, record)).toEqual({ kind: 'appended' })
      expect(await store.append('socket/a', 1, record)).toEqual({ kind: 'occupied', record })
      expect((await store.recover('socket/a', 2)).commits).toEqual([{ revision: 1, record }])
    })
  })

  test('that cannot be reached has written nothing', async () => {
    const gone = await startSqld()
    await gone.stop()
    await withClient(gone.address, async (client) => {
      expect(await rejectionOf(libsqlStore({ client }).append('a/a', 1, record))).toMatchObject({
        retryable: true,
        data: { applied: 'no' },
        message: expect.stringContaining('ECONNREFUSED'),
      })
    })
  })

  test('that is a replica shows what the primary acknowledged', async () => {
    const grpc = '127.0.0.1:0'.replace(':0', `:${20_000 + (process.pid % 20_000)}`)
    const primary = await start({ args: ['--grpc-listen-addr', grpc] })
    const replica = await start({ args: ['--primary-grpc-url', `http://${grpc}`] })
    await createIn(primary.address)
    await withClient(primary.address, (writing) =>
      withClient(replica.address, async (reading) => {
        const [near, far] = [libsqlStore({ client: writing }), libsqlStore({ client: reading })]
        await far.verify?.()
        for (let revision = 1; revision <= 60; revision++) {
          await near.append('replicated/a', revision, { ...record, n: revision })
          expect((await far.recover('replicated/a', 2)).commits[0]?.revision).toBe(revision)
        }
        expect(await far.append('replicated/a', 60, record)).toMatchObject({ kind: 'occupied' })
        expect(await far.append('replicated/a', 61, record)).toEqual({ kind: 'appended' })
      }),
    )
  })

  test('that is killed keeps every append that it acknowledged', async () => {
    const data = file('killed')
    let running = await start({ folder: data })
    await createIn(running.address)
    let acknowledged = 0
    await withClient(running.address, async (client) => {
      const store = libsqlStore({ client })
      const write = async () => {
        for (let revision = 1; ; revision++) {
          await store.append('killed/a', revision, { ...record, n: revision })
          acknowledged = revision
          if (revision === 200) process.kill(sqldOf(data), 'SIGKILL')
        }
      }
      await rejectionOf(write())
    })
    await running.stop()
    running = await start({ folder: data })
    const { commits } = await withClient(running.address, (client) =>
      libsqlStore({ client }).recover('killed/a', 4),
    )
    expect(acknowledged).toBeGreaterThanOrEqual(200)
    expect([acknowledged, acknowledged + 1]).toContain(commits[0]?.revision)
  })
})

/** The process that holds a folder. */
function sqldOf(data: string): number {
  const pid = readdirSync('/proc').find((name) => {
    if (!/^\d+$/.test(name)) return false
    try {
      const [command = '', ...args] = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0')
      return command.endsWith('/sqld') && args.includes(data)
    } catch {
      return false
    }
  })
  if (pid === undefined) throw new Error(`No sqld holds ${data}.`)
  return Number(pid)
}
