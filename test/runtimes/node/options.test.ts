import { nodeListener, type NodeServerOptions, nodeServer } from 'tailfold/node'
import { describe, expect, test, vi } from 'vitest'
import { heldAuthorize } from '../../helpers/held-authorize.ts'
import { openApp } from '../../helpers/http-app.ts'
import { sendOverLoopback } from '../../helpers/http-drivers.ts'

const bounds = [
  'responseTimeoutMs',
  'maxBufferedBytes',
  'maxConnections',
  'headersTimeoutMs',
  'requestTimeoutMs',
  'keepAliveTimeoutMs',
  'closeTimeoutMs',
] as const

describe('options of a server', () => {
  test.for([
    ...bounds.flatMap((name) =>
      [Number.NaN, -1, 0.5, '1'].map((value) => [
        name,
        value,
        /must be a whole number from [01] on, or Infinity/,
      ]),
    ),
    ...bounds.slice(0, -1).map((name) => [name, 0, /must be a whole number from 1 on, or Infinity, not 0/]),
    ['port', '3000', /port must be a whole number from 0 to 65535, not "3000"/],
    ['port', Number.NaN, /port must be a whole number from 0 to 65535, not NaN/],
    ['host', null, /host must be a name or an address, not null/],
    ['allowedHosts', 'bank.example', /allowedHosts must be a list of names or 'any', not "bank.example"/],
    ['allowedHosts', [null], /allowedHosts must be a list of names or 'any', not an array/],
  ] as const)('that cannot work are a TypeError: %s %s', ([name, value, message]) => {
    const make = () => nodeServer(openApp().app, { [String(name)]: value } as NodeServerOptions)
    expect(make).toThrow(TypeError)
    expect(make).toThrow(message as RegExp)
  })

  test.for([Infinity, 2 ** 31])('may be %s: no limit', async (value) => {
    const warned = vi.spyOn(process, 'emitWarning')
    const body = 'x'.repeat(4 * 1024 * 1024)
    const app = { ...openApp().app, handle: async () => ({ status: 200, headers: {}, body }) }
    const options = Object.fromEntries(bounds.map((name) => [name, value]))
    const server = nodeServer(app, { port: 0, ...options })
    const { port } = await server.listen()
    const answer = sendOverLoopback(port, { method: 'GET', path: '/' })
    await vi.waitFor(async () => expect((await answer).body).toHaveLength(body.length))
    await server.close()
    expect(warned).not.toHaveBeenCalled()
    warned.mockRestore()
  })

  test('closeTimeoutMs of Infinity lets requests in progress finish', async () => {
    const { authorize, reached, release } = heldAuthorize()
    const server = nodeServer(openApp({ authorize }).app, { port: 0, closeTimeoutMs: Infinity })
    const { port } = await server.listen()
    const answer = sendOverLoopback(port, { method: 'GET', path: '/account/a' })
    await vi.waitFor(() => expect(reached).toHaveBeenCalledTimes(1))
    const closing = server.close()
    await new Promise((resolve) => setTimeout(resolve, 20))
    release()
    expect((await answer).status).toBe(404)
    await closing
  })
})

test('options of a listener that cannot work are a TypeError', () => {
  expect(() => nodeListener(openApp().app, { responseTimeoutMs: Number.NaN })).toThrow(
    new TypeError('responseTimeoutMs must be a whole number from 1 on, or Infinity, not NaN.'),
  )
})
