import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ServerRoute } from 'tailfold/http'
import { nodeListener } from 'tailfold/node'
import { afterEach, expect, test } from 'vitest'
import { openApp } from '../../helpers/http-app.ts'

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  closing.push(() => {
    server.closeAllConnections()
    server.close()
  })
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function route(answer: Partial<Awaited<ReturnType<ServerRoute['handle']>>>): ServerRoute {
  const handle = () => ({ status: 200, headers: {}, body: 'x', ...answer })
  return { of: 'server', path: '/own', method: 'GET', problems: [], handle }
}

test.for([
  ['a header that HTTP does not allow', { headers: { 'x-name': '\u0142' } }],
  ['a status that there is not', { status: 1_000 }],
] as const)('an answer of a route of your own with %s is a reported problem', async ([, answer]) => {
  const { app, failures } = openApp({ routes: [route(answer)] })
  const url = await serve(nodeListener(app))
  const response = await fetch(`${url}/own`)
  expect([response.status, await response.json()]).toMatchObject([500, { code: 'internal-error' }])
  const requestId = response.headers.get('x-request-id')
  expect(failures).toMatchObject([{ requestId, method: 'GET', code: 'internal-error', status: 500 }])
})

test('an answer that something in front gave meanwhile stays', async () => {
  const gate = Promise.withResolvers<void>()
  const answered = Promise.withResolvers<void>()
  const { app, failures } = openApp({ routes: [route({})] })
  const handle: typeof app.handle = async (request) => {
    await gate.promise
    return app.handle(request).finally(() => answered.resolve())
  }
  const listener = nodeListener({ ...app, handle })
  const url = await serve((request, response) => {
    listener(request, response)
    response.writeHead(504, { 'content-length': 8 }).write('half')
    gate.resolve()
    void answered.promise.then(() => setTimeout(() => response.end('half'), 20))
  })
  const response = await fetch(`${url}/own`)
  expect([response.status, await response.text(), failures]).toEqual([504, 'halfhalf', []])
})
