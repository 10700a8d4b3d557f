import { lambdaHandler } from 'tailfold/lambda'
import {
  functionUrlEvent,
  type GatewayRequest,
  httpApiEvent,
  invocationContext,
  restApiEvent,
} from 'tailfold/testing'
import { describe, expect, test, vi } from 'vitest'
import { jwtClaims } from '../../../src/runtimes/lambda/jwt-claims.ts'
import { openApp, type TestApp } from '../../helpers/http-app.ts'
import { thrownBy } from '../../helpers/thrown.ts'

const json = { 'Content-Type': 'application/json' }
const deposit: GatewayRequest = {
  method: 'POST',
  path: '/account/acc-001/Deposit',
  headers: json,
  body: '{"amount":100}',
}
const health: GatewayRequest = { method: 'GET', path: '/health' }

function statusOf(event: unknown, { app }: Pick<TestApp, 'app'> = openApp(), basePath = ''): Promise<number> {
  return lambdaHandler(app, { basePath })(event, invocationContext()).then(({ statusCode }) => statusCode)
}

describe('a path has one name', () => {
  test.for([
    ['below $default, which no gateway puts in front', httpApiEvent({ ...health, path: '/$default/health' })],
    ['outside of the stage', { ...httpApiEvent(health, 'prod'), rawPath: '/health' }],
    ['below the stage twice', httpApiEvent({ ...health, path: '/prod/health' }, 'prod')],
    ['below the stage with another case', { ...httpApiEvent(health, 'prod'), rawPath: '/Prod/health' }],
    ['of a function URL, below $default', functionUrlEvent({ ...health, path: '/$default/health' })],
  ] as const)('one %s is not found', async ([, event]) => {
    expect(await statusOf(event)).toBe(404)
  })

  test.for([
    ['outside of the base path', restApiEvent(health), 404],
    ['inside of it', restApiEvent(health, { basePath: '/v1' }), 200],
    ['that only begins like it', restApiEvent({ ...health, path: '/v10/health' }), 404],
    ['below the base path and the stage', httpApiEvent({ ...health, path: '/v1/health' }, 'prod'), 200],
    [
      'below the base path in place of the stage',
      { ...httpApiEvent(health, 'prod'), rawPath: '/v1/health' },
      200,
    ],
    ['below the stage, outside of the base path', httpApiEvent(health, 'prod'), 404],
    ['of a function URL outside of it', functionUrlEvent(health), 404],
  ] as const)('with a base path, one %s', async ([, event, status]) => {
    expect(await statusOf(event, openApp(), '/v1')).toBe(status)
  })

  test('a base path begins with a slash', () => {
    expect(thrownBy(() => lambdaHandler(openApp().app, { basePath: 'v1' }))).toBeInstanceOf(TypeError)
  })
})

describe('authorize sees', () => {
  async function seen(event: unknown) {
    const authorize = vi.fn<(request: object) => undefined>(() => undefined)
    await statusOf(event, openApp({ authorize }))
    return authorize.mock.calls[0]?.[0] as Parameters<typeof jwtClaims>[0] & {
      readonly headers: Record<string, string>
    }
  }

  test.for([
    ['HTTP API', httpApiEvent],
    ['REST API', restApiEvent],
    ['function URL', functionUrlEvent],
  ] as const)('the cookies of a request to a %s', async ([, toEvent]) => {
    const inHeader = await seen(toEvent({ ...deposit, headers: { ...json, Cookie: 'a=1; b=2' } }))
    const apart = await seen(toEvent({ ...deposit, cookies: ['a=1', 'b=2'] }))
    expect([inHeader.headers['cookie'], apart.headers['cookie']]).toEqual(['a=1; b=2', 'a=1; b=2'])
  })

  test.for([
    ['HTTP API', httpApiEvent],
    ['REST API', restApiEvent],
  ] as const)('the claims of a request to a %s', async ([, toEvent]) => {
    const claims = { sub: 'user-17', scope: 'read write' }
    expect(jwtClaims(await seen(toEvent({ ...deposit, claims })))).toEqual(claims)
    expect(jwtClaims(await seen(toEvent(deposit)))).toBeUndefined()
  })
})

describe('null in place of what is absent', () => {
  const nulls = {
    cookies: null,
    headers: null,
    multiValueHeaders: null,
    queryStringParameters: null,
    multiValueQueryStringParameters: null,
    body: null,
    isBase64Encoded: null,
  }
  test.for([
    ['an HTTP API', { ...httpApiEvent(health), ...nulls, rawQueryString: null }],
    ['a REST API', { ...restApiEvent(health), ...nulls, version: null }],
    ['a function URL', { ...functionUrlEvent(health), ...nulls, rawQueryString: null }],
    ['no requestContext', { ...restApiEvent(health), requestContext: null }],
    [
      'values of maps',
      {
        ...restApiEvent(health),
        headers: { accept: null },
        multiValueHeaders: { host: null },
        queryStringParameters: { a: null },
        multiValueQueryStringParameters: { b: null },
      },
    ],
    [
      'values of requestContext',
      {
        ...httpApiEvent(health),
        requestContext: {
          http: { method: 'GET' },
          stage: null,
          domainName: null,
          authorizer: null,
          elb: null,
        },
      },
    ],
  ] as const)('is absent: %s', async ([, event]) => {
    expect(await statusOf(event)).toBe(200)
  })

  test.for([
    ['a method', { ...httpApiEvent(health), requestContext: { http: null } }],
    ['a path', { ...httpApiEvent(health), rawPath: null }],
    ['an event', null],
  ] as const)('is unsupported for %s', async ([, event]) => {
    await expect(statusOf(event)).rejects.toThrow(/^Unsupported event\. lambdaHandler accepts /)
  })
})

describe('a body that a middleware has parsed', () => {
  test.for([
    ['an object', { amount: 7 }, 204],
    ['an object of text in base64', { amount: 7 }, 204, true],
    ['bytes', Buffer.from('{"amount":7}'), 204],
    ['a list', [1], 400],
    ['a number', 7, 400],
  ] as const)('as %s is read all the same', async ([, body, status, isBase64Encoded = false]) => {
    const tested = openApp()
    expect(await statusOf({ ...httpApiEvent(deposit), body, isBase64Encoded }, tested)).toBe(status)
    expect(tested.writes()).toBe(status === 204 ? 1 : 0)
  })
})

test('a header in one of two maps is not lost', async () => {
  const tested = openApp()
  const event = { ...restApiEvent(deposit), headers: json, multiValueHeaders: { Host: ['h'] } }
  expect(await statusOf(event, tested)).toBe(204)
})
