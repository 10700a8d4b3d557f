import { createEngine, type EngineOptions, type ExecuteOptions, systemPlatform } from 'tailfold'
import { dynamoDbJournal } from 'tailfold/dynamodb'
import { expectCost } from 'tailfold/testing'
import { beforeAll, describe, expect, test } from 'vitest'
import { account } from '../../../functions/bank/account.ts'
import { command } from '../../helpers/bank.ts'
import { localClient, newTable } from '../../helpers/dynamodb.ts'
import { type MeteredRequest, meter } from '../../helpers/metered-client.ts'

const { deposit, getBalance } = command
const cold = { maxEntries: 0 }

const client = localClient()
let requests: readonly MeteredRequest[]
let tableName: string

beforeAll(async () => {
  tableName = await newTable(client)
  requests = meter(client)
})

function engine(options: Partial<EngineOptions> = {}) {
  const journal = dynamoDbJournal({ client, tableName })
  return createEngine(account, { journal, platform: systemPlatform, ...options })
}

/** What `work` costs, in requests and capacity units. */
async function cost(work: () => Promise<unknown>) {
  const before = requests.length
  await work()
  const sent = requests.slice(before)
  const units = (name: string) =>
    sent.filter((request) => request.command === name).reduce((sum, request) => sum + request.units, 0)
  return { requests: sent.length, readUnits: units('QueryCommand'), writeUnits: units('PutItemCommand') }
}

/** An entity with so many events. */
async function entityWith(events: number): Promise<string> {
  const id = `acc-${events}-${globalThis.crypto.randomUUID()}`
  const filler = engine()
  for (let n = 0; n < events; n++) await filler.execute(id, deposit(1))
  await filler.idle()
  return id
}

describe.each([10, 100, 1_000])('an entity with %i events', (events) => {
  let id: string
  beforeAll(async () => {
    id = await entityWith(events)
  })

  test('cold command: 2 requests, 1 read unit, 1 write unit', async () => {
    expect(await cost(() => engine({ cache: cold }).execute(id, deposit(1)))).toEqual({
      requests: 2,
      readUnits: 1,
      writeUnits: 1,
    })
  })

  test('the same with a command id', async () => {
    const commandId = globalThis.crypto.randomUUID()
    const once = () => engine({ cache: cold }).execute(id, deposit(1), { commandId })
    expect(await cost(once)).toEqual({ requests: 2, readUnits: 1, writeUnits: 1 })
    expect(await cost(once)).toEqual({ requests: 1, readUnits: 1, writeUnits: 0 })
  })

  test('warm command: 1 request, 0 read units, 1 write unit', async () => {
    const warm = engine()
    await warm.execute(id, deposit(1))
    expect(await cost(() => warm.execute(id, deposit(1)))).toEqual({
      requests: 1,
      readUnits: 0,
      writeUnits: 1,
    })
  })

  test('query, cold and warm: 1 request, at most 1 read unit', async () => {
    const warm = engine()
    expect(await cost(() => warm.execute(id, getBalance))).toEqual({
      requests: 1,
      readUnits: 1,
      writeUnits: 0,
    })
    // DynamoDB Local bills nothing for a page without items; AWS bills one unit.
    const again = await cost(() => warm.execute(id, getBalance))
    expect(again).toMatchObject({ requests: 1, writeUnits: 0 })
    expect(again.readUnits).toBeLessThanOrEqual(1)
  })
})

