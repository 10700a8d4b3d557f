import { ActorSystem, Behaviors, createEngine, entity, InMemoryJournal, memoryRows } from 'tailfold'
import { fetchHandler } from 'tailfold/fetch'
import { baseApp, commandRoute, createApp } from 'tailfold/http'
import { entityObject, entityObjects, workerHandler } from 'tailfold/cloudflare'
import { consumer, createConsumers } from 'tailfold/consumers'
import { lambdaHandler, streamHandler } from 'tailfold/lambda'
import { nodeListener, nodeServer } from 'tailfold/node'
import { describe, expect, test } from 'vitest'
import { account } from '../../../functions/bank/account.ts'
import { virtualPlatform } from '../../../src/testing/virtual-platform.ts'
import { outcomeOf } from '../../helpers/bad-values.ts'

const journal = new InMemoryJournal()
const platform = virtualPlatform()
const engine = createEngine(account, { journal, platform })
const served = { journal, entities: [account], authorize: 'everybody', onWarning: () => {} } as const
const app = createApp(served)
const mail = consumer({ name: 'mail', from: account, handle() {} })
const consumers = createConsumers({ journal, rows: memoryRows(), consumers: [mail] })

async function refusalOf(run: () => unknown): Promise<unknown> {
  const { error } = await outcomeOf(run)
  expect(error).toBeInstanceOf(TypeError)
  return (error as Error).message
}

/** What takes options, a name that it does not know, and the call with that option. */
const unknown: ReadonlyArray<readonly [of: string, name: string, call: (option: object) => unknown]> = [
  [
    'execute',
    'idempotencyKey',
    (option) => engine.execute('a', { type: 'Deposit', amount: 1 } as never, option),
  ],
  ['read', 'tenantId', (option) => engine.read('a', option)],
  ['createEngine', 'maxBatchs', (option) => createEngine(account, { journal, platform, ...option })],
  ['retry', 'timeout', (option) => createEngine(account, { journal, platform, retry: option })],
  ['cache', 'maxEntrys', (option) => createEngine(account, { journal, platform, cache: option })],
  ['The entity account', 'dedupeForSecond', (option) => entity({ ...account, ...option })],
  [
    'The entity account',
    'onComand',
    (option) => Behaviors.eventSourced({ ...account, ...option, entityId: 'a', journal }),
  ],
  ['createApp', 'entity', (option) => createApp({ ...served, ...option })],
  ['baseApp', 'openapi', (option) => baseApp({ ...served, routes: [commandRoute], ...option })],
  ['limits', 'maxBody', (option) => createApp({ ...served, limits: option })],
  ['cors', 'origin', (option) => createApp({ ...served, cors: { origins: '*', ...option } })],
  ['nodeServer', 'prot', (option) => nodeServer(app, option)],
  ['nodeListener', 'port', (option) => nodeListener(app, option)],
  ['lambdaHandler', 'basepath', (option) => lambdaHandler(app, option)],
  ['fetchHandler', 'basepath', (option) => fetchHandler(app, option)],
  ['workerHandler', 'pr', (option) => workerHandler(() => app, option)],
  ['entityObject', 'basepath', (option) => entityObject(() => app, option)],
  ['entityObjects', 'basepath', (option) => entityObjects(() => ({}) as never, option)],
  ['streamHandler', 'safetyMargin', (option) => streamHandler(consumers, option)],
  ['ActorSystem', 'passivateAfter', (option) => new ActorSystem({ name: 'bank', ...option })],
  ['supervision', 'restarts', (option) => new ActorSystem({ name: 'bank', supervision: option })],
]

describe('an option that is unknown', () => {
  test.each(unknown)('of %s is refused, with those that are known: %s', async (of, name, call) => {
    const message = await refusalOf(() => call({ [name]: 1 }))
    expect(message).toMatch(new RegExp(`^${of} has no option "${name}"; its options are \\w+(, \\w+)*\\.$`))
  })

  test('is refused too where an object has something of that name', async () => {
    const message = await refusalOf(() => engine.execute('a', {} as never, { toString: 'x' } as never))
    expect(message).toMatch(/^execute has no option "toString"/)
  })

  test('is not one that all objects inherit', async () => {
    const inherited = Object.assign(Object.create({ polyfilled: 1 }) as object, { commandId: 'x' })
    await expect(engine.execute('a', { type: 'Nothing' } as never, inherited)).rejects.toMatchObject({
      code: 'unhandled-command',
    })
  })
})

test('of ask an option is refused as well', async () => {
  await using system = new ActorSystem({ name: 'bank', platform })
  const ref = system.spawn(Behaviors.eventSourced({ ...account, entityId: 'a', journal }), 'a')
  const options = { timeoutMs: 10, idempotencyKey: 'x' }
  await expect(system.ask(ref, { type: 'GetBalance' } as never, options)).rejects.toThrow(
    new TypeError('ask has no option "idempotencyKey"; its options are timeoutMs, commandId.'),
  )
})

