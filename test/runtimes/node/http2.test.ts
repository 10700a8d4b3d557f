import { once } from 'node:events'
import { type ClientHttp2Session, connect, constants, createServer, type SessionOptions } from 'node:http2'
import type { AddressInfo } from 'node:net'
import type { App } from 'tailfold/http'
import { type NodeListenerOptions, nodeListener } from 'tailfold/node'
import { afterEach, expect, test, vi } from 'vitest'
import { openApp } from '../../helpers/http-app.ts'

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

/** A session with a server that answers every request with so many letters, `/slow` when it is let go. */
async function openSession(
  letters: number,
  options: NodeListenerOptions = {},
  settings: SessionOptions = {},
) {
  const gate = Promise.withResolvers<void>()
  const slow = vi.fn<() => Promise<void>>(() => gate.promise)
  const answer = { status: 200, headers: {}, body: 'x'.repeat(letters) }
  const handle: App['handle'] = async ({ path }) => {
    if (path === '/slow') await slow()
    return answer
  }
  const server = createServer(nodeListener({ ...openApp().app, handle }, options) as never)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, settings)
  closing.push(() => {
    session.destroy()
    server.close()
  })
  return { session, slow, release: () => gate.resolve() }
}

/** The letters of an answer, read slowly: at the end of its stream. */
async function lettersOf(session: ClientHttp2Session, path: string): Promise<number> {
  let letters = 0
  const stream = session.request({ ':path': path })
  stream.on('error', () => {}).on('data', (chunk: Buffer) => (letters += chunk.length))
  await once(stream, 'close')
  return letters
}

test('answers that nobody waits for any more take no memory: honest readers are not cut off for them', async () => {
  const letters = 300_000
  const options = { maxBufferedBytes: 1_000_000 }
  const { session, slow, release } = await openSession(letters, options)
  const reader = session.request({ ':path': '/' })
  await once(reader, 'response')
  reader.pause()
  for (let count = 1; count <= 10; count++) {
    const cancelled = session.request({ ':path': '/slow' })
    cancelled.on('error', () => {})
    await vi.waitFor(() => expect(slow).toHaveBeenCalledTimes(count))
    cancelled.close(constants.NGHTTP2_CANCEL)
    await once(cancelled, 'close')
  }
  // What the server has heard before this, it knows.
  expect(await lettersOf(session, '/')).toBe(letters)
  release()
  expect(await lettersOf(session, '/')).toBe(letters)
  let read = 0
  reader.on('error', () => {}).on('data', (chunk: Buffer) => (read += chunk.length))
  await once(reader.resume(), 'close')
  expect(read).toBe(letters)
})

test('a small answer that is not read is cut off after responseTimeoutMs', async () => {
  const settings = { settings: { initialWindowSize: 0 } }
  const { session } = await openSession(1_000, { responseTimeoutMs: 100 }, settings)
  expect(await lettersOf(session, '/')).toBe(0)
})

test('one that is read in time arrives', async () => {
  const { session } = await openSession(1_000, { responseTimeoutMs: 5_000 })
  expect(await lettersOf(session, '/')).toBe(1_000)
})
