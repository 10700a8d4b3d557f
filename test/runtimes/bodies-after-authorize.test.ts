import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { fetchHandler } from 'tailfold/fetch'
import { nodeServer } from 'tailfold/node'
import { expect, test } from 'vitest'
import { openApp } from '../helpers/http-app.ts'

const denied = () => openApp({ authorize: () => 'unauthenticated' }).app
const headers = { 'content-type': 'application/json', 'content-length': 200_000 }

test('node answers a request that is not allowed before its body arrives, and asks for none', async () => {
  const server = nodeServer(denied(), { port: 0 })
  const { port } = await server.listen()
  for (const expect100 of [{}, { expect: '100-continue' }]) {
    const request = httpRequest({
      port,
      host: '127.0.0.1',
      method: 'POST',
      path: '/account/a/Deposit',
      headers: { ...headers, ...expect100 },
    })
    let continued = false
    request.on('error', () => {}).on('continue', () => (continued = true))
    request.flushHeaders()
    const [response] = await once(request, 'response')
    expect([response.statusCode, continued]).toEqual([401, false])
    request.destroy()
  }
  await server.close()
})

test('fetch does not read the body of a request that is not allowed', async () => {
  const seen = { pulled: 0, cancelled: false }
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        seen.pulled += 1
        controller.enqueue(new Uint8Array(1_000))
      },
      cancel: () => void (seen.cancelled = true),
    },
    { highWaterMark: 0 },
  )
  const init = {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
    duplex: 'half',
  } as RequestInit
  const answer = await fetchHandler(denied())(new Request('https://bank.example/account/a/Deposit', init))
  expect([answer.status, seen]).toEqual([401, { pulled: 0, cancelled: true }])
})
