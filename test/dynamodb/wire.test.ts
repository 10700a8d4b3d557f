import { beforeAll, describe, expect, test } from 'vitest'
import { command } from '../helpers/bank.ts'
import { localClient, newTable } from '../helpers/dynamodb.ts'
import { after, appliedLate, replyDropped, throttled, type WireAnswer } from '../helpers/fault-proxy.ts'
import {
  clients,
  faults,
  impatient,
  ourClient,
  plainClient,
  silences,
  untilCommits,
  wire,
} from '../helpers/wire.ts'

let tableName: string

beforeAll(async () => {
  tableName = await newTable(localClient())
})

const ways = clients.flatMap(([client, connect]) => [
  { client, connect, ids: 'with a command id', commandId: 'c-1' },
  { client, connect, ids: 'without a command id', commandId: undefined },
])

describe.each(ways)('$client, $ids', ({ connect, commandId }) => {
  test.each(faults)('a deposit is made once, with one more put, when %s', async (_, fault) => {
    const { id, proxy, mine, puts, balance, commits } = await wire(connect, tableName)
    proxy.plan('PutItem', fault)
    const outcome = await mine.execute(id, command.deposit(10), { commandId })
    expect(outcome).toMatchObject({ kind: 'replied', revision: 2, replayed: false })
    expect(puts()).toBe(2)
    expect(await balance()).toBe(15)
    expect(await commits()).toHaveLength(2)
  })

  test.each(silences)('a deposit is made once when %s', async (_, fault) => {
    const { id, proxy, mine, puts, balance, commits } = await wire(connect, tableName, impatient)
    proxy.plan('PutItem', fault)
    const outcome = await mine.execute(id, command.deposit(10), { commandId })
    expect(outcome).toMatchObject({ kind: 'replied', revision: 2, replayed: false })
    await proxy.settled()
    expect(puts()).toBeGreaterThanOrEqual(2)
    expect(await balance()).toBe(15)
    expect(await commits()).toHaveLength(2)
  })

  test('a deposit is made once through all faults one after the other', async () => {
    const { id, proxy, mine, balance, commits } = await wire(connect, tableName, impatient)
    proxy.plan('PutItem', ...[...faults, ...silences].map(([, fault]) => fault))
    const outcome = await mine.execute(id, command.deposit(10), { commandId })
    expect(outcome).toMatchObject({ kind: 'replied', revision: 2, replayed: false })
    await proxy.settled()
    expect(await balance()).toBe(15)
    expect(await commits()).toHaveLength(2)
  })

  test.each(faults)('a query, cold and warm, reads once more when %s', async (_, fault) => {
    const { id, proxy, engine, rival, puts } = await wire(connect, tableName)
    const process = engine()
    const before = proxy.count('Query')
    proxy.plan('Query', fault)
    const cold = await process.execute(id, command.getBalance, { commandId })
    expect(cold).toMatchObject({ reply: { balance: 5, txCount: 1 }, revision: 1 })
    expect(proxy.count('Query') - before).toBe(2)

    proxy.plan('Query', fault)
    await rival.execute(id, command.deposit(1))
    const warm = await process.execute(id, command.getBalance, { commandId })
    expect(warm).toMatchObject({ reply: { balance: 6, txCount: 2 }, revision: 2, replayed: false })
    expect(proxy.count('Query') - before).toBe(4)
    expect(puts()).toBe(0)
  })

  test.each(faults)('a cold deposit is made once when its recovery finds that %s', async (_, fault) => {
    const { id, proxy, engine, puts, balance } = await wire(connect, tableName)
    proxy.plan('Query', fault)
    const outcome = await engine().execute(id, command.deposit(10), { commandId })
    expect(outcome).toMatchObject({ kind: 'replied', revision: 2 })
    expect(puts()).toBe(1)
    expect(await balance()).toBe(15)
  })

  test('a late put loses to the writer that took its revision meanwhile', async () => {
    const { id, proxy, mine, rival, puts, balance, commits } = await wire(connect, tableName)
    const gate = Promise.withResolvers<void>()
    const late = Promise.withResolvers<WireAnswer>()
    proxy.plan(
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
    const outcome = await mine.execute(id, command.deposit(10), { commandId })
    expect(outcome).toMatchObject({ kind: 'replied', revision: 3, replayed: false })
    expect(String((await late.promise).body)).toContain('ConditionalCheckFailedException')
    expect(puts()).toBe(3)
    expect(await balance()).toBe(115)
    expect(await commits()).toHaveLength(3)
  })

  test('a late put that lands before the next one is known as the own write', async () => {
    const wired = await wire(connect, tableName)
    const { id, proxy, mine, puts, balance } = wired
    const gate = Promise.withResolvers<void>()
    proxy.plan(
      'PutItem',
      appliedLate(gate.promise),
      after(async () => {
        gate.resolve()
        await untilCommits(wired, 2)
      }),
    )
    const outcome = await mine.execute(id, command.deposit(10), { commandId })
    expect(outcome).toMatchObject({ kind: 'replied', revision: 2, replayed: false })
    expect(puts()).toBe(2)
    expect(await balance()).toBe(15)
  })

  test('a late put that comes after the own second one changes nothing', async () => {
    const { id, proxy, mine, puts, balance, commits } = await wire(connect, tableName)
    const gate = Promise.withResolvers<void>()
    proxy.plan('PutItem', appliedLate(gate.promise))
    const outcome = await mine.execute(id, command.deposit(10), { commandId })
    expect(outcome).toMatchObject({ kind: 'replied', revision: 2, replayed: false })
    await mine.execute(id, command.deposit(1))
    gate.resolve()
    await proxy.settled()
    expect(puts()).toBe(3)
    expect(await balance()).toBe(16)
    expect(await commits()).toHaveLength(3)
  })

  test('a landed put whose reply is lost is told ok even when another writer has gone on', async () => {
    const { id, proxy, mine, rival, puts, balance, commits } = await wire(connect, tableName)
    proxy.plan(
      'PutItem',
      replyDropped,
      after(() => rival.execute(id, command.withdraw(15))),
    )
    const outcome = await mine.execute(id, command.deposit(10), { commandId })
    expect(outcome).toMatchObject({ kind: 'replied', revision: 2, replayed: false })
    expect(puts()).toBe(2)
    expect(await balance()).toBe(0)
    expect(await commits()).toHaveLength(3)
  })
})

describe.each(clients)('%s, refusals', (_, connect) => {
  test.each(faults)('with a command id are recorded once when %s', async (_name, fault) => {
    const { id, proxy, mine, engine, rival, balance, commits } = await wire(connect, tableName)
    proxy.plan('PutItem', fault)
    const refusal = { kind: 'rejected', reason: 'insufficient funds', details: { balance: 5 }, revision: 2 }
    const ask = { commandId: 'w-1' }
    expect(await mine.execute(id, command.withdraw(100), ask)).toEqual({ ...refusal, replayed: false })
    await rival.execute(id, command.deposit(1_000))
    expect(await engine().execute(id, command.withdraw(100), ask)).toEqual({ ...refusal, replayed: true })
    expect(await balance()).toBe(1_005)
    expect(await commits()).toHaveLength(3)
  })

  test.each(faults)('without a command id are verified by a read, repeated when %s', async (_name, fault) => {
    const { id, proxy, mine, rival, puts, balance } = await wire(connect, tableName)
    proxy.plan('Query', fault)
    expect(await mine.execute(id, command.withdraw(6))).toMatchObject({ kind: 'rejected', revision: 1 })
    await rival.execute(id, command.deposit(1))
    proxy.plan('Query', fault)
    expect(await mine.execute(id, command.withdraw(6))).toMatchObject({ kind: 'replied', revision: 3 })
    expect(puts()).toBe(1)
    expect(await balance()).toBe(0)
  })
})

describe("the SDK's own attempts", () => {
  const fewAttempts = { maxAttempts: 2 }
  const throttledFirst = [throttled, throttled, throttled, throttled, throttled, throttled]

  test('a landed put that the SDK repeats is known as the own write: the engine asks once', async () => {
    const { id, proxy, mine, puts, sent, balance } = await wire(plainClient, tableName)
    proxy.plan('PutItem', replyDropped, replyDropped)
    const outcome = await mine.execute(id, command.deposit(10))
    expect(outcome).toMatchObject({ kind: 'replied', revision: 2, replayed: false })
    expect({ puts: puts(), sent: sent() }).toEqual({ puts: 3, sent: 1 })
    expect(await balance()).toBe(15)
  })

  test('one attempt, throttled, proves that nothing was written', async () => {
    const { id, proxy, mine, puts, balance } = await wire(ourClient, tableName, fewAttempts)
    proxy.plan('PutItem', ...throttledFirst)
    await expect(mine.execute(id, command.deposit(10))).rejects.toMatchObject({
      code: 'store-unavailable',
      retryable: true,
      data: { applied: 'no' },
    })
    expect(puts()).toBe(2)
    expect(await balance()).toBe(5)
  })

  test('of several attempts the last, throttled, proves nothing: the first has landed', async () => {
    const { id, proxy, mine, engine, sent, balance } = await wire(plainClient, tableName, { maxAttempts: 1 })
    proxy.plan('PutItem', replyDropped, throttled, throttled)
    const ask = { commandId: 'c-1' }
    await expect(mine.execute(id, command.deposit(10), ask)).rejects.toMatchObject({
      code: 'outcome-unknown',
    })
    expect(sent()).toBe(1)
    expect(await engine().execute(id, command.deposit(10), ask)).toMatchObject({
      replayed: true,
      revision: 2,
    })
    expect(await balance()).toBe(15)
  })
})
