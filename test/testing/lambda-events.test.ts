import { InMemoryJournal } from 'tailfold'
import { createApp } from 'tailfold/http'
import { lambdaHandler } from 'tailfold/lambda'
import { functionUrlEvent, httpApiEvent, invocationContext, restApiEvent } from 'tailfold/testing'
import { describe, expect, test } from 'vitest'
import { account } from '../../functions/bank/account.ts'

const request = {
  method: 'GET',
  path: '/account/a%20b%3Fc',
  query: 'limit=1&after=2&after=3%2C4',
  headers: { 'If-Match': '"7"', Cookie: 'a=1; b=2' },
}

describe('payload format 2.0', () => {
  test.each([
    ['an HTTP API', httpApiEvent(request)],
    ['a function URL', functionUrlEvent(request)],
  ])('of %s: header names in lower case, cookies apart, repeated parameters joined', (_, event) => {
    const { headers, cookies, queryStringParameters, rawQueryString } = event
    expect({ ...headers, host: '' }).toEqual({ host: '', 'if-match': '"7"' })
    expect(cookies).toEqual(['a=1', 'b=2'])
    expect(queryStringParameters).toEqual({ limit: '1', after: '2,3,4' })
    expect(rawQueryString).toBe(request.query)
  })

  test('an HTTP API and a REST API take the claims of a token, where their authorizers put them', () => {
    const claims = { sub: 'user-17' }
    const get = { method: 'GET', path: '/health', claims } as const
    expect(httpApiEvent(get).requestContext).toMatchObject({ authorizer: { jwt: { claims } } })
    expect(restApiEvent(get).requestContext).toMatchObject({ authorizer: { claims } })
    expect(httpApiEvent({ method: 'GET', path: '/health' }).requestContext).not.toHaveProperty('authorizer')
  })

  test('without a query and cookies: neither is there', () => {
    const event = httpApiEvent({ method: 'GET', path: '/health' })
    expect(event).not.toHaveProperty('cookies')
    expect(event).not.toHaveProperty('queryStringParameters')
    expect(event).not.toHaveProperty('body')
  })

  test('an HTTP API decodes the path and cuts it at a decoded question mark; a function URL keeps it', () => {
    expect(httpApiEvent(request, 'prod').rawPath).toBe('/prod/account/a b')
    expect(functionUrlEvent(request).rawPath).toBe(request.path)
  })

  test('a path that cannot be decoded is kept', () => {
    expect(httpApiEvent({ ...request, path: '/account/%zz' }).rawPath).toBe('/account/%zz')
  })
})

describe('payload format 1.0', () => {
  test('header names as they were sent, parameters decoded and in lists', () => {
    const event = restApiEvent(request)
    expect(event.multiValueHeaders).toMatchObject({ 'If-Match': ['"7"'], Cookie: ['a=1; b=2'] })
    expect(event.multiValueQueryStringParameters).toEqual({ limit: ['1'], after: ['2', '3,4'] })
    expect(event.queryStringParameters).toEqual({ limit: '1', after: '3,4' })
    expect(event.path).toBe(request.path)
    expect(event.body).toBeNull()
  })
})

describe('the context of an invocation', () => {
  test('has less time left as time goes by', () => {
    let now = 1_000
    const context = invocationContext({ timeoutMs: 500, now: () => now })
    expect(context.getRemainingTimeInMillis()).toBe(500)
    now += 600
    expect(context.getRemainingTimeInMillis()).toBe(-100)
  })

  test('is what a handler takes', async () => {
    const handler = lambdaHandler(
      createApp({ journal: new InMemoryJournal(), entities: [account], authorize: 'everybody' }),
    )
    const event = httpApiEvent({ method: 'GET', path: '/health' })
    expect(await handler(event, invocationContext())).toMatchObject({ statusCode: 200 })
  })
})