describe('an option of a runtime that cannot work is a TypeError that names it', () => {
  test.each<readonly [string, () => unknown, string]>([
    ...[Number.NaN, -1, '500'].flatMap((value) => {
      const what = typeof value === 'string' ? '"500"' : String(value)
      const option = value as never
      return [
        [
          `lambdaHandler safetyMarginMs: ${what}`,
          () => lambdaHandler(app, { safetyMarginMs: option }),
          `safetyMarginMs must be a whole number from 0 on, not ${what}.`,
        ],
        [
          `lambdaHandler idleTimeoutMs: ${what}`,
          () => lambdaHandler(app, { idleTimeoutMs: option }),
          `idleTimeoutMs must be a whole number from 0 on, not ${what}.`,
        ],
        [
          `lambdaHandler maxAnswerBytes: ${what}`,
          () => lambdaHandler(app, { maxAnswerBytes: option }),
          `maxAnswerBytes must be a whole number from 1 on, not ${what}.`,
        ],
        [
          `streamHandler safetyMarginMs: ${what}`,
          () => streamHandler(consumers, { safetyMarginMs: option }),
          `safetyMarginMs must be a whole number from 0 on, not ${what}.`,
        ],
      ] as const
    }),
    [
      'streamHandler onHealth: an object',
      () => streamHandler(consumers, { onHealth: {} as never }),
      'onHealth must be a function, not an object.',
    ],
    [
      'streamHandler catchUpFeed: a text',
      () => streamHandler(consumers, { catchUpFeed: 'scan' as never }),
      'catchUpFeed must be a feed of changes, not "scan".',
    ],
    ...[5, null].flatMap((value) => {
      const option = { basePath: value as never }
      const message = `basePath must be a path such as '/v1', not ${String(value)}.`
      return [
        [`lambdaHandler basePath: ${value}`, () => lambdaHandler(app, option), message],
        [`fetchHandler basePath: ${value}`, () => fetchHandler(app, option), message],
        [`workerHandler basePath: ${value}`, () => workerHandler(() => app, option), message],
        [`entityObject basePath: ${value}`, () => entityObject(() => app, option), message],
      ] as const
    }),
    [
      'entityObject(app)',
      () => entityObject(app as never),
      'entityObject needs a function as its first argument.',
    ],
    [
      'entityObjects()',
      () => entityObjects(undefined as never),
      'entityObjects needs a function as its first argument.',
    ],
  ])('%s', (_name, call, message) => {
    expect(call).toThrow(new TypeError(message))
  })
})

describe('what does not have its shape is a TypeError that shows the right one', () => {
  const routes = 'routes must be a list of routes; spread those of views: [...viewRoutes({ … })].'
  const bad = <Value>(value: Value) => value as never

  test.each([
    [
      'createApp()',
      () => createApp(bad(undefined)),
      /^createApp needs an object of options: journal, entities,/,
    ],
    [
      'entities: bank',
      () => createApp({ ...served, entities: bad(account) }),
      /^entities must be a list of entities, not an object\.$/,
    ],
    [
      'no entities',
      () => createApp({ ...served, entities: bad(undefined) }),
      /^An app needs at least one entity\.$/,
    ],
    [
      'entities: [undefined]',
      () => createApp({ ...served, entities: bad([undefined]) }),
      /^An entity definition must be an object/,
    ],
    ['routes: [viewRoutes(…)]', () => createApp({ ...served, routes: bad([[commandRoute]]) }), routes],
    ['routes: [view]', () => createApp({ ...served, routes: bad([{ name: 'v', version: 1 }]) }), routes],
    ['routes: viewRoutes', () => createApp({ ...served, routes: bad(() => []) }), routes],
    ['baseApp without routes', () => baseApp(bad(served)), routes],
    [
      'nodeServer({ app })',
      () => nodeServer(bad({ app })),
      'nodeServer needs an app as its first argument, as createApp makes it.',
    ],
    [
      'lambdaHandler({ app })',
      () => lambdaHandler(bad({ app })),
      'lambdaHandler needs an app as its first argument, as createApp makes it.',
    ],
    [
      'fetchHandler()',
      () => fetchHandler(bad(undefined)),
      'fetchHandler needs an app as its first argument, as createApp makes it.',
    ],
    [
      'no platform',
      () => createEngine(account, bad({ journal })),
      "platform is missing: pass systemPlatform of 'tailfold'.",
    ],
  ])('%s', async (_name, call, message) => {
    expect(await refusalOf(call)).toMatch(message)
  })
})
