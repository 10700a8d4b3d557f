import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { sendOverLoopback } from '../../helpers/http-drivers.ts'
import { layOutSiege, type Siege } from '../../helpers/siege.ts'

const megabyte = 1024 * 1024
const program = fileURLToPath(new URL('../../helpers/load-server-program.ts', import.meta.url))

let server: ChildProcess
let siege: Siege | undefined
afterEach(() => {
  siege?.end()
  server.disconnect()
})

async function ask<Field extends string>(field: Field): Promise<number> {
  const [message] = (await once(server, 'message')) as [Record<Field, number>]
  return message[field]
}

test('beside slow readers and writers, large and silent callers, every honest request is served in bounded memory', {
  timeout: 60_000,
}, async () => {
  server = fork(program, { execArgv: ['--conditions=tailfold-source'] })
  const port = await ask('port')
  siege = layOutSiege(port)

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
