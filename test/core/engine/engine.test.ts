import { Behaviors, createEngine, entity, memoryStore, type PersistedEvent } from 'tailfold'
import { describe, expect, test } from 'vitest'
import { command, openBank } from '../../helpers/bank.ts'
import { noise } from '../../helpers/noise.ts'

const id = 'acc-001'
const key = { entityType: 'account', entityId: id }

async function loadAll(journal: { load(entity: typeof key): AsyncIterable<PersistedEvent> }) {
  return Array.fromAsync(journal.load(key))
}

describe('a command', () => {
  test('is written as one commit and answered from the state after it', async () => {
    const { engine, journal } = openBank()
    const bank = engine()
    expect(await bank.execute(id, command.deposit(100))).toMatchObject({
      kind: 'replied',
      revision: 1,
      replayed: false,
    })
    expect(await bank.execute(id, command.withdraw(30))).toMatchObject({
      kind: 'replied',
      reply: 'ok',
      revision: 2,
    })
    const events = await loadAll(journal)
    expect(events.map(({ sequenceNr, event }) => [sequenceNr, event])).toEqual([
      [1, { type: 'Deposited', amount: 100 }],
      [2, { type: 'Withdrawn', amount: 30 }],
    ])
  })

  test('that is refused writes nothing without a command id', async () => {
    const { engine, journal } = openBank()
    expect(await engine().execute(id, command.withdraw(1))).toMatchObject({
      kind: 'rejected',
      reason: 'insufficient funds',
      details: { balance: 0 },
      revision: 0,
    })
    expect(await loadAll(journal)).toEqual([])
  })

  test('that is unknown fails as unhandled-command', async () => {
    await expect(openBank().engine().execute(id, { type: 'Nope' })).rejects.toMatchObject({
      code: 'unhandled-command',
      data: { entity: 'account/acc-001', command: 'Nope' },
    })
  })

  test.each([
    ['an empty id', '', command.deposit(1), {}, 'invalid-id'],
    ['an id of 513 bytes', 'é'.repeat(257), command.deposit(1), {}, 'invalid-id'],
    ['a control character', 'a\u0000b', command.deposit(1), {}, 'invalid-id'],
    ['half a surrogate pair', 'a\ud800', command.deposit(1), {}, 'invalid-id'],
    ['an empty command id', id, command.deposit(1), { commandId: '' }, 'invalid-command'],
    [
      'a command id of 257 characters',
      id,
      command.deposit(1),
      { commandId: 'x'.repeat(257) },
      'invalid-command',
    ],
    ['a fractional revision', id, command.deposit(1), { expectedRevision: 0.5 }, 'invalid-command'],
    ['a command without a type', id, {} as never, {}, 'invalid-command'],
  ])('with %s is refused before the store is touched', async (_, entityId, sent, options, code) => {
    const { engine, store } = openBank()
    await expect(engine().execute(entityId, sent, options)).rejects.toMatchObject({ code })
    expect(store.requests()).toBe(0)
  })

  test('is refused when the entity does not stand at the expected revision, and carried out when it does', async () => {
    const { engine, balance } = openBank()
    const bank = engine()
    await bank.execute(id, command.deposit(1), { expectedRevision: 0 })
    await expect(bank.execute(id, command.deposit(1), { expectedRevision: 0 })).rejects.toMatchObject({
      code: 'revision-mismatch',
      data: { expected: 0, actual: 1 },
    })
    await bank.execute(id, command.deposit(1), { expectedRevision: 1 })
    expect(await balance()).toBe(2)
  })
})

describe('an entity that is told to be new', () => {
  test('takes its first command with one request', async () => {
    const { engine, store } = openBank()
    expect(await engine().execute(id, command.deposit(5), { expect: 'new' })).toMatchObject({ revision: 1 })
    expect(await engine().execute('acc-002', command.deposit(5), { expectedRevision: 0 })).toMatchObject({
      revision: 1,
    })
    expect(store.requests()).toBe(2)
  })

  test('and is not, is found out by the conflict: nothing is lost, and ids are known', async () => {
    const { engine, store, balance } = openBank()
    for (let n = 1; n <= 5; n++) await engine().execute(id, command.deposit(1), { commandId: `c${n}` })
    expect(await engine().execute(id, command.deposit(5), { expect: 'new' })).toMatchObject({ revision: 6 })
    expect(await engine().execute(id, command.deposit(1), { expect: 'new', commandId: 'c3' })).toMatchObject({
      replayed: true,
      revision: 3,
    })
    await expect(engine().execute(id, command.deposit(1), { expectedRevision: 0 })).rejects.toMatchObject({
      code: 'revision-mismatch',
      data: { actual: 6 },
    })
    expect(await engine().execute(id, command.getBalance, { expect: 'new' })).toMatchObject({
      reply: { balance: 10, txCount: 6 },
    })
    expect(await balance()).toBe(10)
    expect(store.calls.append).toBeGreaterThan(6)
  })
})

