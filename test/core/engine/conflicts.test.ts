import { describe, expect, test } from 'vitest'
import { storeFailure } from '../../../src/core/base/failures.ts'
import { command, openBank } from '../../helpers/bank.ts'
import { after, hangs, replyLost, requestLost } from '../../helpers/faulty-store.ts'

const id = 'acc-001'

describe('conflicts', () => {
  test('the loser decides again on the state the winner left', async () => {
    const { engine, store, balance } = openBank()
    const [one, two] = [engine(), engine()]
    await one.execute(id, command.deposit(10))
    store.plan(
      'append',
      after(() => two.execute(id, command.withdraw(10))),
    )
    expect(await one.execute(id, command.withdraw(10))).toMatchObject({
      kind: 'rejected',
      details: { balance: 0 },
    })
    expect(await balance()).toBe(0)
  })

  test('a warm engine one commit behind needs one more request, and no read', async () => {
    const { engine, store } = openBank()
    const [one, two] = [engine(), engine()]
    await one.execute(id, command.deposit(1))
    await two.execute(id, command.deposit(1))
    const before = { ...store.calls }
    await one.execute(id, command.deposit(1))
    expect(store.calls.append - before.append).toBe(2)
    expect(store.calls.recover + store.calls.range).toBe(before.recover + before.range)
  })

  test('the budget ends with conflict-budget-exhausted, and nothing of the command is written', async () => {
    const { engine, store, balance } = openBank()
    const rival = engine()
    await rival.execute(id, command.deposit(1))
    const always = Array.from({ length: 5 }, () => after(() => rival.execute(id, command.deposit(1))))
    for (const fault of always) store.plan('append', fault, (call) => call())
    await expect(
      engine({ retry: { maxAttempts: 5 } }).execute(id, command.deposit(1_000)),
    ).rejects.toMatchObject({ code: 'conflict-budget-exhausted', retryable: true, data: { attempts: 5 } })
    expect(await balance()).toBeLessThan(1_000)
  })

  test('16 engines with 20 deposits each all succeed, each once', async () => {
    const { engine, balance, store } = openBank()
    const writers = Array.from({ length: 16 }, () => engine())
    await Promise.all(
      writers.map(async (writer) => {
        for (let n = 0; n < 20; n++) await writer.execute(id, command.deposit(1))
      }),
    )
    expect(await balance()).toBe(320)
    expect(store.calls.append).toBeLessThan(320 * 4)
  })
})

