import { beforeAll, describe, expect, test } from 'vitest'
import { command } from '../../helpers/bank.ts'
import { localClient, newTable } from '../../helpers/dynamodb.ts'
import {
  after,
  appliedLate,
  appliedThen500,
  hangs,
  replyDropped,
  requestDropped,
  throttled,
  type WireAnswer,
} from '../../helpers/fault-proxy.ts'
import {
  clients,
  faults,
  impatient,
  ourClient,
  silences,
  untilCommits,
  userClient,
  wire,
} from '../../helpers/wire.ts'

let tableName: string

beforeAll(async () => {
  tableName = await newTable(localClient())
})

const ways = clients.flatMap(([client, connect]) => [
  { client, connect, ids: 'with a command id', commandId: 'c-1' },
  { client, connect, ids: 'without a command id', commandId: undefined },
])

describe.concurrent.each(ways)('$client, $ids', ({ connect, commandId }) => {
  test.for(faults)('a deposit is made once, with one more put, when %s', async ([, fault], context) => {
    const { id, mine, balance, commits } = await wire(context, tableName, connect)
    mine.proxy.plan('PutItem', fault)
    const outcome = await mine.engine.execute(id, command.deposit(10), { commandId })
    expect(outcome).toMatchObject({ kind: 'replied', revision: 2, replayed: false })
    expect(mine.puts()).toBe(2)
    expect(await balance()).toBe(15)
    expect(await commits()).toHaveLength(2)
  })

  test.for(silences)('a deposit is made once when %s', async ([, fault], context) => {
    const { id, mine, balance, commits } = await wire(context, tableName, connect, impatient)
    mine.proxy.plan('PutItem', fault)
    const outcome = await mine.engine.execute(id, command.deposit(10), { commandId })
    expect(outcome).toMatchObject({ kind: 'replied', revision: 2, replayed: false })
    await mine.proxy.settled()
    expect(mine.puts()).toBeGreaterThanOrEqual(2)
    expect(await balance()).toBe(15)
    expect(await commits()).toHaveLength(2)
  })

  test('a deposit is made once through several faults in a row', async (context) => {
    const { id, mine, balance, commits } = await wire(context, tableName, connect, impatient)
    mine.proxy.plan('PutItem', requestDropped, hangs, appliedThen500, replyDropped, throttled)
    const outcome = await mine.engine.execute(id, command.deposit(10), { commandId })
    expect(outcome).toMatchObject({ kind: 'replied', revision: 2, replayed: false })
    expect(await balance()).toBe(15)
    expect(await commits()).toHaveLength(2)
  })

  test.for(faults)('a query, cold and warm, reads once more when %s', async ([, fault], context) => {
    const { id, rival, newProcess } = await wire(context, tableName, connect)
    const { proxy, engine, puts } = await newProcess()
    proxy.plan('Query', fault)
    const cold = await engine.execute(id, command.getBalance, { commandId })
    expect(cold).toMatchObject({ reply: { balance: 5, txCount: 1 }, revision: 1 })
    expect(proxy.count('Query')).toBe(2)

    proxy.plan('Query', fault)
    await rival.execute(id, command.deposit(1))
    const warm = await engine.execute(id, command.getBalance, { commandId })
    expect(warm).toMatchObject({ reply: { balance: 6, txCount: 2 }, revision: 2, replayed: false })
    expect(proxy.count('Query')).toBe(4)
    expect(puts()).toBe(0)
  })

  test.for(faults)('a cold deposit is made once when of its recovery %s', async ([, fault], context) => {
    const { id, newProcess, balance } = await wire(context, tableName, connect)
    const { proxy, engine, puts } = await newProcess()
    proxy.plan('Query', fault)
    const outcome = await engine.execute(id, command.deposit(10), { commandId })
    expect(outcome).toMatchObject({ kind: 'replied', revision: 2 })
    expect({ queries: proxy.count('Query'), puts: puts() }).toEqual({ queries: 2, puts: 1 })
    expect(await balance()).toBe(15)
  })

  test('a late put loses to the writer that took its revision meanwhile', async (context) => {
    const { id, mine, rival, balance, commits } = await wire(context, tableName, connect)
    const gate = Promise.withResolvers<void>()
    const late = Promise.withResolvers<WireAnswer>()
    mine.proxy.plan(
      'PutItem',
      async ({ drop, forward }) => {
        drop()
        await gate.promise
        late.resolve(await forward())
      },
      after(async () => {
        await rival.execute(id, command.deposit(100))
        gate.resolve()
        await late.promise
      }),
    )
    const outcome = await mine.engine.execute(id, command.deposit(10), { commandId })
    expect(outcome).toMatchObject({ kind: 'replied', revision: 3, replayed: false })
    expect(String((await late.promise).body)).toContain('ConditionalCheckFailedException')
    expect(mine.puts()).toBe(3)
    expect(await balance()).toBe(115)
    expect(await commits()).toHaveLength(3)
  })

  test('a late put that lands before the next one is known as the own write', async (context) => {
    const wired = await wire(context, tableName, connect)
    const { id, mine, balance } = wired
    const gate = Promise.withResolvers<void>()
    mine.proxy.plan(
      'PutItem',
      appliedLate(gate.promise),
      after(async () => {
        gate.resolve()
        await untilCommits(wired, 2)
      }),
    )
    const outcome = await mine.engine.execute(id, command.deposit(10), { commandId })
    expect(outcome).toMatchObject({ kind: 'replied', revision: 2, replayed: false })
    expect(mine.puts()).toBe(2)
    expect(await balance()).toBe(15)
  })

  test('a late put that comes after the own second one changes nothing', async (context) => {
    const { id, mine, balance, commits } = await wire(context, tableName, connect)
    const gate = Promise.withResolvers<void>()
    mine.proxy.plan('PutItem', appliedLate(gate.promise))
    const outcome = await mine.engine.execute(id, command.deposit(10), { commandId })
    expect(outcome).toMatchObject({ kind: 'replied', revision: 2, replayed: false })
    await mine.engine.execute(id, command.deposit(1))
    gate.resolve()
    await mine.proxy.settled()
    expect(mine.puts()).toBe(3)
    expect(await balance()).toBe(16)
    expect(await commits()).toHaveLength(3)
  })

  test('a landed put whose reply is lost is answered as done, although another writer has gone on', async (context) => {
    const { id, mine, rival, balance, commits } = await wire(context, tableName, connect)
    mine.proxy.plan(
      'PutItem',
      replyDropped,
      after(() => rival.execute(id, command.withdraw(15))),
    )
    const outcome = await mine.engine.execute(id, command.deposit(10), { commandId })
    expect(outcome).toMatchObject({ kind: 'replied', revision: 2, replayed: false })
    expect(mine.puts()).toBe(2)
    expect(await balance()).toBe(0)
    expect(await commits()).toHaveLength(3)
  })
})

