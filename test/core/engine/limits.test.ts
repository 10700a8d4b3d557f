import {
  type Behavior,
  Behaviors,
  createEngine,
  entity,
  type EngineOptions,
  type CommandContext,
} from 'tailfold'
import { describe, expect, test } from 'vitest'
import { InMemoryJournal } from 'tailfold'
import { virtualPlatform } from '../../../src/testing/virtual-platform.ts'
import { command, openBank } from '../../helpers/bank.ts'

const id = 'acc-001'
const codes = (settled: ReadonlyArray<PromiseSettledResult<unknown>>) =>
  settled.map((result) => (result.status === 'fulfilled' ? 'ok' : (result.reason as { code: string }).code))

describe('maxQueue', () => {
  test('is how many commands may wait for one entity; further ones are refused at once, and may be sent again', async () => {
    const { engine, balance, store } = openBank()
    const bank = engine({ maxQueue: 3 })
    const settled = await Promise.allSettled(
      Array.from({ length: 5 }, () => bank.execute(id, command.deposit(1))),
    )
    expect(codes(settled)).toEqual(['ok', 'ok', 'ok', 'queue-full', 'queue-full'])
    expect(settled[3]).toMatchObject({
      reason: { retryable: true, data: { entity: 'account/acc-001', limit: 3 } },
    })
    expect(store.calls.append).toBe(1)
    await bank.execute(id, command.deposit(1))
    expect(await balance()).toBe(4)
  })

  test('and maxQueueBytes leave nothing behind of an entity whose only command they refuse', async () => {
    const { engine } = openBank()
    const bank = engine({ maxQueueBytes: 20 })
    const refused = bank.execute(id, command.deposit(1))
    await expect(refused).rejects.toMatchObject({ code: 'queue-full' })
    await bank.idle()
  })

  test('does not count what is being carried out', async () => {
    const { engine, store } = openBank()
    const bank = engine({ maxQueue: 1 })
    let sentMeanwhile: Promise<ReadonlyArray<PromiseSettledResult<unknown>>> | undefined
    store.plan('append', async (call) => {
      sentMeanwhile = Promise.allSettled([1, 2].map((amount) => bank.execute(id, command.deposit(amount))))
      return call()
    })
    await bank.execute(id, command.deposit(1))
    expect(codes((await sentMeanwhile) ?? [])).toEqual(['ok', 'queue-full'])
  })

  test('is counted for each entity and tenant', async () => {
    const bank = openBank().engine({ maxQueue: 1 })
    const settled = await Promise.allSettled([
      bank.execute('acc-001', command.deposit(1)),
      bank.execute('acc-002', command.deposit(1)),
      bank.execute('acc-001', command.deposit(1), { tenant: 'acme' }),
      bank.execute('acc-001', command.deposit(1), { tenant: 'acme' }),
    ])
    expect(codes(settled)).toEqual(['ok', 'ok', 'ok', 'queue-full'])
  })
})

describe('maxEvents', () => {
  const burst = entity({
    entityType: 'burst',
    initialState: { count: 0 },
    onEvent: (state: { count: number }, _event: { type: 'Counted' }) => ({ count: state.count + 1 }),
    onCommand: (_ctx: CommandContext, _state, { times }: { type: 'Count'; times: number }) =>
      Behaviors.persisted({ events: Array.from({ length: times }, () => ({ type: 'Counted' })) }) as Behavior<
        { type: 'Counted' },
        { count: number }
      >,
  })
  const open = (options: Partial<EngineOptions> = {}) =>
    createEngine(burst, { journal: new InMemoryJournal(), platform: virtualPlatform(), ...options })

  test('is how many events one command may persist; with more nothing is written', async () => {
    const engine = open({ maxEvents: 3 })
    expect(await engine.execute('b', { type: 'Count', times: 3 })).toMatchObject({ revision: 1 })
    await expect(
      engine.execute('b', { type: 'Count', times: 4 }, { commandId: 'c-1' }),
    ).rejects.toMatchObject({
      code: 'too-many-events',
      retryable: false,
      data: { entity: 'burst/b', events: 4, limit: 3 },
    })
    expect(await engine.read('b')).toMatchObject({ revision: 1, state: { count: 3 } })
  })

  test('is counted for each command of a batch, and fails that one alone', async () => {
    const engine = open({ maxEvents: 3 })
    const settled = await Promise.allSettled(
      [3, 4, 3].map((times) => engine.execute('b', { type: 'Count', times })),
    )
    expect(codes(settled)).toEqual(['ok', 'too-many-events', 'ok'])
    expect(await engine.read('b')).toMatchObject({ revision: 1, state: { count: 6 } })
  })

  test('and maxQueue leave an engine without limits unless told otherwise: limits are for those who face callers', async () => {
    const engine = open()
    const many = Array.from({ length: 1_500 }, () => engine.execute('b', { type: 'Count', times: 1 }))
    await Promise.all(many)
    await engine.execute('b', { type: 'Count', times: 1_500 })
    expect(await engine.read('b')).toMatchObject({ state: { count: 3_000 } })
  })
})

test.for([
  { maxQueue: 0 },
  { maxQueue: 1.5 },
  { maxQueue: Number.NaN },
  { maxEvents: 0 },
  { maxEvents: Number.POSITIVE_INFINITY },
])('a limit that cannot be is a mistake found at construction: %o', (options) => {
  expect(() => openBank().engine(options)).toThrow(TypeError)
})
