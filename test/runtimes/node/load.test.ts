import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { sendOverLoopback } from '../../helpers/http-drivers.ts'

const megabyte = 1024 * 1024
const program = fileURLToPath(new URL('../../helpers/load-server-program.ts', import.meta.url))

let server: ChildProcess
const sockets = new Set<Socket>()
afterEach(() => {
  for (const socket of sockets) socket.destroy()
  server.disconnect()
})

async function ask<Field extends string>(field: Field): Promise<number> {
  const [message] = (await once(server, 'message')) as [Record<Field, number>]
  return message[field]
}

/** Keeps `count` connections open that send this and read nothing; one that is cut off is replaced. */
function besiege(port: number, count: number, text: (socket: Socket) => string): void {
  const open = () => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text(socket)))
    sockets.add(socket.pause().on('error', () => {}))
    socket.once('close', () => sockets.delete(socket) && setTimeout(open, 2_000))
  }
  for (let opened = 0; opened < count; opened++) open()
}

const head = (method: string, path: string, length = 0) =>
  `${method} ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n`

test('beside slow readers and writers, large and silent callers, every honest request is served in bounded memory', {
  timeout: 60_000,
}, async () => {
  server = fork(program, { execArgv: ['--conditions=tailfold-source'] })
  const port = await ask('port')
  // Slow readers, one request and many at once.
  besiege(port, 24, () => head('GET', '/large'))
  besiege(port, 6, () => head('GET', '/large').repeat(500))
  // Slow writers: most of a body, a byte now and then; half a header; nothing.
  besiege(port, 60, (socket) => {
    const timer = setInterval(() => socket.write('x'), 100)
    socket.once('close', () => clearInterval(timer))
    return `${head('POST', '/account/slow/Deposit', 262_144)}{"note":"${'x'.repeat(200_000)}`
  })
  besiege(port, 60, () => 'GET /account/a HTTP/1.1\r\nhost: loc')
  besiege(port, 60, () => '')
  // Bodies without an end.
  besiege(port, 10, () => `${head('POST', '/account/large/Deposit', 1e9)}${'x'.repeat(megabyte)}`)

  const statuses: number[] = []
  async function behaveWell(id: string): Promise<void> {
    for (let round = 0; round < 8; round++) {
      const headers = { 'content-type': 'application/json' }
      const path = `/account/${id}`
      const wrote = await sendOverLoopback(port, {
        method: 'POST',
        path: `${path}/Deposit`,
        headers,
        body: '{"amount":1}',
      })
      const read = await sendOverLoopback(port, { method: 'GET', path })
      statuses.push(wrote.status, read.status)
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
  await Promise.all(['a', 'b', 'c', 'd'].map(behaveWell))
  expect(statuses.toSorted((one, other) => one - other)).toEqual([
    ...Array(32).fill(200),
    ...Array(32).fill(204),
  ])

  server.send('memory')
  // 32 MB of buffers, what the system holds of them twice for a moment, and Node.js itself.
  const most = await ask('most')
  expect(most / megabyte).toBeLessThan(350)
})