describe.concurrent.each(clients)('%s, refusals', (_, connect) => {
  test.for(faults)('with a command id are recorded once when %s', async ([, fault], context) => {
    const { id, mine, newProcess, rival, balance, commits } = await wire(context, tableName, connect)
    mine.proxy.plan('PutItem', fault)
    const refusal = { kind: 'rejected', reason: 'insufficient funds', details: { balance: 5 }, revision: 2 }
    const ask = { commandId: 'w-1' }
    expect(await mine.engine.execute(id, command.withdraw(100), ask)).toEqual({ ...refusal, replayed: false })
    await rival.execute(id, command.deposit(1_000))
    const { engine } = await newProcess()
    expect(await engine.execute(id, command.withdraw(100), ask)).toEqual({ ...refusal, replayed: true })
    expect(await balance()).toBe(1_005)
    expect(await commits()).toHaveLength(3)
  })

  test.for(faults)('without one are verified by a read, repeated when %s', async ([, fault], context) => {
    const { id, mine, rival, balance } = await wire(context, tableName, connect)
    const withdraw = () => mine.engine.execute(id, command.withdraw(6))
    mine.proxy.plan('Query', fault)
    expect(await withdraw()).toMatchObject({ kind: 'rejected', revision: 1 })
    await rival.execute(id, command.deposit(1))
    mine.proxy.plan('Query', fault)
    expect(await withdraw()).toMatchObject({ kind: 'replied', revision: 3 })
    expect(mine.puts()).toBe(1)
    expect(await balance()).toBe(0)
  })
})

describe("the SDK's own attempts", () => {
  test('a landed put that the SDK repeats is known as the own write: the engine asks once', async (context) => {
    const { id, mine, balance } = await wire(context, tableName, userClient(3))
    mine.proxy.plan('PutItem', replyDropped, replyDropped)
    const outcome = await mine.engine.execute(id, command.deposit(10))
    expect(outcome).toMatchObject({ kind: 'replied', revision: 2, replayed: false })
    expect({ puts: mine.puts(), sent: mine.sent() }).toEqual({ puts: 3, sent: 1 })
    expect(await balance()).toBe(15)
  })

  test('a single one, throttled, proves that nothing was written', async (context) => {
    const { id, mine, balance } = await wire(context, tableName, ourClient, { maxAttempts: 2 })
    mine.proxy.plan('PutItem', throttled, throttled)
    await expect(mine.engine.execute(id, command.deposit(10))).rejects.toMatchObject({
      code: 'store-unavailable',
      retryable: true,
      data: { applied: 'no' },
    })
    expect(mine.puts()).toBe(2)
    expect(await balance()).toBe(5)
  })

  test('the last of several, throttled, proves nothing: the first may have landed', async (context) => {
    const { id, mine, newProcess, balance } = await wire(context, tableName, userClient(2), {
      maxAttempts: 1,
    })
    mine.proxy.plan('PutItem', replyDropped, throttled)
    const ask = { commandId: 'c-1' }
    const unknown = { code: 'outcome-unknown' }
    await expect(mine.engine.execute(id, command.deposit(10), ask)).rejects.toMatchObject(unknown)
    expect({ puts: mine.puts(), sent: mine.sent() }).toEqual({ puts: 2, sent: 1 })
    const { engine } = await newProcess()
    expect(await engine.execute(id, command.deposit(10), ask)).toMatchObject({ replayed: true, revision: 2 })
    expect(await balance()).toBe(15)
  })
})