describe('unknown outcomes', () => {
  test('a write whose reply is lost is recognised as its own, not written twice', async () => {
    const { engine, store, balance } = openBank()
    store.plan('append', replyLost)
    expect(await engine().execute(id, command.deposit(5))).toMatchObject({ kind: 'replied', revision: 1 })
    expect(await balance()).toBe(5)
  })

  test('a write that was lost before it landed is sent again', async () => {
    const { engine, store, balance } = openBank()
    store.plan('append', requestLost, requestLost)
    await engine().execute(id, command.deposit(5))
    expect(await balance()).toBe(5)
  })

  test('a store that does not return the winner is asked for it', async () => {
    const { engine, store, balance } = openBank()
    store.plan('append', replyLost, async (call) => ({ ...((await call()) as object), record: undefined }))
    await engine().execute(id, command.deposit(5))
    expect(await balance()).toBe(5)
    expect(store.calls.range).toBe(1)
  })

  test('a write that never gets an answer ends as outcome-unknown at the deadline; the same id then learns its fate', async () => {
    const { engine, store, platform, balance } = openBank()
    store.plan('append', ...Array.from({ length: 200 }, () => hangs))
    const deadline = platform.now() + 5_000
    const bank = engine()
    await expect(bank.execute(id, command.deposit(5), { commandId: 'c1', deadline })).rejects.toMatchObject({
      code: 'outcome-unknown',
      retryable: true,
    })
    expect(platform.now()).toBeLessThanOrEqual(deadline + 1)
    expect(await bank.execute(id, command.deposit(5), { commandId: 'c1' })).toMatchObject({
      replayed: true,
      revision: 1,
    })
    expect(await balance()).toBe(5)
  })

  test('a repeat of a durable command is answered, whatever becomes of the commands of its batch', async () => {
    const { engine, store, platform } = openBank()
    const bank = engine()
    await bank.execute(id, command.deposit(5), { commandId: 'c1' })
    store.plan('append', ...Array.from({ length: 200 }, () => hangs))
    const deadline = platform.now() + 5_000
    const sent = [
      bank.execute(id, command.deposit(5), { commandId: 'c1', deadline }),
      bank.execute(id, command.deposit(7), { commandId: 'c2', deadline }),
      bank.execute(id, command.deposit(7), { commandId: 'c2', deadline }),
    ]
    expect(await Promise.allSettled(sent)).toMatchObject([
      { status: 'fulfilled', value: { replayed: true, revision: 1 } },
      { status: 'rejected', reason: { code: 'outcome-unknown' } },
      { status: 'rejected', reason: { code: 'outcome-unknown' } },
    ])
  })

  test('what the commit does not hold is decided again, not in doubt', async () => {
    const { engine, store } = openBank()
    const bank = engine()
    await bank.execute(id, command.deposit(5), { commandId: 'c1' })
    store.plan('append', hangs, async () => {
      throw storeFailure('append', 'access is denied', { applied: 'no', retryable: false })
    })
    const sent = [
      bank.execute(id, command.deposit(9), { expectedRevision: 7 }),
      bank.execute(id, command.getBalance),
      bank.execute(id, command.withdraw(900)),
      bank.execute(id, command.deposit(9), { commandId: 'c1' }),
      bank.execute(id, command.deposit(1)),
    ]
    expect(await Promise.allSettled(sent)).toMatchObject([
      { status: 'rejected', reason: { code: 'revision-mismatch' } },
      { status: 'fulfilled', value: { reply: { balance: 6 } } },
      { status: 'fulfilled', value: { kind: 'rejected', reason: 'insufficient funds' } },
      { status: 'rejected', reason: { code: 'command-id-reused' } },
      { status: 'rejected', reason: { code: 'outcome-unknown' } },
    ])
  })

  test('a commit that lands late, after another took its place, is lost for good', async () => {
    const { engine, store, balance } = openBank()
    const [one, two] = [engine(), engine()]
    let landLate: () => Promise<unknown> = async () => {}
    store.plan('append', async (call) => {
      landLate = call
      await two.execute(id, command.deposit(100))
      throw new Error('timed out')
    })
    await one.execute(id, command.deposit(5))
    expect(await landLate()).toMatchObject({ kind: 'occupied' })
    expect(await balance()).toBe(105)
  })

  test('reads that fail are repeated; at the deadline the store is unavailable', async () => {
    const { engine, store, platform } = openBank()
    store.plan('recover', requestLost, requestLost)
    await engine().execute(id, command.deposit(1))
    store.plan('recover', ...Array.from({ length: 200 }, () => requestLost))
    await expect(
      engine().execute(id, command.deposit(1), { deadline: platform.now() + 1_000 }),
    ).rejects.toMatchObject({ code: 'store-unavailable', retryable: true })
  })
})

describe('answers are verified', () => {
  test('a refusal decided on warm state reads on first, and decides again when the entity moved', async () => {
    const { engine } = openBank()
    const [one, two] = [engine(), engine()]
    await one.execute(id, command.deposit(1))
    await two.execute(id, command.deposit(100))
    expect(await one.execute(id, command.withdraw(50))).toMatchObject({ kind: 'replied', reply: 'ok' })
  })

  test('a query decided on warm state shows what another engine has written; one request', async () => {
    const { engine, store } = openBank()
    const [one, two] = [engine(), engine()]
    await one.execute(id, command.deposit(1))
    await two.execute(id, command.deposit(100))
    const before = store.requests()
    expect(await one.execute(id, command.getBalance)).toMatchObject({
      reply: { balance: 101, txCount: 2 },
      revision: 2,
    })
    expect(store.requests() - before).toBe(1)
  })

  test('no answer leaves before the commit is durable', async () => {
    const { engine, store } = openBank()
    const told: unknown[] = []
    const toldAtAppend: number[] = []
    const bank = engine()
    await bank.execute(id, command.deposit(10))
    store.plan('append', async (call) => {
      const answer = await call()
      toldAtAppend.push(told.length)
      return answer
    })
    await bank.execute(id, command.withdraw(1), { replyTo: { tell: (message) => told.push(message) } })
    expect(toldAtAppend).toEqual([0])
    expect(told).toEqual(['ok'])
  })

  test('what an abandoned attempt told is dropped', async () => {
    const { engine, store } = openBank()
    const [one, two] = [engine(), engine()]
    const told: unknown[] = []
    await one.execute(id, command.deposit(10))
    store.plan(
      'append',
      after(() => two.execute(id, command.deposit(1))),
    )
    await one.execute(id, command.withdraw(1), { replyTo: { tell: (message) => told.push(message) } })
    expect(told).toEqual(['ok'])
  })
})
