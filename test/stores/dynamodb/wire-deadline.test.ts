import { beforeAll, describe, expect, test } from 'vitest'
import { command } from '../../helpers/bank.ts'
import { localClient, newTable } from '../../helpers/dynamodb.ts'
import {
  after,
  appliedLate,
  appliedThen500,
  appliedThenHangs,
  failed500,
  hangs,
  passed,
  replyCut,
  replyDropped,
  requestDropped,
  throttled,
  type WireFault,
} from '../../helpers/fault-proxy.ts'
import { clients, untilCommits, wire, type WiredAccount } from '../../helpers/wire.ts'

const short = { timeoutMs: 400, requestTimeoutMs: 200 }
const ask = { commandId: 'c-1' }

let tableName: string

beforeAll(async () => {
  tableName = await newTable(localClient())
})

/** Deposits 10 while each put meets the fault, until the deadline and beyond: the SDK may still be trying. */
async function giveUp({ id, mine }: WiredAccount, fault: WireFault, commandId?: string): Promise<void> {
  mine.proxy.otherwise((operation) => (operation === 'PutItem' ? fault : passed))
  await expect(mine.engine.execute(id, command.deposit(10), { commandId })).rejects.toMatchObject({
    code: 'outcome-unknown',
    retryable: true,
  })
}

const lasting: readonly (readonly [name: string, fault: WireFault, applied: boolean])[] = [
  ['every reply is dropped', replyDropped, true],
  ['every reply is cut in half', replyCut, true],
  ['every put is applied and hangs', appliedThenHangs, true],
  ['every put is applied and answered with HTTP 500', appliedThen500, true],
  ['every put is dropped', requestDropped, false],
  ['every put hangs', hangs, false],
  ['every put is answered with HTTP 500', failed500, false],
]

describe.concurrent.each(clients)('%s, at the deadline of a command', (_, connect) => {
  test.for(lasting)('%s: unknown, and the same id learns its fate', async ([, fault, applied], context) => {
    const wired = await wire(context, tableName, connect, short)
    const { id, newProcess, balance, commits } = wired
    await giveUp(wired, fault, ask.commandId)
    expect(await balance()).toBe(applied ? 15 : 5)
    const deposit = async () => (await newProcess()).engine.execute(id, command.deposit(10), ask)
    expect(await deposit()).toMatchObject({ kind: 'replied', replayed: applied, revision: 2 })
    expect(await deposit()).toMatchObject({ kind: 'replied', replayed: true, revision: 2 })
    expect(await balance()).toBe(15)
    expect(await commits()).toHaveLength(2)
  })

  test.for(lasting)(
    '%s: unknown without an id too, made at most once',
    async ([, fault, applied], context) => {
      const wired = await wire(context, tableName, connect, short)
      await giveUp(wired, fault)
      expect(await wired.balance()).toBe(applied ? 15 : 5)
      expect(await wired.commits()).toHaveLength(applied ? 2 : 1)
    },
  )

  test('a landed put, then nothing but throttling: unknown, for throttling says nothing of the first', async (context) => {
    const wired = await wire(context, tableName, connect, short)
    wired.mine.proxy.plan('PutItem', replyDropped)
    await giveUp(wired, throttled, ask.commandId)
    const { engine } = await wired.newProcess()
    const again = await engine.execute(wired.id, command.deposit(10), ask)
    expect(again).toMatchObject({ replayed: true, revision: 2 })
    expect(await wired.balance()).toBe(15)
  })

  test('a put that lands after the caller gave up is found by the same id', async (context) => {
    const wired = await wire(context, tableName, connect, short)
    const { id, mine, newProcess, balance, commits } = wired
    const gate = Promise.withResolvers<void>()
    await giveUp(wired, appliedLate(gate.promise), ask.commandId)
    expect(await balance()).toBe(5)
    gate.resolve()
    await mine.proxy.settled()
    const { engine } = await newProcess()
    expect(await engine.execute(id, command.deposit(10), ask)).toMatchObject({ replayed: true, revision: 2 })
    expect(await balance()).toBe(15)
    expect(await commits()).toHaveLength(2)
  })

  test('a put that lands after the repeated command changes nothing', async (context) => {
    const wired = await wire(context, tableName, connect, short)
    const { id, mine, newProcess, balance, commits } = wired
    const gate = Promise.withResolvers<void>()
    await giveUp(wired, appliedLate(gate.promise), ask.commandId)
    const { engine } = await newProcess()
    expect(await engine.execute(id, command.deposit(10), ask)).toMatchObject({ replayed: false, revision: 2 })
    gate.resolve()
    await mine.proxy.settled()
    expect(await balance()).toBe(15)
    expect(await commits()).toHaveLength(2)
  })

  test('a put that lands between the read and the put of the repeated command is found by it', async (context) => {
    const wired = await wire(context, tableName, connect, short)
    const { id, mine, newProcess, balance, commits } = wired
    const gate = Promise.withResolvers<void>()
    await giveUp(wired, appliedLate(gate.promise), ask.commandId)
    const { proxy, engine } = await newProcess()
    proxy.plan(
      'PutItem',
      after(async () => {
        gate.resolve()
        await untilCommits(wired, 2)
      }),
    )
    expect(await engine.execute(id, command.deposit(10), ask)).toMatchObject({ replayed: true, revision: 2 })
    await mine.proxy.settled()
    expect(await balance()).toBe(15)
    expect(await commits()).toHaveLength(2)
  })

  test('a refusal whose recording stays unknown is the same when asked again, whatever happened since', async (context) => {
    const { id, mine, newProcess, rival, balance } = await wire(context, tableName, connect, short)
    mine.proxy.otherwise((operation) => (operation === 'PutItem' ? replyDropped : passed))
    const unknown = { code: 'outcome-unknown' }
    await expect(mine.engine.execute(id, command.withdraw(100), ask)).rejects.toMatchObject(unknown)
    await rival.execute(id, command.deposit(1_000))
    const { engine } = await newProcess()
    const again = await engine.execute(id, command.withdraw(100), ask)
    expect(again).toMatchObject({ kind: 'rejected', details: { balance: 5 }, replayed: true, revision: 2 })
    expect(await balance()).toBe(1_005)
  })

  test('a query that is never answered fails, retryable; nothing is written', async (context) => {
    const { id, mine, commits } = await wire(context, tableName, connect, short)
    mine.proxy.otherwise((operation) => (operation === 'Query' ? requestDropped : passed))
    await expect(mine.engine.execute(id, command.getBalance)).rejects.toMatchObject({ retryable: true })
    expect(await commits()).toHaveLength(1)
  })
})