describe('command ids', () => {
  test('the same id is carried out once and answered the same, by any engine', async () => {
    const { engine, balance } = openBank()
    const first = await engine().execute(id, command.deposit(5), { commandId: 'c1' })
    const again = await engine().execute(id, command.deposit(5), { commandId: 'c1' })
    expect(again).toEqual({ ...first, events: undefined, replayed: true })
    expect(await balance()).toBe(5)
  })

  test('an id in use for another command is command-id-reused', async () => {
    const { engine, balance } = openBank()
    await engine().execute(id, command.deposit(5), { commandId: 'c1' })
    await expect(engine().execute(id, command.deposit(6), { commandId: 'c1' })).rejects.toMatchObject({
      code: 'command-id-reused',
      data: { revision: 1 },
    })
    expect(await balance()).toBe(5)
  })

  test('the order of the fields does not make another command', async () => {
    const { engine } = openBank()
    await engine().execute(id, { type: 'Deposit', amount: 5 } as never, { commandId: 'c1' })
    expect(
      await engine().execute(id, { amount: 5, type: 'Deposit' } as never, { commandId: 'c1' }),
    ).toMatchObject({
      replayed: true,
    })
  })

  test('a refusal is recorded: it stays a refusal when the money has come in since', async () => {
    const { engine, balance } = openBank()
    const refused = await engine().execute(id, command.withdraw(5), { commandId: 'w1' })
    expect(refused).toMatchObject({ kind: 'rejected', revision: 1, replayed: false })
    await engine().execute(id, command.deposit(10))
    expect(await engine().execute(id, command.withdraw(5), { commandId: 'w1' })).toEqual({
      ...refused,
      replayed: true,
    })
    expect(await balance()).toBe(10)
  })

  test('a query is never recorded', async () => {
    const { engine, journal } = openBank()
    await engine().execute(id, command.getBalance, { commandId: 'q1' })
    expect(await loadAll(journal)).toEqual([])
    expect((await engine().read(id)).revision).toBe(0)
  })

  test('two at the same time with one id are one command', async () => {
    const { engine, balance } = openBank()
    const bank = engine()
    const sent = Array.from({ length: 5 }, () => bank.execute(id, command.deposit(5), { commandId: 'c1' }))
    const outcomes = await Promise.all(sent)
    expect(outcomes.filter((outcome) => !outcome.replayed)).toHaveLength(1)
    expect(new Set(outcomes.map((outcome) => outcome.revision))).toEqual(new Set([1]))
    expect(await balance()).toBe(5)
  })

  test('a repeat among the newest commits costs one request', async () => {
    const { engine, store } = openBank()
    await engine().execute(id, command.deposit(5), { commandId: 'c1' })
    const before = store.requests()
    await engine().execute(id, command.deposit(5), { commandId: 'c1' })
    expect(store.requests() - before).toBe(1)
  })

  test('the newest 32 ids are remembered, whatever else was written', async () => {
    const { engine, balance } = openBank()
    for (let n = 1; n <= 33; n++) await engine().execute(id, command.deposit(1), { commandId: `c${n}` })
    for (let n = 0; n < 40; n++) await engine().execute(id, command.deposit(1))
    const repeats = [2, 17, 33].map((n) => engine().execute(id, command.deposit(1), { commandId: `c${n}` }))
    expect((await Promise.all(repeats)).map((outcome) => [outcome.replayed, outcome.revision])).toEqual([
      [true, 2],
      [true, 17],
      [true, 33],
    ])
    expect(await balance()).toBe(73)
  })
})