describe('the cost told with an outcome', () => {
  test('is what was sent and billed', async () => {
    const id = await entityWith(5)
    const before = requests.length
    const { cost: told } = await engine({ costs: true }).execute(id, deposit(1))
    const sent = requests.slice(before)
    expect(told).toEqual({ requests: sent.length, readUnits: 1, writeUnits: 1, attempts: 1, commands: 1 })
    expect(sent.length).toBe(2)
  })

  test('counts a conflict, which is billed although it writes nothing', async () => {
    const id = await entityWith(3)
    const [behind, ahead] = [engine({ costs: true }), engine()]
    await behind.execute(id, deposit(1))
    await ahead.execute(id, deposit(1))
    const { cost: told } = await behind.execute(id, deposit(1))
    expect(told).toEqual({ requests: 2, readUnits: 0, writeUnits: 2, attempts: 2, commands: 1 })
  })

  test('can be held to a budget', async () => {
    const id = await entityWith(1)
    const costly = engine({ costs: true })
    await expectCost(costly.execute(id, deposit(1))).toBeAtMost({
      requests: 2,
      readUnits: 1,
      writeUnits: 1,
      attempts: 1,
    })
    await expect(
      expectCost(costly.execute(id, deposit(1))).toBeAtMost({ requests: 0, writeUnits: 1 }),
    ).rejects.toThrow('The command cost more than its budget. requests: 1, expected at most 0.')
    await expect(expectCost(engine().execute(id, deposit(1))).toBeAtMost({ requests: 2 })).rejects.toThrow(
      /made with \{ costs: true \}/,
    )
  })

  test('with a kept command id is that of a transaction', async () => {
    const journal = dynamoDbJournal({ client, tableName })
    const remembering = createEngine(
      { ...account, dedupe: 'always' },
      { journal, platform: systemPlatform, costs: true },
    )
    const id = globalThis.crypto.randomUUID()
    const { cost: told } = await remembering.execute(id, deposit(1), { commandId: 'c1', expect: 'new' })
    // AWS bills transactional writes double; DynamoDB Local tells half of it.
    expect(told).toMatchObject({ requests: 1, readUnits: 0 })
    expect([2, 4]).toContain(told?.writeUnits)
  })

  test('with a kept command id, cold, beside more ids than ride along: one read more, two with a principal', async () => {
    const journal = dynamoDbJournal({ client, tableName })
    const remembering = () =>
      createEngine(
        { ...account, dedupe: 'always', dedupeWindow: 0 },
        { journal, platform: systemPlatform, costs: true },
      )
    const id = globalThis.crypto.randomUUID()
    const filler = remembering()
    for (let n = 0; n < 100; n++) await filler.execute(id, deposit(1), { commandId: `c${n}` })
    const execute = (options: ExecuteOptions) => remembering().execute(id, deposit(1), options)
    const { cost: without } = await execute({})
    const { cost: withId } = await execute({ commandId: 'new' })
    const { cost: withPrincipal } = await execute({ commandId: 'hers', principal: { id: 'alice' } })
    // AWS bills a read unit for a query that finds nothing; DynamoDB Local tells none.
    expect([without, withId, withPrincipal].map((told) => told?.requests)).toEqual([2, 3, 4])
  })
})

describe('costs that do not depend on the history', () => {
  test('the first command of an entity: 2 requests, at most 1 read unit, 1 write unit', async () => {
    const first = await cost(() => engine().execute(globalThis.crypto.randomUUID(), deposit(1)))
    expect(first).toMatchObject({ requests: 2, writeUnits: 1 })
    expect(first.readUnits).toBeLessThanOrEqual(1)
  })

  test('a conflict, one behind: 1 request more, no read unit', async () => {
    const id = await entityWith(3)
    const [behind, ahead] = [engine(), engine()]
    await behind.execute(id, deposit(1))
    await ahead.execute(id, deposit(1))
    expect(await cost(() => behind.execute(id, deposit(1)))).toMatchObject({ requests: 2, readUnits: 0 })
  })

  test('ten commands at once: one item, one request when warm', async () => {
    const id = await entityWith(1)
    const warm = engine()
    await warm.execute(id, deposit(1))
    const ten = () => Promise.all(Array.from({ length: 10 }, () => warm.execute(id, deposit(1))))
    expect(await cost(ten)).toEqual({ requests: 1, readUnits: 0, writeUnits: 1 })
  })

  test('no transaction is sent but for command ids that are kept', () => {
    const transactions = requests.filter(
      ({ command: name }) => !['PutItemCommand', 'QueryCommand'].includes(name),
    )
    expect([...new Set(transactions.map(({ command: name }) => name))]).toEqual(['TransactWriteItemsCommand'])
  })
})
