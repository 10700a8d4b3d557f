import { createEngine, entity, InMemoryJournal, type Behavior, Behaviors, type ActorRef } from 'tailfold'
import { describe, expect, test } from 'vitest'
import { account } from '../../../functions/bank/account.ts'
import { sleep } from '../../../src/core/base/platform.ts'
import { commandHash } from '../../../src/core/journal/recent-commands.ts'
import { virtualPlatform } from '../../../src/testing/virtual-platform.ts'
import { command, openBank } from '../../helpers/bank.ts'

const id = 'acc-001'
const stranger = { id: 'stranger' }

describe('a command whose answer was lost is carried out once, however busy its entity is', () => {
  test.each([
    [10, 0],
    [20, 0],
    [50, 0],
    [10, 32],
    [20, 32],
  ])(
    '%i workers with 100 deposits each, %i rejections of another caller in between',
    async (workers, noise) => {
      const { engine, balance } = openBank()
      let posts = 0
      const processes = [
        engine({ maxRecordedRejections: 100_000 }),
        engine({ maxRecordedRejections: 100_000 }),
      ]
      const post = async (commandId: string, attempt: number): Promise<void> => {
        const process = processes[attempt % 2] as (typeof processes)[0]
        await process.execute(id, command.deposit(1), { commandId })
        posts += 1
        if (posts % 50 === 0) throw new Error('socket hang up')
      }
      const makeNoise = async (about: string) => {
        const process = engine({ maxRecordedRejections: 100_000 })
        for (let n = 0; n < noise; n++) {
          const options = { commandId: `${about} ${n}`, principal: stranger }
          await process.execute(id, command.withdraw(1_000_000_000), options)
        }
      }
      const work = async (worker: number) => {
        for (let n = 0; n < 100; n++) {
          const commandId = `w${worker}-${n}`
          for (let attempt = 0; ; attempt++) {
            const failed = await post(commandId, attempt).then(
              () => false,
              () => true,
            )
            if (!failed) break
            await makeNoise(commandId)
          }
        }
      }
      await Promise.all(Array.from({ length: workers }, (_, worker) => work(worker)))
      expect(posts).toBeGreaterThan(workers * 100)
      expect(await balance()).toBe(workers * 100)
    },
  )
})

describe('an id is known although the window changed since', () => {
  const open = () => {
    const journal = new InMemoryJournal()
    const platform = virtualPlatform()
    const engine = (dedupeWindow: number, dedupe: 'window' | 'always') =>
      createEngine({ ...account, dedupeWindow, dedupe }, { journal, platform })
    return { engine }
  }

  test.each([
    [2, 32, 'always'],
    [32, 2, 'always'],
    [2, 32, 'window'],
    [32, 2, 'window'],
    [0, 32, 'window'],
  ] as const)('from %i to %i, %s', async (before, after, dedupe) => {
    const { engine } = open()
    for (const commandId of ['a', 'b', 'c', 'd'])
      await engine(before, dedupe).execute(id, command.deposit(1), { commandId })
    const again = await engine(after, dedupe).execute(id, command.deposit(1), { commandId: 'a' })
    expect(again).toMatchObject({ replayed: true, revision: 1 })
  })

  test.each(['always', 'window'] as const)('with both in use side by side, %s', async (dedupe) => {
    const { engine } = open()
    const [narrow, wide] = [engine(2, dedupe), engine(32, dedupe)]
    const ids = Array.from({ length: 40 }, (_, n) => `c${n}`)
    for (const [n, commandId] of ids.entries())
      await (n % 2 ? narrow : wide).execute(id, command.deposit(1), { commandId })
    for (const [n, commandId] of ids.entries()) {
      const again = await engine(n % 3 ? 2 : 32, dedupe).execute(id, command.deposit(1), { commandId })
      expect(again).toMatchObject({ replayed: true, revision: n + 1 })
    }
  })
})

