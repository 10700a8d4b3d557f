import {
  type ActorFailure,
  type ActorRef,
  ActorSystem,
  type Behavior,
  Behaviors,
  type CommandContext,
  entity,
  InMemoryJournal,
  KeyValueJournal,
  memoryStore,
  type SupervisionOptions,
} from 'tailfold'
import { describe, expect, test } from 'vitest'
import { account } from '../../../functions/bank/account.ts'
import { virtualPlatform } from '../../../src/testing/virtual-platform.ts'
import { faultyStore, hangs, requestLost } from '../../helpers/faulty-store.ts'

function openSystem(supervision: SupervisionOptions = {}) {
  const store = faultyStore(memoryStore())
  const journal = new KeyValueJournal(store)
  const platform = virtualPlatform()
  const failures: ActorFailure[] = []
  const system = () =>
    new ActorSystem({
      name: 'bank',
      platform,
      supervision: { onFailure: (failure) => void failures.push(failure), ...supervision },
    })
  const bankAccount = (entityId = 'acc-001') => Behaviors.eventSourced({ ...account, entityId, journal })
  return { store, journal, platform, failures, system, bankAccount }
}

type Tick =
  | { type: 'Tick'; n: number; replyTo: ActorRef<number> }
  | { type: 'Stop' }
  | { type: 'Seen'; replyTo: ActorRef<readonly number[]> }

/** Counts ticks; `n` below zero makes the handler throw. */
const ticker = entity({
  entityType: 'ticker',
  initialState: [] as readonly number[],
  onEvent: (state: readonly number[], event: { type: 'Ticked'; n: number }): readonly number[] => [
    ...state,
    event.n,
  ],
  onCommand(
    _ctx: CommandContext,
    state: readonly number[],
    command: Tick,
  ): Behavior<{ type: 'Ticked'; n: number }, readonly number[]> {
    switch (command.type) {
      case 'Tick':
        if (command.n < 0) throw new Error(`cannot tick ${command.n}`)
        return Behaviors.persisted({
          events: [{ type: 'Ticked', n: command.n }],
          reply: (after) => after.length,
        })
      case 'Stop':
        return Behaviors.stopped()
      case 'Seen':
        command.replyTo.tell(state)
        return Behaviors.same()
    }
  },
})

describe('an actor', () => {
  test('answers what was told before it was asked, in order', async () => {
    const { system, journal } = openSystem()
    await using actors = system()
    const ref = actors.spawn(Behaviors.eventSourced({ ...ticker, entityId: 't', journal }), 't')
    for (let n = 0; n < 50; n++) ref.tell({ type: 'Tick', n, replyTo: { tell() {} } })
    expect(await actors.ask(ref, { type: 'Seen' }, 1_000)).toEqual(Array.from({ length: 50 }, (_, n) => n))
  })

  test('recovers in another system from the same journal', async () => {
    const { system, bankAccount } = openSystem()
    {
      await using first = system()
      const acc = first.spawn(bankAccount(), 'account')
      acc.tell({ type: 'Deposit', amount: 1_000 })
      acc.tell({ type: 'Deposit', amount: 500 })
    }
    await using second = system()
    const acc = second.spawn(bankAccount(), 'account')
    expect(await second.ask(acc, { type: 'GetBalance' }, 2_000)).toEqual({ balance: 1_500, txCount: 2 })
  })

  test('in two systems on one journal at once loses no command', async () => {
    const { system, bankAccount } = openSystem()
    await using one = system()
    await using two = system()
    const refs = [one.spawn(bankAccount(), 'a'), two.spawn(bankAccount(), 'a')] as const
    for (let n = 0; n < 100; n++) refs[n % 2 === 0 ? 0 : 1].tell({ type: 'Deposit', amount: 1 })
    await one.ask(refs[0], { type: 'GetBalance' }, 60_000)
    await two.ask(refs[1], { type: 'GetBalance' }, 60_000)
    expect(await one.ask(refs[0], { type: 'GetBalance' }, 60_000)).toEqual({ balance: 100, txCount: 100 })
  })

  test('tells the replyTo of a told command', async () => {
    const { system, bankAccount } = openSystem()
    await using actors = system()
    const acc = actors.spawn(bankAccount(), 'a')
    const told: string[] = []
    acc.tell({ type: 'Deposit', amount: 10 })
    acc.tell({ type: 'Withdraw', amount: 4, replyTo: { tell: (message) => void told.push(message) } })
    await actors.ask(acc, { type: 'GetBalance' }, 1_000)
    expect(told).toEqual(['ok'])
  })

  test('refuses an asker with rejected, its reason and details', async () => {
    const { system, bankAccount, failures } = openSystem()
    await using actors = system()
    const acc = actors.spawn(bankAccount(), 'a')
    await expect(actors.ask(acc, { type: 'Withdraw', amount: 5 }, 1_000)).rejects.toMatchObject({
      code: 'rejected',
      data: { reason: 'insufficient funds', details: { balance: 0 } },
    })
    expect(failures).toEqual([])
  })

  test('carries a command id out once', async () => {
    const { system, bankAccount } = openSystem()
    await using actors = system()
    const acc = actors.spawn(bankAccount(), 'a')
    const patience = { timeoutMs: 1_000, commandId: 'd1' }
    await actors.ask(acc, { type: 'Deposit', amount: 5 }, patience)
    await actors.ask(acc, { type: 'Deposit', amount: 5 }, patience)
    expect(await actors.ask(acc, { type: 'GetBalance' }, 1_000)).toEqual({ balance: 5, txCount: 1 })
  })

  test('stopped by its behavior answers entity-stopped, until it is spawned again', async () => {
    const { system, journal } = openSystem()
    await using actors = system()
    const behavior = Behaviors.eventSourced({ ...ticker, entityId: 't', journal })
    const ref = actors.spawn(behavior, 't')
    await actors.ask(ref, { type: 'Tick', n: 1 }, 1_000)
    await actors.ask(ref, { type: 'Stop' }, 1_000)
    await expect(actors.ask(ref, { type: 'Seen' }, 1_000)).rejects.toMatchObject({ code: 'entity-stopped' })
    expect(await actors.ask(actors.spawn(behavior, 't'), { type: 'Seen' }, 1_000)).toEqual([1])
  })
})

