import { mkdtempSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { probePort } from '../../../src/testing/dynamodb-local/port.ts'
import { type LocalServer, startServer } from '../../../src/testing/local-server/server-process.ts'

/** Starts a Redis that syncs every write, in a folder that is removed. `address` is a url. */
export async function startRedis(): Promise<LocalServer> {
  const port = await probePort(0)
  const folder = mkdtempSync(join(tmpdir(), 'tailfold-redis-'))
  const durable = ['--appendonly', 'yes', '--appendfsync', 'always', '--save', '']
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, ...durable]
  const plan = { command: 'redis-server', args, stopSignal: 'SIGKILL', removes: [folder] } as const
  const server = startServer('Redis', `redis://127.0.0.1:${port}`, plan, () => answers(port))
  return server.catch((error: unknown) => {
    if (!/ENOENT/.test(String(error))) throw error
    throw new Error('Redis is not installed: apt-get install redis-server (Debian, Ubuntu)', { cause: error })
  })
}

function answers(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(port, '127.0.0.1')
    const end = (ready: boolean) => {
      socket.destroy()
      done(ready)
    }
    socket.once('error', () => end(false)).once('close', () => end(false))
    socket.once('connect', () => socket.write('PING\r\n'))
    socket.once('data', (answer) => end(answer.toString().startsWith('+PONG')))
  })
}