test('an id is remembered from when its commit was written, however long its handler took', async () => {
  const minutes = 60_000
  for (let later = 70; later < 80; later++) {
    const platform = virtualPlatform()
    const journal = new InMemoryJournal()
    const slow = entity({
      entityType: 'account',
      initialState: { n: 0 },
      onEvent: ({ n }, { by }: { type: 'Added'; by: number }) => ({ n: n + by }),
      async onCommand(_ctx, _state, { by, ms }: { type: 'Add'; by: number; ms: number }) {
        if (ms > 0) await sleep(platform, ms)
        return Behaviors.persisted({ events: [{ type: 'Added' as const, by }] })
      },
    })
    const engine = () => createEngine(slow, { journal, platform, retry: { timeoutMs: 10 * minutes } })
    const bank = engine()
    await bank.execute(id, { type: 'Add', by: 1, ms: 5 * minutes }, { commandId: 'slow' })
    for (let n = 0; n < later; n++)
      await bank.execute(id, { type: 'Add', by: 1, ms: 0 }, { commandId: `c${n}` })
    platform.jump(2 * minutes)
    const again = await engine().execute(id, { type: 'Add', by: 1, ms: 5 * minutes }, { commandId: 'slow' })
    expect(again, `${later} later ids`).toMatchObject({ replayed: true })
  }
})

/** Two command ids that one hash stands for: about 1.7 million tries for 41 bits. */
function collidingIds(): readonly [string, string] {
  const seen = new Map<string, string>()
  for (let n = 0; ; n++) {
    const candidate = `id-${n}`
    const hash = commandHash(candidate)
    const other = seen.get(hash)
    if (other !== undefined) return [other, candidate]
    seen.set(hash, candidate)
  }
}

test('two ids with one hash are two commands, in one commit and in two', { timeout: 120_000 }, async () => {
  const [one, two] = collidingIds()
  expect(commandHash(one)).toBe(commandHash(two))
  for (const together of [true, false]) {
    const { engine, balance } = openBank()
    const bank = engine()
    const first = bank.execute(id, command.deposit(1), { commandId: one })
    if (!together) await first
    await Promise.all([first, bank.execute(id, command.deposit(10), { commandId: two })])
    for (let n = 0; n < 10; n++) await bank.execute(id, command.deposit(100))
    for (const process of [engine(), bank]) {
      const repeats = [
        await process.execute(id, command.deposit(1), { commandId: one }),
        await process.execute(id, command.deposit(10), { commandId: two }),
      ]
      expect(repeats).toMatchObject([{ replayed: true }, { replayed: true }])
    }
    expect(await balance()).toBe(1_011)
  }
})

type SeatEvent = { type: 'Taken' } | { type: 'Freed' }
type SeatCommand = { type: 'Take' | 'Free' | 'TakeUnrecorded'; replyTo: ActorRef<string> }

const seat = entity({
  entityType: 'seat',
  initialState: { taken: false },
  onEvent: (_state, event: SeatEvent) => ({ taken: event.type === 'Taken' }),
  onCommand(_ctx, { taken }, { type }: SeatCommand): Behavior<SeatEvent, { taken: boolean }> {
    if (type === 'Free') return Behaviors.persisted({ events: [{ type: 'Freed' }], reply: () => 'free' })
    if (!taken) return Behaviors.persisted({ events: [{ type: 'Taken' }], reply: () => 'yours' })
    return type === 'Take'
      ? Behaviors.persisted({ events: [], reply: () => 'already yours' })
      : Behaviors.same()
  },
})