describe('an ask', () => {
  test('that gets no answer in time is ask-timeout', async () => {
    const { system, bankAccount, store } = openSystem()
    await using actors = system()
    const acc = actors.spawn(bankAccount(), 'a')
    store.plan('recover', ...Array.from({ length: 10 }, () => hangs))
    await expect(actors.ask(acc, { type: 'GetBalance' }, 500)).rejects.toMatchObject({
      code: expect.stringMatching(/ask-timeout|store-unavailable/),
      retryable: true,
    })
  })

  test('of a reference from elsewhere is a TypeError', async () => {
    const { system } = openSystem()
    await using actors = system()
    const stranger: ActorRef<Tick> = { tell() {} }
    await expect(actors.ask(stranger, { type: 'Seen' }, 100)).rejects.toBeInstanceOf(TypeError)
  })
})

describe('a name', () => {
  test('is taken while its actor lives', async () => {
    const { system, bankAccount } = openSystem()
    await using actors = system()
    actors.spawn(bankAccount(), 'a')
    expect(() => actors.spawn(bankAccount('acc-002'), 'a')).toThrow(
      /The name "a" is taken in the system "bank"/,
    )
  })
})

describe('supervision', () => {
  test('a handler that throws: the asker gets the error, nothing is persisted, the actor restarts and goes on', async () => {
    const { system, journal, failures } = openSystem()
    await using actors = system()
    const ref = actors.spawn(Behaviors.eventSourced({ ...ticker, entityId: 't', journal }), 't')
    await actors.ask(ref, { type: 'Tick', n: 1 }, 1_000)
    await expect(actors.ask(ref, { type: 'Tick', n: -1 }, 1_000)).rejects.toMatchObject({
      code: 'handler-failed',
      cause: new Error('cannot tick -1'),
    })
    expect(await actors.ask(ref, { type: 'Seen' }, 1_000)).toEqual([1])
    expect(failures).toMatchObject([{ entity: 'ticker/t', decision: 'restarted', restarts: 1, delayMs: 10 }])
  })

  test('messages sent while it restarts wait and keep their order', async () => {
    const { system, journal } = openSystem({ backoffMs: 500 })
    await using actors = system()
    const ref = actors.spawn(Behaviors.eventSourced({ ...ticker, entityId: 't', journal }), 't')
    await actors.ask(ref, { type: 'Tick', n: -1 }, 1_000).catch(() => {})
    for (const n of [1, 2, 3]) ref.tell({ type: 'Tick', n, replyTo: { tell() {} } })
    expect(await actors.ask(ref, { type: 'Seen' }, 5_000)).toEqual([1, 2, 3])
  })

  test('more failures than allowed within the window stop it, with doubling waits before', async () => {
    const { system, journal, failures } = openSystem({
      maxRestarts: 3,
      withinMs: 10_000,
      backoffMs: 100,
      maxBackoffMs: 300,
    })
    await using actors = system()
    const ref = actors.spawn(Behaviors.eventSourced({ ...ticker, entityId: 't', journal }), 't')
    for (let n = 0; n < 4; n++) await actors.ask(ref, { type: 'Tick', n: -1 }, 5_000).catch(() => {})
    expect(failures.map(({ decision, delayMs }) => [decision, delayMs])).toEqual([
      ['restarted', 100],
      ['restarted', 200],
      ['restarted', 300],
      ['stopped', 0],
    ])
    await expect(actors.ask(ref, { type: 'Seen' }, 1_000)).rejects.toMatchObject({ code: 'entity-stopped' })
  })

  test('every failure is reported, also one that comes while a restart is pending', async () => {
    const { system, journal, failures } = openSystem({ backoffMs: 50 })
    await using actors = system()
    const ref = actors.spawn(Behaviors.eventSourced({ ...ticker, entityId: 't', journal }), 't')
    for (let n = 0; n < 5; n++) ref.tell({ type: 'Tick', n: -1, replyTo: { tell() {} } })
    await actors.ask(ref, { type: 'Seen' }, 1_000)
    expect(failures.map(({ decision, restarts }) => [decision, restarts])).toEqual(
      Array.from({ length: 5 }, () => ['restarted', 1]),
    )
  })

  test('a stop does not wait for a pending restart, and leaves no timer behind', async () => {
    const { system, journal, platform } = openSystem({ backoffMs: 60_000, maxBackoffMs: 60_000 })
    const actors = system()
    const ref = actors.spawn(Behaviors.eventSourced({ ...ticker, entityId: 't', journal }), 't')
    await actors.ask(ref, { type: 'Tick', n: -1 }, 1_000).catch(() => {})
    const waiting = actors.ask(ref, { type: 'Seen' }, 120_000)
    await actors.stop()
    await expect(waiting).rejects.toMatchObject({ code: 'entity-stopped' })
    expect(platform.pending()).toBe(0)
  })

  test('what was sent behind a stop is not carried out', async () => {
    const { system, journal } = openSystem()
    await using actors = system()
    const ref = actors.spawn(Behaviors.eventSourced({ ...ticker, entityId: 't', journal }), 't')
    const stopping = actors.ask(ref, { type: 'Stop' }, 1_000)
    const behind = actors.ask(ref, { type: 'Tick', n: 1 }, 1_000)
    await stopping
    await expect(behind).rejects.toMatchObject({ code: 'entity-stopped' })
  })

  test('failures further apart than the window never stop it', async () => {
    const { system, journal, failures, platform } = openSystem({ maxRestarts: 1, withinMs: 1_000 })
    await using actors = system()
    const ref = actors.spawn(Behaviors.eventSourced({ ...ticker, entityId: 't', journal }), 't')
    for (let n = 0; n < 5; n++) {
      await actors.ask(ref, { type: 'Tick', n: -1 }, 1_000).catch(() => {})
      platform.jump(2_000)
    }
    expect(failures.map(({ decision }) => decision)).toEqual(Array.from({ length: 5 }, () => 'restarted'))
  })

  test('a recovery that fails reaches the asker, and the next message recovers: no zombie', async () => {
    const { system, journal, store } = openSystem()
    const record = { v: 1, id: 'x', ts: 0, n: 1, e: '[{"type":"Unheard"}]', h: 'wrong' }
    await store.append('ticker/t', 1, record)
    await using actors = system()
    const ref = actors.spawn(Behaviors.eventSourced({ ...ticker, entityId: 't', journal }), 't')
    await expect(actors.ask(ref, { type: 'Seen' }, 1_000)).rejects.toMatchObject({
      code: 'journal-corrupt',
      data: { entity: 'ticker/t', revision: 1 },
    })
    store.plan('recover', async () => ({ commits: [], snapshot: undefined, more: false }))
    expect(await actors.ask(ref, { type: 'Seen' }, 1_000)).toEqual([])
  })

  test('a told command that fails with nobody waiting is reported', async () => {
    const { system, bankAccount, failures, store } = openSystem()
    await using actors = system()
    const acc = actors.spawn(bankAccount(), 'a')
    acc.tell({ type: 'Withdraw', amount: 5, replyTo: { tell() {} } })
    await actors.ask(acc, { type: 'GetBalance' }, 1_000)
    store.plan('append', requestLost)
    expect(failures).toMatchObject([{ error: { code: 'rejected' }, decision: 'resumed' }])
  })
})

describe('a system', () => {
  test('that stops finishes what is under way and takes nothing new', async () => {
    const { system, bankAccount, journal } = openSystem()
    const actors = system()
    const acc = actors.spawn(bankAccount(), 'a')
    for (let n = 0; n < 10; n++) acc.tell({ type: 'Deposit', amount: 1 })
    await actors.stop()
    expect((await Array.fromAsync(journal.load({ entityType: 'account', entityId: 'acc-001' }))).length).toBe(
      10,
    )
    await expect(actors.ask(acc, { type: 'GetBalance' }, 100)).rejects.toMatchObject({
      code: 'entity-stopped',
    })
    expect(() => actors.spawn(bankAccount(), 'b')).toThrow(/the system bank was stopped/)
  })

  test('keeps what tests can change apart from what is stored', async () => {
    const journal = new InMemoryJournal()
    const key = { entityType: 'account', entityId: 'x' }
    const event = { type: 'Deposited', amount: 1 }
    await journal.persist(key, [{ sequenceNr: 1, event, timestamp: 0 }])
    event.amount = 1_000
    const [loaded] = await Array.fromAsync(journal.load(key))
    expect(loaded?.event).toEqual({ type: 'Deposited', amount: 1 })
  })
})
