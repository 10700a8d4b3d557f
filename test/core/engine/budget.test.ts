import {
  type AnyEntity,
  Behaviors,
  type CommandCost,
  createEngine,
  type EngineOptions,
  entity,
  KeyValueJournal,
  memoryStore,
  type Outcome,
} from 'tailfold'
import { describe, expect, test } from 'vitest'
import { account } from '../../../functions/bank/account.ts'
import { virtualPlatform } from '../../../src/testing/virtual-platform.ts'
import { command } from '../../helpers/bank.ts'
import { schemaOf } from '../../helpers/schema.ts'
import { meteredStore } from '../../helpers/metered-store.ts'

const id = 'acc-001'

function open() {
  const store = meteredStore(memoryStore())
  const journal = new KeyValueJournal(store)
  const platform = virtualPlatform()
  const engine = (over: Partial<EngineOptions> = {}) =>
    createEngine(account, { journal, platform, costs: true, ...over })
  return { engine, platform, journal }
}

const spent = ({ cost }: Outcome) => {
  const { requests, readUnits, writeUnits } = cost as CommandCost
  return [requests, readUnits, writeUnits]
}

describe('the cost of a command in requests, read units and write units', () => {
  test('the first of an entity: 2, and 1 where it is said to be new', async () => {
    const { engine } = open()
    expect(spent(await engine().execute(id, command.deposit(1)))).toEqual([2, 1, 1])
    expect(spent(await engine().execute('b', command.deposit(1), { expect: 'new' }))).toEqual([1, 0, 1])
  })

  test.each([1, 10, 1_000])('cold, after %i commands and rejections: 2, 1, 1', async (count) => {
    const { engine } = open()
    const filler = engine()
    for (let n = 0; n < count; n++)
      await filler.execute(id, n % 3 ? command.deposit(1) : command.withdraw(1_000_000))
    expect(spent(await engine().execute(id, command.deposit(1)))).toEqual([2, 1, 1])
    expect(spent(await engine().execute(id, command.getBalance))).toEqual([1, 1, 0])
    expect(spent(await engine().execute(id, command.withdraw(1_000_000)))).toEqual([1, 1, 0])
  })

  test('warm: 1, 0, 1; with an id and with ten others at once the same', async () => {
    const { engine } = open()
    const bank = engine()
    await bank.execute(id, command.deposit(1))
    expect(spent(await bank.execute(id, command.deposit(1)))).toEqual([1, 0, 1])
    expect(spent(await bank.execute(id, command.deposit(1), { commandId: 'c1' }))).toEqual([1, 0, 1])
    const together = await Promise.all(Array.from({ length: 10 }, () => bank.execute(id, command.deposit(1))))
    expect(together.map(spent)).toEqual(Array.from({ length: 10 }, () => [1, 0, 1]))
  })

  test('a query, warm: 1, 1, 0', async () => {
    const { engine } = open()
    const bank = engine()
    await bank.execute(id, command.deposit(1))
    expect(spent(await bank.execute(id, command.getBalance))).toEqual([1, 1, 0])
  })

  test('a repeat, cold or warm: 1, 1, 0', async () => {
    const { engine } = open()
    const bank = engine()
    const send = (process: typeof bank) => process.execute(id, command.deposit(1), { commandId: 'c1' })
    await send(bank)
    expect(spent(await send(engine()))).toEqual([1, 1, 0])
    expect(spent(await send(bank))).toEqual([1, 1, 0])
  })

  test('a view that was not compared for 30 s is read on once', async () => {
    const { engine, platform } = open()
    const bank = engine()
    await bank.execute(id, command.deposit(1))
    platform.jump(31_000)
    expect(spent(await bank.execute(id, command.deposit(1)))).toEqual([2, 1, 1])
    expect(spent(await bank.execute(id, command.deposit(1)))).toEqual([1, 0, 1])
  })

  test.each([
    ['a short text', 'x'.repeat(100), 1],
    ['52 KB that compress well', 'A sentence as people write them. '.repeat(1_600), 1],
  ])('a keyed command whose reply is %s', async (_, text, writeUnits) => {
    const journal = new KeyValueJournal(meteredStore(memoryStore()))
    const telling = entity({
      entityType: 'telling',
      initialState: { n: 0 },
      onEvent: ({ n }: { n: number }, _event: { type: 'Told' }) => ({ n: n + 1 }),
      onCommand: (_ctx, _state, _sent: { type: 'Tell' }) =>
        Behaviors.persisted({ events: [{ type: 'Told' as const }], reply: () => text }),
    })
    const engine = () => createEngine(telling, { journal, platform: virtualPlatform(), costs: true })
    const bank = engine()
    await bank.execute('t', { type: 'Tell' })
    const told = await bank.execute('t', { type: 'Tell' }, { commandId: 'c1' })
    expect(spent(told)).toEqual([1, 0, writeUnits])
    expect(await engine().execute('t', { type: 'Tell' }, { commandId: 'c1' })).toMatchObject({
      reply: text,
      replayed: true,
    })
  })

  test('one large entity does not raise the price of a small one', async () => {
    const { engine } = open()
    const bank = engine()
    for (let n = 0; n < 90; n++) await bank.execute('large', command.deposit(1), { commandId: `c${n}` })
    await bank.execute('small', command.deposit(1))
    const other = engine({ snapshot: 'ignore' })
    await other.read('large')
    expect(spent(await engine().execute('small', command.deposit(1)))).toEqual([2, 1, 1])
  })
})

describe('memory', () => {
  test('that waiting commands take is bounded in bytes, over all entities', async () => {
    const { engine } = open()
    const bank = engine({ maxQueueBytes: 10_000_000 })
    const pad = 'x'.repeat(250_000)
    const sent = Array.from({ length: 100 }, (_, n) =>
      bank.execute(`acc-${n % 2}`, { ...command.deposit(1), pad } as never),
    )
    const settled = await Promise.allSettled(sent)
    const carriedOut = settled.filter(({ status }) => status === 'fulfilled').length
    expect(carriedOut).toBe(39)
    expect(settled.at(-1)).toMatchObject({ reason: { code: 'queue-full', retryable: true } })
    expect(await bank.execute('acc-0', command.deposit(1))).toMatchObject({ kind: 'replied' })
  })

  test('that commands take while they wait for asynchronous schemas counts as well, and is given back', async () => {
    const answers = Promise.withResolvers<void>()
    const slow = schemaOf(async (value) => {
      await answers.promise
      return { value }
    })
    const { journal, platform } = open()
    const definition = { ...account, commands: { Deposit: slow } } as unknown as AnyEntity
    const bank = createEngine(definition, { journal, platform, maxQueueBytes: 10_000_000 })
    const sent = Array.from({ length: 100 }, () =>
      bank.execute('a', { ...command.deposit(1), pad: 'x'.repeat(250_000) } as never),
    )
    await expect(sent[99]).rejects.toMatchObject({ code: 'queue-full', retryable: true })
    answers.resolve()
    const settled = await Promise.allSettled(sent)
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(39)
    expect(await bank.execute('a', command.deposit(1))).toMatchObject({ kind: 'replied' })
  })
})
