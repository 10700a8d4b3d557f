import { type NodeServerOptions, nodeServer } from 'tailfold/node'
import { describe, expect, test } from 'vitest'
import { openApp } from '../../helpers/http-app.ts'
import { sendOverLoopback } from '../../helpers/http-drivers.ts'

async function statusFor(host: string, options: NodeServerOptions = {}): Promise<number> {
  const server = nodeServer(openApp().app, { port: 0, ...options })
  const { port } = await server.listen()
  const headers = { host: host.replace('PORT', String(port)) }
  const { status } = await sendOverLoopback(port, { method: 'GET', path: '/health', headers })
  await server.close()
  return status
}

describe('a server on a loopback address', () => {
  test.for(['localhost:PORT', 'LOCALHOST', 'localhost.:PORT', '127.0.0.1:PORT', '[::1]:PORT'])(
    'answers to %s',
    async (host) => {
      expect(await statusFor(host)).toBe(200)
    },
  )

  test.for([
    'attacker.example',
    'attacker.example:PORT',
    'localhost.attacker.example',
    'localhost@attacker.example',
    '127.0.0.1.attacker.example',
    '127.0.0.2',
    '0.0.0.0',
    'localhost, attacker.example',
    '',
  ])('does not answer to %j', async (host) => {
    expect(await statusFor(host)).toBe(421)
  })

  test('answers to names that are allowed, and still to its own', async () => {
    const allowedHosts = ['bank.test']
    expect(await statusFor('Bank.test:PORT', { allowedHosts })).toBe(200)
    expect(await statusFor('localhost', { allowedHosts })).toBe(200)
    expect(await statusFor('shop.test', { allowedHosts })).toBe(421)
  })

  test('answers to all names where that is asked for', async () => {
    expect(await statusFor('bank.test', { allowedHosts: 'any' })).toBe(200)
  })

  test('says what to do, does nothing, and reads no body', async () => {
    const tested = openApp()
    const server = nodeServer(tested.app, { port: 0 })
    const { port } = await server.listen()
    const answer = await sendOverLoopback(port, {
      method: 'POST',
      path: '/account/a/Deposit',
      headers: { host: 'attacker.example', 'content-type': 'application/json' },
      body: '{"amount":1}',
    })
    expect(JSON.parse(answer.body)).toMatchObject({
      status: 421,
      code: 'unknown-host',
      detail: expect.stringContaining('allowedHosts'),
    })
    expect([
      answer.headers['x-content-type-options'],
      answer.headers['x-request-id']?.length,
      answer.body.includes('attacker'),
      tested.writes(),
    ]).toEqual(['nosniff', 36, false, 0])
    await server.close()
  })
})

describe('a server on any address', () => {
  test('answers to all names: it cannot know its own', async () => {
    expect(await statusFor('bank.test', { host: '0.0.0.0' })).toBe(200)
  })

  test('answers only to those that are allowed', async () => {
    const options = { host: '0.0.0.0', allowedHosts: ['bank.test'] }
    expect(await statusFor('bank.test', options)).toBe(200)
    expect(await statusFor('attacker.example', options)).toBe(421)
  })
})