describe('a no-op under a command id', () => {
  const open = () => {
    const journal = new InMemoryJournal()
    const engine = () => createEngine(seat, { journal, platform: virtualPlatform() })
    return { journal, engine }
  }

  test('is recorded in one commit without events when it persists an empty list, and replayed', async () => {
    const { journal, engine } = open()
    await engine().execute('s', { type: 'Take' })
    const first = await engine().execute('s', { type: 'Take' }, { commandId: 'p1' })
    expect(first).toMatchObject({ reply: 'already yours', revision: 2, replayed: false })
    await engine().execute('s', { type: 'Free' })
    const again = await engine().execute('s', { type: 'Take' }, { commandId: 'p1' })
    expect(again).toMatchObject({ reply: 'already yours', revision: 2, replayed: true })
    expect(await engine().read('s')).toMatchObject({ revision: 3, state: { taken: false } })
    const events = await Array.fromAsync(journal.load({ entityType: 'seat', entityId: 's' }))
    expect(events.map(({ sequenceNr }) => sequenceNr)).toEqual([1, 2])
  })

  test('is not recorded by same(): it is decided again', async () => {
    const { engine } = open()
    await engine().execute('s', { type: 'Take' })
    await engine().execute('s', { type: 'TakeUnrecorded' }, { commandId: 'p1' })
    await engine().execute('s', { type: 'Free' })
    const again = await engine().execute('s', { type: 'TakeUnrecorded' }, { commandId: 'p1' })
    expect(again).toMatchObject({ reply: 'yours', replayed: false, revision: 3 })
  })

  test('writes nothing without one', async () => {
    const { engine } = open()
    await engine().execute('s', { type: 'Take' })
    expect(await engine().execute('s', { type: 'Take' })).toMatchObject({ revision: 1 })
    expect((await engine().read('s')).revision).toBe(1)
  })
})

test.each(['~', '~r/x', '~\u{1f600}'])(
  'the id %j is reserved and refused before anything is read',
  async (commandId) => {
    const { engine, store } = openBank()
    await expect(engine().execute(id, command.deposit(1), { commandId })).rejects.toMatchObject({
      code: 'invalid-command',
      message: expect.stringContaining('reserved') as string,
    })
    expect(store.requests()).toBe(0)
  },
)

test('dedupe is chosen by command: one with always is known when the period is over, others are not', async () => {
  const { engine, platform } = openBank()
  await engine().execute(id, command.deposit(1), { commandId: 'kept', dedupe: 'always' })
  await engine().execute(id, command.deposit(1), { commandId: 'usual' })
  for (let n = 0; n < 150; n++) await engine().execute(id, command.deposit(1), { commandId: `c${n}` })
  platform.jump(3_600_000)
  await engine().execute(id, command.deposit(1))
  const again = (commandId: string, dedupe: 'window' | 'always') =>
    engine().execute(id, command.deposit(1), { commandId, dedupe })
  expect(await again('kept', 'always')).toMatchObject({ replayed: true, revision: 1 })
  expect(await again('usual', 'window')).toMatchObject({ replayed: false })
})

test('beyond the limit of recorded rejections a rejection under an id is too-many-rejections, and nothing is written', async () => {
  const { engine, platform } = openBank()
  const bank = engine({ maxRecordedRejections: 3 })
  const refuse = (n: number) => bank.execute(id, command.withdraw(1), { commandId: `r${n}` })
  const together = await Promise.allSettled([1, 2, 3, 4].map(refuse))
  expect(together.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected'])
  await expect(refuse(5)).rejects.toMatchObject({ code: 'too-many-rejections', retryable: true })
  expect((await bank.read(id)).revision).toBe(1)
  // A known one is answered, one without an id is not recorded, and other commands are carried out.
  expect(await refuse(1)).toMatchObject({ kind: 'rejected', replayed: true })
  expect(await bank.execute(id, command.withdraw(1))).toMatchObject({ kind: 'rejected' })
  expect(await bank.execute(id, command.deposit(1), { commandId: 'd' })).toMatchObject({ revision: 2 })
  platform.jump(300_000)
  expect(await bank.execute(id, command.withdraw(9), { commandId: 'r6' })).toMatchObject({ kind: 'rejected' })
})