describe('group commit', () => {
  test('ten commands sent at once are one commit and, on a warm engine, one request', async () => {
    const { engine, store, journal } = openBank()
    const bank = engine()
    await bank.execute(id, command.deposit(1))
    const before = store.requests()
    await Promise.all(Array.from({ length: 10 }, () => bank.execute(id, command.deposit(1))))
    expect(store.requests() - before).toBe(1)
    const events = await loadAll(journal)
    expect(events.map(({ sequenceNr }) => sequenceNr)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
  })

  test('they are decided in order, each on what the one before left; a refused or throwing one fails alone', async () => {
    const { engine, balance } = openBank()
    const bank = engine()
    const results = await Promise.allSettled([
      bank.execute(id, command.deposit(10)),
      bank.execute(id, command.withdraw(20)),
      bank.execute(id, { type: 'Nope' }),
      bank.execute(id, command.withdraw(10)),
      bank.execute(id, command.getBalance),
      bank.execute(id, command.deposit(1)),
    ])
    expect(
      results.map((result) => (result.status === 'fulfilled' ? result.value.kind : result.reason.code)),
    ).toEqual(['replied', 'rejected', 'unhandled-command', 'replied', 'replied', 'replied'])
    expect(results[4]).toMatchObject({ value: { reply: { balance: 0, txCount: 2 } } })
    expect(await balance()).toBe(1)
  })
})

describe('nothing becomes durable that cannot be replayed', () => {
  const base = { entityType: 'thing', initialState: { n: 0 } } as const

  function thing(
    events: readonly unknown[],
    onEvent: (state: { n: number }, event: unknown) => { n: number },
  ) {
    const { journal, platform, store } = openBank(memoryStore({ maxRecordBytes: 2_000 }))
    const definition = entity({
      ...base,
      onEvent,
      onCommand: (_ctx, _state, _command: { type: 'Do' }) =>
        Behaviors.persisted({ events: events as readonly { type: string }[] }),
    })
    return { engine: createEngine(definition, { journal, platform }), store }
  }
  const count = (state: { n: number }) => ({ n: state.n + 1 })

  test.each([
    ['an event that onEvent throws for', [{ type: 'A' }], () => JSON.parse('{'), 'handler-failed'],
    ['an event onEvent does not know', [{ type: 'A' }], () => undefined as never, 'unknown-event'],
    [
      'an event that changes the state in place',
      [{ type: 'A' }],
      (s: { n: number }) => ((s.n = 1), s),
      'handler-failed',
    ],
    ['an event without a type', [{}], count, 'handler-failed'],
    ['an event holding a Date', [{ type: 'A', at: new Date(0) }], count, 'not-json'],
    ['an event holding NaN', [{ type: 'A', n: Number.NaN }], count, 'not-json'],
    ['an event holding a bigint', [{ type: 'A', n: 1n }], count, 'not-json'],
    ['an event larger than a record', [{ type: 'A', text: noise(2_000) }], count, 'record-too-large'],
    ['a state that is not JSON', [{ type: 'A' }], () => ({ n: new Map() }) as never, 'not-json'],
  ])('%s', async (_, events, onEvent, code) => {
    const { engine, store } = thing(events, onEvent)
    await expect(engine.execute('x', { type: 'Do' })).rejects.toMatchObject({ code })
    expect(store.calls.append).toBe(0)
    expect((await engine.read('x')).revision).toBe(0)
  })

  test('an oversized command in a batch fails alone', async () => {
    const { journal, platform } = openBank(memoryStore({ maxRecordBytes: 2_000 }))
    const note = entity({
      ...base,
      onEvent: count,
      onCommand: (_ctx, _state, { text }: { type: 'Note'; text: string }) =>
        Behaviors.persisted({ events: [{ type: 'Noted', text }] }),
    })
    const engine = createEngine(note, { journal, platform })
    const send = (length: number) => engine.execute('x', { type: 'Note', text: noise(length) } as never)
    const results = await Promise.allSettled([send(10), send(3_000), send(20)])
    expect(results.map((result) => (result.status === 'fulfilled' ? 'ok' : result.reason.code))).toEqual([
      'ok',
      'record-too-large',
      'ok',
    ])
    expect((await engine.read('x')).state).toEqual({ n: 2 })
  })
})
