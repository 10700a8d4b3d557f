import { createEngine, type EngineOptions, systemPlatform } from 'tailfold'
import { dynamoDbJournal } from 'tailfold/dynamodb'
import { beforeAll, describe, expect, test } from 'vitest'
import { account } from '../../functions/bank/account.ts'
import { command } from '../helpers/bank.ts'
import { localClient, newTable } from '../helpers/dynamodb.ts'
import { type MeteredRequest, meter } from '../helpers/metered-client.ts'

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
  const units = (command: string) =>
    sent.filter((request) => request.command === command).reduce((sum, request) => sum + request.units, 0)
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

  test('no transaction is ever sent', () => {
    const commands = new Set(requests.map(({ command }) => command))
    expect(commands).toEqual(new Set(['PutItemCommand', 'QueryCommand']))
  })
})
