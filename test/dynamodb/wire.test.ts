import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { type Commit, createEngine, type RetryOptions, systemPlatform } from 'tailfold'
import { dynamoDbJournal } from 'tailfold/dynamodb'
import { beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest'
import { type AccountState, account } from '../../functions/bank/account.ts'
import { command } from '../helpers/bank.ts'
import { accessKeyId, localClient, newTable } from '../helpers/dynamodb.ts'
import {
  after,
  appliedLate,
  appliedThen500,
  appliedThenBadGateway,
  appliedThenHangs,
  capacityExceeded,
  failed500,
  hangs,
  passed,
  replyCut,
  replyDropped,
  requestDropped,
  startFaultProxy,
  throttled,
  type WireAnswer,
  type WireFault,
} from '../helpers/fault-proxy.ts'

const direct = localClient()
let tableName: string

beforeAll(async () => {
  tableName = await newTable(direct)
})

const clients = [
  ['our client', (endpoint: string) => localClient({ endpoint, requestTimeoutMs: 300 })],
  // As users make them: the SDK tries three times by itself, and waits for ever.
  [
    'a plain client',
    (endpoint: string) =>
      new DynamoDBClient({
        endpoint,
        region: 'local',
        credentials: { accessKeyId, secretAccessKey: 'secret' },
      }),
  ],
] as const

const ways = clients.flatMap(([client, connect]) => [
  { client, connect, ids: 'with a command id', commandId: 'c-1' },
  { client, connect, ids: 'without a command id', commandId: undefined },
])

/** An account that stands at 5, and engines that reach it through a proxy or past it. */
async function wire(connect: (endpoint: string) => DynamoDBClient, retry: RetryOptions = {}) {
  const proxy = await startFaultProxy(inject('endpoint'))
  const client = connect(proxy.endpoint)
  onTestFinished(async () => {
    client.destroy()
    await proxy.close()
  })
  const id = globalThis.crypto.randomUUID()
  const journal = dynamoDbJournal({ client: direct, tableName })
  let sent = 0
  client.middlewareStack.add(
    (next, context) => (args) => {
      if (context.commandName === 'PutItemCommand') sent += 1
      return next(args)
    },
    { step: 'initialize', name: 'countSends' },
  )
  const engine = () =>
    createEngine(account, {
      journal: dynamoDbJournal({ client, tableName }),
      platform: systemPlatform,
      retry: { requestTimeoutMs: 400, ...retry },
    })
  const rival = createEngine(account, { journal, platform: systemPlatform })
  const mine = engine()
  await mine.execute(id, command.deposit(5))
  const putsBefore = proxy.count('PutItem')
  sent = 0

  return {
    id,
    proxy,
    /** Knows the account already. */
    mine,
    /** One more process behind the same proxy; knows nothing. */
    engine,
    /** Another writer, past the proxy. */
    rival,
    puts: () => proxy.count('PutItem') - putsBefore,
    /** Puts the engine asked its client for. */
    sent: () => sent,
    /** What a process sees that starts now and goes past the proxy. */
    async balance() {
      const { state } = await createEngine(account, { journal, platform: systemPlatform }).read(id)
      return (state as AccountState).balance
    },
    async commits() {
      const commits: Commit[] = []
      const entity = { entityType: account.entityType, entityId: id }
      for await (const page of journal.commitLog.commits(entity, { fromRevision: 1, previousHash: '' })) {
        commits.push(...page)
      }
      return commits
    },
  }
}

/** One fault each. The name says whether the put it strikes is carried out. */
const faults: readonly (readonly [name: string, fault: WireFault])[] = [
  ['the reply is dropped', replyDropped],
  ['the reply is cut in half', replyCut],
  ['the request is dropped', requestDropped],
  ['applied, then HTTP 500', appliedThen500],
  ['applied, then the page of a gateway', appliedThenBadGateway],
  ['HTTP 500, not applied', failed500],
  ['throttled', throttled],
  ['capacity exceeded', capacityExceeded],
]

/** Faults that only a time-out ends. */
const silences: readonly (readonly [name: string, fault: WireFault])[] = [
  ['it hangs, not applied', hangs],
  ['it hangs, applied', appliedThenHangs],
  ['it is applied and answered after the time-out', after(500)],
]

describe.each(ways)('$client, $ids', ({ connect, commandId }) => {
  test.each(faults)('a put whose %s moves the balance once, with one more put', async (_, fault) => {
    const { id, proxy, mine, puts, balance, commits } = await wire(connect)
    proxy.plan('PutItem', fault)
    const outcome = await mine.execute(id, command.deposit(10), { commandId })
    expect(outcome).toMatchObject({ kind: 'replied', revision: 2, replayed: false })
    expect(puts()).toBe(2)
    expect(await balance()).toBe(15)
    expect(await commits()).toHaveLength(2)
  })

  test.each(silences)('a put that gets no answer, for %s, moves the balance once', async (_, fault) => {
    const { id, proxy, mine, puts, balance, commits } = await wire(connect)
    proxy.plan('PutItem', fault)
    const outcome = await mine.execute(id, command.deposit(10), { commandId })
    expect(outcome).toMatchObject({ kind: 'replied', revision: 2, replayed: false })
    await proxy.settled()
    expect(puts()).toBeGreaterThanOrEqual(2)
    expect(await balance()).toBe(15)
    expect(await commits()).toHaveLength(2)
  })

  test('every fault one after the other in one command moves the balance once', async () => {
    const { id, proxy, mine, balance, commits } = await wire(connect)
    proxy.plan('PutItem', ...faults.map(([, fault]) => fault))
    const outcome = await mine.execute(id, command.deposit(10), { commandId })
    expect(outcome).toMatchObject({ kind: 'replied', revision: 2, replayed: false })
    expect(await balance()).toBe(15)
    expect(await commits()).toHaveLength(2)
  })

  test.each(faults)('a query whose read meets this is repeated: %s', async (_, fault) => {
    const { id, proxy, engine, rival, puts } = await wire(connect)
    await rival.execute(id, command.deposit(1))
    const cold = engine()
    proxy.plan('Query', fault)
    const before = proxy.count('Query')
    const reply = { balance: 6, txCount: 2 }
    expect(await cold.execute(id, command.getBalance, { commandId })).toMatchObject({ reply, revision: 2 })
    expect(proxy.count('Query') - before).toBe(2)

    proxy.plan('Query', fault)
    await rival.execute(id, command.deposit(1))
    const warm = await cold.execute(id, command.getBalance, { commandId })
    expect(warm).toMatchObject({ reply: { balance: 7, txCount: 3 }, revision: 3, replayed: false })
    expect(proxy.count('Query') - before).toBe(4)
    expect(puts()).toBe(0)
  })

  test.each([...faults, ...silences])(
    'a command that recovers while %s is carried out once',
    async (_, fault) => {
      const { id, proxy, engine, puts, balance } = await wire(connect)
      proxy.plan('Query', fault)
      const outcome = await engine().execute(id, command.deposit(10), { commandId })
      expect(outcome).toMatchObject({ kind: 'replied', revision: 2 })
      expect(puts()).toBe(1)
      expect(await balance()).toBe(15)
    },
  )

  test('a late put loses to the writer that took its revision meanwhile', async () => {
    const { id, proxy, mine, rival, puts, balance, commits } = await wire(connect)
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
    const { id, proxy, mine, puts, balance, commits } = await wire(connect)
    const gate = Promise.withResolvers<void>()
    proxy.plan(
      'PutItem',
      appliedLate(gate.promise),
      after(async () => {
        gate.resolve()
        await untilCommits(commits, 2)
      }),
    )
    const outcome = await mine.execute(id, command.deposit(10), { commandId })
    expect(outcome).toMatchObject({ kind: 'replied', revision: 2, replayed: false })
    expect(puts()).toBe(2)
    expect(await balance()).toBe(15)
  })

  test('a late put that comes after the own second one changes nothing', async () => {
    const { id, proxy, mine, puts, balance, commits } = await wire(connect)
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

  test('my landed put whose reply is lost is told ok even when another writer has gone on', async () => {
    const { id, proxy, mine, rival, puts, balance, commits } = await wire(connect)
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

describe.each(clients)('%s: refusals', (_, connect) => {
  test.each([...faults, ...silences])('with a command id are recorded once while %s', async (_, fault) => {
    const { id, proxy, mine, engine, rival, balance, commits } = await wire(connect)
    proxy.plan('PutItem', fault)
    const refusal = { kind: 'rejected', reason: 'insufficient funds', details: { balance: 5 }, revision: 2 }
    const ask = { commandId: 'w-1' }
    expect(await mine.execute(id, command.withdraw(100), ask)).toEqual({ ...refusal, replayed: false })
    await rival.execute(id, command.deposit(1_000))
    expect(await engine().execute(id, command.withdraw(100), ask)).toEqual({ ...refusal, replayed: true })
    await proxy.settled()
    expect(await balance()).toBe(1_005)
    expect(await commits()).toHaveLength(3)
  })

  test.each(faults)('without a command id are verified by a read, repeated while %s', async (_, fault) => {
    const { id, proxy, mine, rival, puts, balance } = await wire(connect)
    proxy.plan('Query', fault)
    expect(await mine.execute(id, command.withdraw(6))).toMatchObject({ kind: 'rejected', revision: 1 })
    await rival.execute(id, command.deposit(1))
    proxy.plan('Query', fault)
    expect(await mine.execute(id, command.withdraw(6))).toMatchObject({ kind: 'replied', revision: 3 })
    expect(puts()).toBe(2)
    expect(await balance()).toBe(0)
  })
})

describe.each(clients)('%s: at the deadline', (_, connect) => {
  const short = { timeoutMs: 400, requestTimeoutMs: 150 }
  const ask = { commandId: 'c-1' }
  const unknown = { code: 'outcome-unknown', retryable: true }

  test.each([
    ['every reply is dropped', replyDropped, true],
    ['every reply is cut', replyCut, true],
    ['everything is applied and hangs', appliedThenHangs, true],
    ['everything is applied and answered 500', appliedThen500, true],
    ['every request is dropped', requestDropped, false],
    ['everything hangs', hangs, false],
    ['everything is answered 500', failed500, false],
  ])('%s: outcome-unknown, and the same id learns its fate', async (_, fault, applied) => {
    const { id, proxy, mine, engine, balance, commits } = await wire(connect, short)
    proxy.otherwise((operation) => (operation === 'PutItem' ? fault : passed))
    await expect(mine.execute(id, command.deposit(10), ask)).rejects.toMatchObject(unknown)
    expect(await balance()).toBe(applied ? 15 : 5)
    proxy.heal()
    const outcome = await engine().execute(id, command.deposit(10), ask)
    expect(outcome).toMatchObject({ kind: 'replied', replayed: applied })
    expect(await balance()).toBe(15)
    expect(await commits()).toHaveLength(2)
    expect(await mine.execute(id, command.deposit(10), ask)).toMatchObject({ replayed: true, revision: 2 })
  })

  test('a landed put, then nothing but throttling: outcome-unknown, for the last answer says nothing of the first put', async () => {
    const { id, proxy, mine, engine, balance } = await wire(connect, short)
    proxy.plan('PutItem', replyDropped)
    proxy.otherwise((operation) => (operation === 'PutItem' ? throttled : passed))
    await expect(mine.execute(id, command.deposit(10), ask)).rejects.toMatchObject(unknown)
    proxy.heal()
    expect(await engine().execute(id, command.deposit(10), ask)).toMatchObject({
      replayed: true,
      revision: 2,
    })
    expect(await balance()).toBe(15)
  })

  test('a put that lands after the caller gave up is found by the same id', async () => {
    const { id, proxy, mine, engine, balance, commits } = await wire(connect, short)
    const gate = Promise.withResolvers<void>()
    proxy.otherwise((operation) => (operation === 'PutItem' ? appliedLate(gate.promise) : passed))
    await expect(mine.execute(id, command.deposit(10), ask)).rejects.toMatchObject(unknown)
    expect(await balance()).toBe(5)
    gate.resolve()
    await proxy.settled()
    proxy.heal()
    expect(await engine().execute(id, command.deposit(10), ask)).toMatchObject({
      replayed: true,
      revision: 2,
    })
    expect(await balance()).toBe(15)
    expect(await commits()).toHaveLength(2)
  })

  test('a put that lands after the repeated command changes nothing', async () => {
    const { id, proxy, mine, engine, balance, commits } = await wire(connect, short)
    const gate = Promise.withResolvers<void>()
    proxy.otherwise((operation) => (operation === 'PutItem' ? appliedLate(gate.promise) : passed))
    await expect(mine.execute(id, command.deposit(10), ask)).rejects.toMatchObject(unknown)
    proxy.heal()
    expect(await engine().execute(id, command.deposit(10), ask)).toMatchObject({
      replayed: false,
      revision: 2,
    })
    gate.resolve()
    await proxy.settled()
    expect(await balance()).toBe(15)
    expect(await commits()).toHaveLength(2)
  })

  test('a put that lands between the read and the put of the repeated command is found by it', async () => {
    const { id, proxy, mine, engine, balance, commits } = await wire(connect, short)
    const gate = Promise.withResolvers<void>()
    proxy.otherwise((operation) => (operation === 'PutItem' ? appliedLate(gate.promise) : passed))
    await expect(mine.execute(id, command.deposit(10), ask)).rejects.toMatchObject(unknown)
    proxy.heal()
    proxy.plan(
      'PutItem',
      after(async () => {
        gate.resolve()
        await untilCommits(commits, 2)
      }),
    )
    expect(await engine().execute(id, command.deposit(10), ask)).toMatchObject({
      replayed: true,
      revision: 2,
    })
    await proxy.settled()
    expect(await balance()).toBe(15)
    expect(await commits()).toHaveLength(2)
  })

  test('a query that is never answered fails, retryable; nothing is written', async () => {
    const { id, proxy, mine, commits } = await wire(connect, short)
    proxy.otherwise((operation) => (operation === 'Query' ? requestDropped : passed))
    await expect(mine.execute(id, command.getBalance)).rejects.toMatchObject({ retryable: true })
    expect(await commits()).toHaveLength(1)
  })
})

describe('what the client tells of a refused put', () => {
  const short = { timeoutMs: 400, requestTimeoutMs: 300 }

  test('one attempt and nothing but throttling proves that nothing was written', async () => {
    const { id, proxy, mine, balance } = await wire(clients[0][1], short)
    proxy.otherwise((operation) => (operation === 'PutItem' ? throttled : passed))
    await expect(mine.execute(id, command.deposit(10), { commandId: 'c-1' })).rejects.toMatchObject({
      code: 'store-unavailable',
      retryable: true,
      data: { applied: 'no' },
    })
    expect(await balance()).toBe(5)
  })

  test("several attempts of the SDK's own prove nothing", async () => {
    const { id, proxy, mine, balance } = await wire(clients[1][1], short)
    proxy.otherwise((operation) => (operation === 'PutItem' ? throttled : passed))
    await expect(mine.execute(id, command.deposit(10), { commandId: 'c-1' })).rejects.toMatchObject({
      code: 'outcome-unknown',
    })
    expect(await balance()).toBe(5)
  })

  test("the SDK's own repeat of a landed put is known as the own write: the engine asks once", async () => {
    const { id, proxy, mine, puts, sent, balance } = await wire(clients[1][1])
    proxy.plan('PutItem', replyDropped, replyDropped)
    expect(await mine.execute(id, command.deposit(10))).toMatchObject({ kind: 'replied', revision: 2 })
    expect({ puts: puts(), sent: sent() }).toEqual({ puts: 3, sent: 1 })
    expect(await balance()).toBe(15)
  })
})

/** Waits for what a request on its way will do. */
async function untilCommits(commits: () => Promise<readonly Commit[]>, count: number): Promise<void> {
  while ((await commits()).length < count);
}
