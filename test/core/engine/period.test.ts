import {
  type CommandEnd,
  createEngine,
  entity,
  Behaviors,
  type Engine,
  type EngineOptions,
  InMemoryJournal,
  type Journal,
  type Outcome,
} from 'tailfold'
import { describe, expect, test } from 'vitest'
import { account } from '../../../functions/bank/account.ts'
import { journalCorrupt, storeFailure } from '../../../src/core/base/failures.ts'
import { sleep } from '../../../src/core/base/platform.ts'
import { virtualPlatform } from '../../../src/testing/virtual-platform.ts'
import { command } from '../../helpers/bank.ts'
import { noise } from '../../helpers/noise.ts'
import { rejectionOf } from '../../helpers/thrown.ts'

const id = 'acc-001'

function open(options: Partial<EngineOptions> = {}) {
  const journal = new InMemoryJournal()
  const platform = virtualPlatform()
  const ends: CommandEnd[] = []
  const observers = [() => (end: CommandEnd) => void ends.push(end)]
  const engine = (over: Partial<EngineOptions> = {}) =>
    createEngine(account, { journal, platform, costs: true, observers, ...options, ...over })
  /** Commands with an id, so many milliseconds apart. */
  const fill = async (bank: Engine, count: number, apartMs: number) => {
    for (let n = 0; n < count; n++) {
      await bank.execute(id, command.deposit(1), { commandId: `fill ${n}` })
      platform.jump(apartMs)
    }
  }
  return { engine, journal, platform, ends, fill }
}

const requests = (outcome: Outcome) => outcome.cost?.requests

describe('the read of the period', () => {
  test('is not made for an entity whose dropped ids are older than the period', async () => {
    const { engine, fill, ends } = open()
    await fill(engine(), 400, 10_000)
    const cold = await engine().execute(id, command.deposit(1), { commandId: 'new' })
    expect(requests(cold)).toBe(2)
    expect(ends.at(-1)).toMatchObject({ periodReads: 0, outcome: 'replied' })
  })

  test('costs a cold command the pages of the period, once; a warm one nothing', async () => {
    const { engine, fill, ends } = open()
    await fill(engine(), 400, 10)
    const bank = engine()
    const cold = await bank.execute(id, command.deposit(1), { commandId: 'new' })
    // 400 commits from the first id that was dropped: 16, 32, ... or as many as the rate promises.
    expect(requests(cold)).toBeLessThanOrEqual(2 + 5)
    expect(ends.at(-1)).toMatchObject({ periodReads: 1 })
    const warm = await bank.execute(id, command.deposit(1), { commandId: 'newer' })
    expect(requests(warm)).toBe(1)
    expect(ends.at(-1)).toMatchObject({ periodReads: 0 })
    expect(await bank.execute(id, command.deposit(1), { commandId: 'fill 0' })).toMatchObject({ revision: 1 })
  })

  test('is not ended by single commits of a writer whose clock is an hour slow', async () => {
    const { engine, platform } = open()
    const slowClock = { ...platform, now: () => platform.now() - 3_600_000 }
    const [punctual, slow] = [engine(), engine({ platform: slowClock })]
    // Many ids at once, then a few over minutes: the period is read in several pages.
    for (let n = 0; n < 500; n++) {
      const writer = n % 8 === 7 ? slow : punctual
      await writer.execute(id, command.deposit(1), { commandId: `fill ${n}` })
      platform.jump(n < 420 ? 10 : 3_000)
    }
    expect(await engine().execute(id, command.deposit(1), { commandId: 'fill 0' })).toMatchObject({
      replayed: true,
      revision: 1,
    })
  })

  test('is made by a process whose clock is a minute fast', async () => {
    const { engine, fill, platform } = open()
    await fill(engine(), 400, 10)
    platform.jump(290_000)
    const fast = engine({ platform: { ...platform, now: () => platform.now() + 59_000 } })
    expect(await fast.execute(id, command.deposit(1), { commandId: 'fill 0' })).toMatchObject({
      replayed: true,
      revision: 1,
    })
  })

  test('finds every id of the period, those at the ends of its pages too', async () => {
    // Many ids at once, then a few over minutes: their rate promises a small first page.
    const { engine, fill, platform } = open()
    const writer = engine()
    await fill(writer, 420, 10)
    for (let n = 420; n < 500; n++) {
      await writer.execute(id, command.deposit(1), { commandId: `fill ${n}` })
      platform.jump(3_000)
    }
    const bank = engine()
    const requestCounts: number[] = []
    for (let n = 499; n >= 0; n--) {
      const outcome = await bank.execute(id, command.deposit(1), { commandId: `fill ${n}` })
      expect(outcome).toMatchObject({ replayed: true, revision: n + 1 })
      requestCounts.push(requests(outcome) ?? 0)
    }
    // One command reads the period, in several pages.
    expect(Math.max(...requestCounts)).toBeGreaterThan(2)
  })

  test('is not made for commands without an id, nor once the period is over', async () => {
    const { engine, fill, platform } = open()
    await fill(engine(), 400, 10)
    expect(requests(await engine().execute(id, command.deposit(1)))).toBe(2)
    platform.jump(361_000)
    expect(requests(await engine().execute(id, command.deposit(1), { commandId: 'late' }))).toBe(2)
  })

  test('is made where commands may take as long as they like', async () => {
    const { engine, fill } = open()
    await fill(engine(), 400, 10)
    const bank = engine({ retry: { timeoutMs: Number.POSITIVE_INFINITY } })
    const repeat = bank.execute(id, command.deposit(1), { commandId: 'fill 0' })
    expect(await repeat).toMatchObject({ replayed: true, revision: 1 })
  })

  test('is shared by the commands of a batch', async () => {
    const { engine, fill } = open()
    await fill(engine(), 400, 10)
    const alone = await engine().execute(id, command.deposit(1), { commandId: 'alone' })
    const bank = engine()
    const sent = [1, 2, 3, 4, 5].map((n) => bank.execute(id, command.deposit(1), { commandId: `b${n}` }))
    for (const outcome of await Promise.all(sent)) expect(requests(outcome)).toBe(requests(alone))
  })

  test('is not waited for by commands that were sent with one that needs it', async () => {
    const { engine, fill, journal, platform } = open()
    await fill(engine(), 400, 10)
    async function* commits(...args: Parameters<Journal['commits']>) {
      await sleep(platform, 2_000)
      yield* journal.commits(...args)
    }
    const slow = engine({ journal: Object.assign(Object.create(journal) as Journal, { commits }) })
    const soon = { deadline: platform.now() + 1_000 }
    const [unknown, plain, repeat] = await Promise.all([
      slow.execute(id, command.deposit(1), { commandId: 'fill 0' }),
      slow.execute(id, command.deposit(1), soon),
      slow.execute(id, command.deposit(1), { ...soon, commandId: 'fill 399' }),
    ])
    expect(unknown).toMatchObject({ replayed: true, revision: 1 })
    expect(plain).toMatchObject({ revision: 401 })
    expect(repeat).toMatchObject({ replayed: true, revision: 400 })
  })

  test('begins again where a restore in its middle makes its pages look corrupt', async () => {
    const { engine, fill, journal } = open()
    await fill(engine(), 400, 10)
    let torn = 0
    const commits = (...args: Parameters<Journal['commits']>) => {
      if (torn++ > 0) return journal.commits(...args)
      throw journalCorrupt({ entityType: 'account', entityId: id }, 300, 'two histories in one read')
    }
    const restored = engine({ journal: Object.assign(Object.create(journal) as Journal, { commits }) })
    const repeat = await restored.execute(id, command.deposit(1), { commandId: 'fill 0' })
    expect(repeat).toMatchObject({ replayed: true, revision: 1 })
    expect(torn).toBeGreaterThan(1)
  })

  test('concerns the commands that need it alone: where it fails, others of the batch are carried out', async () => {
    const { engine, fill, journal } = open()
    await fill(engine(), 400, 10)
    const commits = () => {
      throw storeFailure('read commits', 'access denied', { applied: 'no', retryable: false })
    }
    const broken = engine({ journal: Object.assign(Object.create(journal) as Journal, { commits }) })
    const [keyed, plain] = await Promise.allSettled([
      broken.execute(id, command.deposit(1), { commandId: 'new' }),
      broken.execute(id, command.deposit(1)),
    ])
    expect(keyed).toMatchObject({ status: 'rejected', reason: { code: 'store-unavailable' } })
    expect(plain).toMatchObject({ status: 'fulfilled', value: { revision: 401 } })
  })
})

