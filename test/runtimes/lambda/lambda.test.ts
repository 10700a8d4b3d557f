import httpSecurityHeaders from '@middy/http-security-headers'
import { KeyValueJournal, memoryStore, snapshotEvery, type Store } from 'tailfold'
import { createApp } from 'tailfold/http'
import { lambdaHandler } from 'tailfold/lambda'
import { describe, expect, test } from 'vitest'
import { virtualPlatform } from '../../../src/testing/virtual-platform.ts'
import { account } from '../../helpers/http-account.ts'
import { openApp } from '../../helpers/http-app.ts'
import {
  functionUrlEvent,
  httpApiEvent,
  invocationContext,
  restApiEvent,
  type WireRequest,
} from 'tailfold/testing'

const deposit: WireRequest = {
  method: 'POST',
  path: '/account/acc-001/Deposit',
  headers: { 'Content-Type': 'application/json' },
  body: '{"amount":100}',
}
const state: WireRequest = { method: 'GET', path: '/account/acc-001' }
const never = () => new Promise<never>(() => {})

/** An app that snapshots after every event, on a store whose snapshots `save` writes. */
function snapshotting(platform: ReturnType<typeof virtualPlatform>, save: Store['saveSnapshot']) {
  const journal = new KeyValueJournal({ ...memoryStore(), saveSnapshot: save }, { inlineState: false })
  const eager = { ...account, snapshotPolicy: snapshotEvery({ nEvents: 1 }) }
  const warnings: string[] = []
  const onWarning = (message: string) => void warnings.push(message)
  return createApp({ journal, platform, entities: [eager], authorize: 'everybody', onWarning })
}

describe('events', () => {
  test.each<readonly [string, unknown]>([
    ['an empty one', {}],
    ['none', undefined],
    ['an SQS event', { Records: [{ eventSource: 'aws:sqs', body: '{}' }] }],
    ['a scheduled event', { source: 'aws.events', 'detail-type': 'Scheduled Event', detail: {} }],
    [
      'a WebSocket event',
      { requestContext: { eventType: 'MESSAGE', routeKey: '$default', stage: 'live' }, body: '{}' },
    ],
    [
      'a load balancer event',
      { requestContext: { elb: { targetGroupArn: 'arn' } }, httpMethod: 'GET', path: '/health' },
    ],
    ...[
      { cookies: 'a=b' },
      { cookies: [1] },
      { headers: { host: 5 } },
      { multiValueHeaders: { host: 'a' } },
      { rawQueryString: 5 },
      { rawQueryString: undefined, queryStringParameters: { limit: 5 } },
      { rawQueryString: undefined, multiValueQueryStringParameters: { limit: '5' } },
      { requestContext: { http: { method: 5 } } },
      { requestContext: { http: { method: 'GET' }, domainName: {} } },
    ].map((part) => [`an event with ${JSON.stringify(part)}`, { ...httpApiEvent(state), ...part }] as const),
  ])('%s is refused with an error that names the kinds accepted', async (_, event) => {
    const { app } = openApp()
    await expect(lambdaHandler(app)(event, invocationContext())).rejects.toThrow(
      new TypeError(
        'Unsupported event. lambdaHandler accepts events of API Gateway HTTP APIs (payload 2.0 or 1.0), REST APIs and Lambda function URLs.',
      ),
    )
  })

  test('an HTTP API in payload format 1.0 is served', async () => {
    const { app } = openApp()
    const event = { ...restApiEvent(deposit), version: '1.0', path: '/live/account/acc-001/Deposit' }
    expect((await lambdaHandler(app)(event, invocationContext())).statusCode).toBe(204)
  })

  test('a percent sign that an HTTP API left in the path is not decoded again', async () => {
    const { app, journal } = openApp()
    await lambdaHandler(app)(
      httpApiEvent({ ...deposit, path: '/account/%2541/Deposit' }),
      invocationContext(),
    )
    const ids = ['%41', 'A'].map((entityId) =>
      Array.fromAsync(journal.load({ entityType: 'account', entityId })),
    )
    expect((await Promise.all(ids)).map((events) => events.length)).toEqual([1, 0])
  })

  test('serverless-offline, which does not decode the path, is told apart', async () => {
    const { app } = openApp()
    const event = functionUrlEvent({ ...deposit, path: '/account/a%2Fb/Deposit' })
    const offline = {
      ...event,
      requestContext: { ...event.requestContext, domainName: 'offlineContext_domainName' },
    }
    expect((await lambdaHandler(app)(offline, invocationContext())).statusCode).toBe(204)
  })

  test('the base path mapping of a custom domain is removed where it is named', async () => {
    const { app } = openApp()
    const event = restApiEvent(deposit, { basePath: '/v1' })
    const answers = await Promise.all(
      [{ basePath: '/v1' }, { basePath: '/v1/' }, { basePath: '/v' }, {}].map((options) =>
        lambdaHandler(app, options)(event, invocationContext()),
      ),
    )
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([204, 204, 404, 404])
  })

  test('a stage is removed once, and only as a whole segment', async () => {
    const { app } = openApp()
    const handler = lambdaHandler(app)
    const twice = httpApiEvent({ method: 'GET', path: '/account/account' }, 'account')
    const longer = { ...httpApiEvent(state, 'prod'), rawPath: '/production/account/a' }
    const answers = await Promise.all([
      handler(twice, invocationContext()),
      handler(longer, invocationContext()),
    ])
    expect(answers.map(({ body }) => JSON.parse(body).code)).toEqual(['entity-not-found', 'not-found'])
  })

  test('headers of a REST API are joined from both maps, whatever their case', async () => {
    const { app } = openApp()
    const handler = lambdaHandler(app)
    await handler(restApiEvent(deposit), invocationContext())
    const event = restApiEvent(state)
    const both = {
      ...event,
      headers: { 'IF-NONE-MATCH': '"1"' },
      multiValueHeaders: { 'If-None-Match': ['"7"', '"1"'] },
    }
    const single = { ...event, headers: { 'If-None-Match': '"1"' }, multiValueHeaders: null }
    const answers = await Promise.all([both, single].map((each) => handler(each, invocationContext())))
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([304, 304])
  })

  test('query parameters of a REST API are taken from both maps, repetitions included', async () => {
    const { app } = openApp()
    const handler = lambdaHandler(app)
    await handler(restApiEvent(deposit), invocationContext())
    const trail = restApiEvent({ method: 'GET', path: '/account/acc-001/events', query: 'after=0&after=1' })
    const single = {
      ...trail,
      queryStringParameters: { after: '1' },
      multiValueQueryStringParameters: null,
    }
    const answers = await Promise.all([trail, single].map((each) => handler(each, invocationContext())))
    expect(answers.map(({ statusCode, body }) => [statusCode, JSON.parse(body).events])).toEqual([
      [400, undefined],
      [200, []],
    ])
  })

  test('a body in base64 is decoded', async () => {
    const { app } = openApp()
    const body = Buffer.from('{"amount":7}')
    for (const toEvent of [httpApiEvent, functionUrlEvent, restApiEvent]) {
      const event = toEvent({ ...deposit, body })
      expect(event.isBase64Encoded).toBe(true)
      expect((await lambdaHandler(app)(event, invocationContext())).statusCode).toBe(204)
    }
    expect((await lambdaHandler(app)(httpApiEvent(state), invocationContext())).body).toBe('{"balance":21}')
  })

  test('a failure is reported under the request id of the invocation', async () => {
    const { app, failures } = openApp()
    const event = httpApiEvent({ method: 'POST', path: '/account/acc-001/Explode' })
    await lambdaHandler(app)(event, invocationContext())
    expect(failures.map(({ requestId }) => requestId)).toEqual(['8476a536-e9f4-11e8-9739-2dfe598c3fcd'])
  })
})

