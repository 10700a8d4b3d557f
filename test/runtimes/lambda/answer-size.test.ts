import { lambdaHandler } from 'tailfold/lambda'
import type { App } from 'tailfold/http'
import { httpApiEvent, invocationContext } from 'tailfold/testing'
import { expect, test } from 'vitest'
import { openApp } from '../../helpers/http-app.ts'

const megabyte = 1024 * 1024
const lambdaLimit = 6 * megabyte

/** What Lambda sends for an app that answers a command with this body. */
async function sent(body: string, maxAnswerBytes?: number, method = 'POST', status = 200) {
  const headers = { 'content-type': 'application/json', etag: '"7"', 'x-request-id': 'r-1' }
  const opened = openApp()
  const app: App = { ...opened.app, handle: async () => ({ status, headers, body }) }
  const handler = lambdaHandler(app, maxAnswerBytes === undefined ? {} : { maxAnswerBytes })
  const event = httpApiEvent({ method, path: '/account/a/GetBalance' })
  const answer = await handler(event, invocationContext())
  expect(Buffer.byteLength(JSON.stringify(answer))).toBeLessThanOrEqual(lambdaLimit)
  return { answer, failures: opened.failures }
}

test.for([
  ['5.9 MB of letters', 'x'.repeat(5.9 * megabyte)],
  ['2.9 MB of quotes, each of which is escaped', '"'.repeat(2.9 * megabyte)],
  ['5.9 MB of text that takes three bytes a character', '€'.repeat((5.9 * megabyte) / 3)],
] as const)('%s are sent', async ([, body]) => {
  const { answer, failures } = await sent(body)
  expect(answer).toMatchObject({ statusCode: 200, body })
  expect(failures).toEqual([])
})

test.for([
  ['6 MB of letters', 'x'.repeat(6 * megabyte)],
  ['3 MB of quotes, each of which is escaped', '"'.repeat(3 * megabyte)],
  ['6 MB of text that takes three bytes a character', '€'.repeat(2 * megabyte)],
] as const)('%s are a problem that keeps revision and request id, and is reported', async ([, body]) => {
  const { answer, failures } = await sent(body)
  expect(answer).toMatchObject({ statusCode: 500, headers: { etag: '"7"', 'x-request-id': 'r-1' } })
  expect(answer.headers['content-type']).toBe('application/problem+json')
  expect(JSON.parse(answer.body)).toMatchObject({
    type: 'urn:tailfold:problem:answer-too-large',
    status: 500,
    code: 'answer-too-large',
  })
  expect(failures).toMatchObject([
    { requestId: 'r-1', method: 'POST', code: 'answer-too-large', status: 500, error: expect.any(Error) },
  ])
})

test('the limit can be lower', async () => {
  expect((await sent('x'.repeat(1_000), 2_000)).answer.statusCode).toBe(200)
  expect((await sent('x'.repeat(2_000), 2_000)).answer.statusCode).toBe(500)
})

test.for([
  ['POST', 200, 'The command was carried out; do not send it again.'],
  ['POST', 422, 'The command was rejected; do not send it again.'],
  ['GET', 200, 'Ask for smaller pages with `limit`.'],
] as const)('the problem says what was done: %s, %d', async ([method, status, expected]) => {
  const { answer } = await sent('x'.repeat(2_000), 2_000, method, status)
  expect((JSON.parse(answer.body) as { detail: string }).detail).toContain(` can return 2000. ${expected}`)
})
