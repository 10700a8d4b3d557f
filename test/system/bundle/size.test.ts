import { describe, expect, test } from 'vitest'
import { bundleBank, bundleProgram, type Part } from './bank-bundle.ts'

/**
 * The most each part may take in the minified file, in bytes: what it takes now and 2 % more, to be raised only with a
 * reason: the last was that misspelt options of views and consumers are refused by name. A file is read and compiled at every
 * cold start: about 1 ms for 15 KB. A tenth of it is messages.
 */
const budgets: Readonly<Record<Exclude<Part, 'sdk' | 'handler'>, number>> = {
  core: 68_400,
  journal: 21_100,
  dynamodb: 18_900,
  http: 33_300,
  views: 22_200,
  observe: 1_260,
  lambda: 4_090,
  middy: 3_100,
  glue: 200,
}
const zipOverheadBytes = 300

describe('the bank function', () => {
  test('takes no more than budgeted for each part, with the SDK of the runtime', async () => {
    const { parts, deflatedBytes } = await bundleBank({ sdk: 'external' })
    const { handler: _handler, sdk, ...own } = parts
    const over = Object.entries(own).filter(([part, bytes]) => bytes > budgets[part as keyof typeof budgets])
    expect(over).toEqual([])
    expect(sdk).toBe(0)
    expect(deflatedBytes + zipOverheadBytes).toBeLessThan(63_000)
  })

  test('fits a zip archive of 130 KB with the SDK bundled, document client included', async () => {
    const { deflatedBytes, parts, inputs } = await bundleBank()
    expect(parts.sdk).toBeLessThan(214_000)
    expect(deflatedBytes + zipOverheadBytes).toBeLessThan(130 * 1024)
    expect(inputs.filter((path) => /^src\/(testing|openapi|stores\/sqlite)\//.test(path))).toEqual([])
  })
})

const journal = `import { dynamoDbJournal } from 'tailfold/dynamodb'
  import { account } from './functions/bank/account.ts'
  const journal = dynamoDbJournal({ tableName: 'journal' })`

/** What a handler without Tailfold's engine has all the same: the SDK's client and the entity. */
const bare = `import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
  import { account } from './functions/bank/account.ts'
  export const handler = () => [new DynamoDBClient({}), account]`

/**
 * Programs, and the most that each may take over the bare handler: bytes of the minified file, and deflated. What they take
 * now and 1 % more; only to be lowered. Metadata of commits and events in outcomes took 800 bytes, `X-View-Lag-Ms` for pages of
 * other origins 60, the names of what is there in 404s 50, the check of base64 and of the length of targets 500,
 * batches that wait for those just answered 500, a cache without moves and a faster router 200,
 * closures cut into functions 80, time limits without a timer each 700, shorter ways through a request 500, options that are unknown
 * and arguments that are wrong 1,300, ids that are looked for apart 650, bodies and connections of clients that have gone 400,
 * values of a runtime's options, events of a wrong shape and views that are no JSON 250,
 * a clock that fails and reads that begin again 300, time limits in a list 100, what was done when an answer is too large 70.
 */
const programs: ReadonlyArray<readonly [name: string, bytes: number, deflated: number, program: string]> = [
  [
    'an engine on DynamoDB',
    80_800,
    29_600,
    `${journal}
    import { createEngine, systemPlatform } from 'tailfold'
    const engine = createEngine(account, { journal, platform: systemPlatform })
    export const handler = ({ id, command }) => engine.execute(id, command)`,
  ],
  [
    'a Lambda function with commands only',
    115_100,
    42_300,
    `${journal}
    import { baseApp, commandRoute } from 'tailfold/http'
    import { lambdaHandler } from 'tailfold/lambda'
    const app = baseApp({ routes: [commandRoute], entities: [account], journal, authorize: 'everybody' })
    export const handler = lambdaHandler(app)`,
  ],
  [
    'a Lambda function with every route',
    130_100,
    47_400,
    `${journal}
    import { createApp } from 'tailfold/http'
    import { lambdaHandler } from 'tailfold/lambda'
    const app = createApp({ entities: [account], journal, authorize: 'everybody' })
    export const handler = lambdaHandler(app)`,
  ],
]

test.each(programs)('%s takes no more than it did', async (_, bytes, deflated, program) => {
  const [taken, without] = await Promise.all([bundleProgram(program), bundleProgram(bare)])
  expect(taken.bytes - without.bytes).toBeLessThanOrEqual(bytes)
  expect(taken.deflatedBytes - without.deflatedBytes).toBeLessThanOrEqual(deflated)
})