describe('middlewares', () => {
  test('can be added with use, and see request and response', async () => {
    const { app } = openApp()
    const seen: unknown[] = []
    const handler = lambdaHandler(app)
      .use(httpSecurityHeaders())
      .before(({ event }) => void seen.push(typeof event))
      .after(({ response }) => void seen.push(response?.statusCode))
    const { headers } = await handler(httpApiEvent({ method: 'GET', path: '/health' }), invocationContext())
    expect(seen).toEqual(['object', 200])
    expect(headers).toMatchObject({ 'X-Content-Type-Options': 'nosniff', 'cache-control': 'no-store' })
  })
})

describe('the remaining time', () => {
  test.each([
    ['a command', deposit, { append: never }, 'outcome-unknown'],
    ['a read', state, { recover: never }, 'store-unavailable'],
    ['a handler that never settles', { method: 'POST', path: '/account/acc-001/Hang' }, {}, 'handler-failed'],
  ] as const)('%s is answered before it ends', async (_, request, broken, code) => {
    const platform = virtualPlatform()
    const { app } = openApp({ platform }, (store) => ({ ...store, ...broken }))
    const end = platform.now() + 3_000
    const { statusCode, body } = await lambdaHandler(app, { platform })(
      functionUrlEvent(request),
      invocationContext({ timeoutMs: 3_000, now: platform.now }),
    )
    expect([statusCode, JSON.parse(body).code]).toEqual([code === 'handler-failed' ? 500 : 503, code])
    expect(end - platform.now()).toBeGreaterThanOrEqual(400)
  })

  test('less of it than the margin is 503 at once', async () => {
    const platform = virtualPlatform()
    const { app } = openApp({ platform }, (store) => ({ ...store, recover: never }))
    const start = platform.now()
    const { statusCode } = await lambdaHandler(app, { platform })(
      functionUrlEvent(state),
      invocationContext({ timeoutMs: 100, now: platform.now }),
    )
    expect(statusCode).toBe(503)
    expect(platform.now() - start).toBeLessThanOrEqual(50)
  })
})

describe('snapshots being written', () => {
  test('are waited for', async () => {
    const platform = virtualPlatform()
    const order: string[] = []
    const app = snapshotting(platform, async () => {
      await new Promise<void>((resolve) => {
        platform.schedule(400, resolve)
      })
      order.push('saved')
    })
    const handler = lambdaHandler(app, { platform })
    await handler(httpApiEvent(deposit), invocationContext())
    await handler(httpApiEvent(deposit), invocationContext())
    order.push('answered')
    expect(order).toEqual(['saved', 'answered'])
  })

  test('are waited for no longer than idleTimeoutMs', async () => {
    const platform = virtualPlatform()
    const handler = lambdaHandler(snapshotting(platform, never), { platform, idleTimeoutMs: 250 })
    await handler(httpApiEvent(deposit), invocationContext())
    const start = platform.now()
    expect((await handler(httpApiEvent(deposit), invocationContext())).statusCode).toBe(204)
    expect(platform.now() - start).toBe(250)
  })

  test('are waited for no longer than the remaining time allows', async () => {
    const platform = virtualPlatform()
    const handler = lambdaHandler(snapshotting(platform, never), { platform })
    await handler(httpApiEvent(deposit), invocationContext())
    const start = platform.now()
    expect(
      (await handler(httpApiEvent(deposit), invocationContext({ timeoutMs: 600, now: platform.now })))
        .statusCode,
    ).toBe(204)
    expect(platform.now() - start).toBe(100)
  })
})