/** Commands of 90 KB that compression makes no smaller. */
const large = entity({
  entityType: 'large',
  initialState: { n: 0 },
  onEvent: ({ n }: { n: number }, _event: { type: 'Filled'; text: string }) => ({ n: n + 1 }),
  onCommand: (_ctx, _state, { text }: { type: 'Fill'; text: string }) =>
    Behaviors.persisted({ events: [{ type: 'Filled' as const, text }], reply: ({ n }) => n }),
})

describe('beyond 4 MB of commits', () => {
  test('an id cannot be ruled out: nothing is carried out, and a repeat goes on where the last one came to', async () => {
    const journal = new InMemoryJournal()
    const platform = virtualPlatform()
    const engine = () => createEngine(large, { journal, platform, costs: true })
    const text = noise(90_000)
    const filler = engine()
    for (let n = 0; n < 150; n++)
      await filler.execute('l', { type: 'Fill', text }, { commandId: `fill ${n}` })
    const bank = engine()
    const send = () => bank.execute('l', { type: 'Fill', text: '' }, { commandId: 'new' })
    expect(await rejectionOf(send())).toMatchObject({ code: 'command-id-unverified', retryable: true })
    expect((await filler.read('l')).revision).toBe(150)
    let tries = 2
    while (!(await send().then(Boolean, () => false))) tries += 1
    expect(tries).toBeLessThanOrEqual(5)
    expect(await send()).toMatchObject({ revision: 151, reply: 151, replayed: true })
  })
})

describe('clocks that differ by less than a minute', () => {
  const skews = [-29_000, 0, 29_000]
  const combinations = skews.flatMap((a) => skews.flatMap((b) => skews.map((c) => [a, b, c] as const)))

  test.each(combinations)(
    'a repeat within 300 s is recognised: first process %i ms, others %i ms, the repeating one %i ms',
    async (first, others, repeating) => {
      const journal = new InMemoryJournal()
      const platform = virtualPlatform()
      const at = (skewMs: number) =>
        createEngine(account, {
          journal,
          platform: { ...platform, now: () => platform.now() + skewMs },
        })
      for (let n = 0; n < 40; n++) await at(others).execute(id, command.deposit(1), { commandId: `a${n}` })
      await at(first).execute(id, command.deposit(1), { commandId: 'mine' })
      const busy = at(others)
      for (let n = 0; n < 120; n++) {
        await busy.execute(id, command.deposit(1), { commandId: `b${n}` })
        platform.jump(2_490)
      }
      for (const process of [at(repeating), busy]) {
        const again = await process.execute(id, command.deposit(1), { commandId: 'mine' })
        expect(again).toMatchObject({ revision: 41, replayed: true })
      }
    },
  )
})
