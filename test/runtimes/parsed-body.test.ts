import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { lambdaHandler } from 'tailfold/lambda'
import { nodeListener } from 'tailfold/node'
import { functionUrlEvent, httpApiEvent, invocationContext, restApiEvent } from 'tailfold/testing'
import { describe, expect, test } from 'vitest'
import { openApp } from '../helpers/http-app.ts'
import { sendOverLoopback, type WireResponse } from '../helpers/http-drivers.ts'

const json = { 'content-type': 'application/json' }
const deposit = { method: 'POST', path: '/account/a/Deposit', headers: json, body: '{"amount":7}' }
const codeOf = ({ body }: Pick<WireResponse, 'body'>) =>
  body === '' ? undefined : (JSON.parse(body) as { code?: string }).code

/** What a framework leaves of a request after it has read the body. */
type Leave = (request: IncomingMessage, text: string) => object

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

/** Sends a request to an app behind a framework that reads every body first. */
async function behind(
  leave: Leave,
  request: Parameters<typeof sendOverLoopback>[1],
  options: Parameters<typeof openApp>[0] = {},
) {
  const { app, failures, writes } = openApp(options)
  const listener = nodeListener(app)
  const server = createServer((incoming, response) => {
    void textOf(incoming).then((text) => listener(Object.assign(incoming, leave(incoming, text)), response))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    const answer = await sendOverLoopback((server.address() as AddressInfo).port, request)
    return { status: answer.status, code: codeOf(answer), failures, writes: writes() }
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

const parsed: Leave = (_request, text) => ({ body: JSON.parse(text) as unknown })

describe('nodeListener behind a framework that has read the body', () => {
  test.for<[string, Leave]>([
    ['parsed JSON', parsed],
    ['text', (_request, text) => ({ body: text })],
    ['bytes', (_request, text) => ({ body: Buffer.from(text) })],
    [
      'the bytes as rawBody, as Google Cloud Functions do',
      (_, text) => ({ rawBody: Buffer.from(text), body: {} }),
    ],
    ['the text as rawBody', (_request, text) => ({ rawBody: text, body: undefined })],
  ])('takes %s', async ([, leave]) => {
    expect(await behind(leave, deposit)).toMatchObject({ status: 204, writes: 1 })
  })

  test('prefers rawBody, which still has what parsing loses', async () => {
    const leave: Leave = (_request, text) => ({
      rawBody: Buffer.from(text),
      body: JSON.parse(text) as unknown,
    })
    const body = '{"amount":9007199254740993}'
    expect(await behind(leave, { ...deposit, body })).toMatchObject({ status: 400, code: 'invalid-command' })
  })

  test('checks what it takes as any other body', async () => {
    expect(await behind(parsed, { ...deposit, body: '[]' })).toMatchObject({
      status: 400,
      code: 'invalid-command',
    })
    expect(await behind(parsed, { ...deposit, headers: { 'content-type': 'text/plain' } })).toMatchObject({
      status: 415,
    })
    const limits = { maxBodyBytes: 100 }
    const body = JSON.stringify({ amount: 7, note: 'x'.repeat(100) })
    expect(await behind(parsed, { ...deposit, body }, { limits })).toMatchObject({ status: 413 })
  })

  test('needs nothing of a command without a body', async () => {
    const request = { method: 'POST', path: '/counter/a/Count', headers: {} }
    for (const leave of [() => ({}), () => ({ body: {} }), () => ({ body: undefined })])
      expect(await behind(leave, request)).toMatchObject({ status: 204, writes: 1 })
  })

  test('says to the operator that the body is gone, where nothing of it is kept', async () => {
    const { status, code, failures, writes } = await behind(() => ({}), deposit)
    expect({ status, code, writes }).toEqual({ status: 500, code: 'internal-error', writes: 0 })
    expect(failures.map(({ error }) => (error as Error).message)).toEqual([
      'Something in front of nodeListener read the body and did not keep it. Put the app first, or keep the body as request.rawBody or request.body.',
    ])
  })

  test('does not look at the body of a request that is denied', async () => {
    const leave: Leave = () => ({
      get body(): unknown {
        throw new Error('looked at')
      },
    })
    const define: Leave = (request) => (
      Object.defineProperties(request, Object.getOwnPropertyDescriptors(leave(request, ''))), {}
    )
    const answer = await behind(define, deposit, { authorize: () => 'unauthenticated' })
    expect(answer).toMatchObject({ status: 401, failures: [] })
  })
})

test('nodeListener reads the body itself where a framework has only set request.body', async () => {
  // As Express 4 does for a type that its parser does not read.
  const { app, writes } = openApp()
  const listener = nodeListener(app)
  const server = createServer((request, response) => listener(Object.assign(request, { body: {} }), response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { status } = await sendOverLoopback((server.address() as AddressInfo).port, deposit)
  server.closeAllConnections()
  server.close()
  expect([status, writes()]).toEqual([204, 1])
})

describe('lambdaHandler', () => {
  const events = { httpApiEvent, restApiEvent, functionUrlEvent }

  test.for(Object.entries(events))('refuses false base64 of %s', async ([, toEvent]) => {
    const { app, writes, failures } = openApp()
    const handler = lambdaHandler(app)
    for (const body of [
      '{"amount":7}',
      'eyJhbW91bnQiOjd9!',
      'eyJhbW91bnQiOjd',
      'eyJh\nbW91bnQiOjd9',
      '%%%%',
    ]) {
      const event = { ...(toEvent(deposit) as object), body, isBase64Encoded: true }
      const answer = await handler(event, invocationContext())
      expect([body, answer.statusCode, codeOf(answer)]).toEqual([body, 400, 'malformed-json'])
      expect(JSON.parse(answer.body)).toMatchObject({
        detail: 'The body is not base64, although the event says so.',
      })
    }
    expect([writes(), failures]).toEqual([0, []])
  })

  test('takes base64 with and without its padding', async () => {
    const { app, writes } = openApp()
    const handler = lambdaHandler(app)
    const text = Buffer.from('{"amount":7} ').toString('base64')
    expect(text).toMatch(/==$/)
    for (const body of [text, text.replaceAll('=', '')]) {
      const event = { ...httpApiEvent(deposit), body, isBase64Encoded: true }
      expect((await handler(event, invocationContext())).statusCode).toBe(204)
    }
    expect(writes()).toBe(2)
  })
})
