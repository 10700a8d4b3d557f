import {
  type Behavior,
  Behaviors,
  type CommandContext,
  createEngine,
  type EngineOptions,
  entity,
  KeyValueJournal,
  memoryStore,
} from 'tailfold'
import { describe, expect, test } from 'vitest'
import { commandScope } from '../../../src/core/engine/command-scope.ts'
import { sleep } from '../../../src/core/base/platform.ts'
import { storeFailure } from '../../../src/core/base/failures.ts'
import { virtualPlatform } from '../../../src/testing/virtual-platform.ts'
import { command, openBank } from '../../helpers/bank.ts'
import { after, faultyStore, hangs, replyLost, requestLost } from '../../helpers/faulty-store.ts'

type Added = { type: 'Added'; by: number }
type Command = { type: 'Add'; by: number; takesMs?: number; fails?: string } | { type: 'Look' }

function open(options: Partial<EngineOptions> = {}) {
  const store = faultyStore(memoryStore())
  const journal = new KeyValueJournal(store)
  const platform = virtualPlatform()
  const calls: number[] = []
  const definition = entity({
    entityType: 'sum',
    initialState: { total: 0 },
    onEvent: ({ total }: { total: number }, { by }: Added) => ({ total: total + by }),
    async onCommand(
      ctx: CommandContext,
      { total },
      sent: Command,
    ): Promise<Behavior<Added, { total: number }>> {
      if (sent.type === 'Look') return Behaviors.same()
      const { by, takesMs = 0, fails } = sent
      calls.push(by)
      if (takesMs > 0) await new Promise<void>((resolve) => void platform.schedule(takesMs, resolve))
      if (fails === 'throws') throw new Error('handler')
      if (fails === 'rejects') return Behaviors.rejected('no', { revision: ctx.revision })
      if (fails === 'hangs') return new Promise(() => {})
      return Behaviors.persisted({ events: [{ type: 'Added', by }], reply: () => total + by })
    },
  })
  const engine = (over: Partial<EngineOptions> = {}) =>
    createEngine(definition, { journal, platform, ...options, ...over })
  return { store, platform, calls, engine }
}

const endings = async (sent: readonly Promise<{ kind: string; revision: number }>[]) =>
  (await Promise.allSettled(sent)).map((result) =>
    result.status === 'fulfilled'
      ? `${result.value.kind} ${result.value.revision}`
      : (result.reason as { code: string }).code,
  )

describe('expectedRevision in a batch is compared with what becomes the revision before the command', () => {
  test('an Add and then three that expect revision 1: one of those is carried out', async () => {
    const sum = open().engine()
    const add = (by: number, expectedRevision?: number) =>
      sum.execute('s', { type: 'Add', by }, { expectedRevision })
    expect(await endings([add(1), add(2, 1), add(3, 1), add(4, 1)])).toEqual([
      'replied 1',
      'replied 2',
      'revision-mismatch',
      'revision-mismatch',
    ])
    expect((await sum.read('s')).state).toEqual({ total: 3 })
  })

  test('commands that write nothing before it do not count', async () => {
    const { engine, store } = open()
    const sum = engine()
    await sum.execute('s', { type: 'Add', by: 1 })
    const sent = [
      sum.execute('s', { type: 'Look' }),
      sum.execute('s', { type: 'Add', by: 1, fails: 'throws' }),
      sum.execute('s', { type: 'Add', by: 2 }, { expectedRevision: 1 }),
      sum.execute('s', { type: 'Add', by: 4 }),
    ]
    expect(await endings(sent)).toEqual(['replied 1', 'handler-failed', 'replied 2', 'replied 2'])
    expect(store.calls.append).toBe(2)
  })

  test('a recorded outcome wins over it', async () => {
    const sum = open().engine()
    const send = () => sum.execute('s', { type: 'Add', by: 1 }, { commandId: 'c1', expectedRevision: 0 })
    expect(await endings([send(), send()])).toEqual(['replied 1', 'replied 1'])
    expect(await send()).toMatchObject({ replayed: true })
  })
})

describe('a slow neighbour', () => {
  test('does not make a quick command unknown: its handler never ran', async () => {
    const { engine, calls } = open({ retry: { timeoutMs: 200 } })
    const sum = engine()
    const slow = sum.execute('s', { type: 'Add', by: 1, takesMs: 700 })
    const quick = sum.execute('s', { type: 'Add', by: 2 })
    expect(await endings([slow, quick])).toEqual(['handler-failed', 'conflict-budget-exhausted'])
    expect(calls).toEqual([1])
    expect((await sum.read('s')).revision).toBe(0)
  })

  test('takes the time of those behind it, whose handlers are not to blame', async () => {
    const { engine } = open({ retry: { timeoutMs: 400 } })
    const sum = engine()
    const sent = Array.from({ length: 20 }, () => sum.execute('s', { type: 'Add', by: 1, takesMs: 30 }))
    const ended = await endings(sent)
    expect(ended[0]).toBe('replied 1')
    expect(ended[19]).toBe('conflict-budget-exhausted')
    expect(ended).not.toContain('handler-failed')
  })

  test('does not delay what was decided before it', async () => {
    const { engine, platform } = open()
    const sum = engine()
    const startedAt = platform.now()
    const tookMs: number[] = []
    const timed = (by: number, takesMs = 0) =>
      sum
        .execute('s', { type: 'Add', by, takesMs })
        .finally(() => void tookMs.push(platform.now() - startedAt))
    expect(await endings([timed(1), timed(2), timed(4, 700), timed(8)])).toEqual([
      'replied 1',
      'replied 1',
      'replied 2',
      'replied 3',
    ])
    expect(tookMs.slice(0, 2)).toEqual([20, 20])
  })

  test('is decided without a command whose time ran out meanwhile, which is not carried out then', async () => {
    const { engine, platform } = open()
    const sum = engine()
    const add = (by: number, takesMs = 0, deadline = platform.now() + 5_000) =>
      sum.execute('s', { type: 'Add', by, takesMs }, { deadline })
    const sent = [add(1, 0, platform.now() + 1), add(10, 14), add(100, 14)]
    expect(await endings(sent)).toEqual(['conflict-budget-exhausted', 'replied 1', 'replied 1'])
    expect((await sum.read('s')).state).toEqual({ total: 110 })
  })

  test('of many that are quick each, but not together: the first commit in time', async () => {
    const { engine, store } = open({ retry: { timeoutMs: 200 } })
    const sum = engine()
    const sent = Array.from({ length: 30 }, () => sum.execute('s', { type: 'Add', by: 1, takesMs: 15 }))
    const ended = await endings(sent)
    const carriedOut = ended.filter((each) => each.startsWith('replied')).length
    expect(carriedOut).toBeGreaterThanOrEqual(10)
    // One handler may be running when the time is over; the others do not begin.
    expect(new Set(ended.slice(carriedOut + 1))).toEqual(new Set(['conflict-budget-exhausted']))
    expect((await sum.read('s')).state).toEqual({ total: carriedOut })
    expect(store.calls.append).toBeLessThanOrEqual(carriedOut)
  })

  test('that fails, hangs or is rejected does not change how the others end', async () => {
    for (const fails of ['throws', 'rejects', 'hangs']) {
      const sum = open({ retry: { timeoutMs: 1_000 } }).engine()
      const sent = [
        sum.execute('s', { type: 'Add', by: 1 }),
        sum.execute(
          's',
          { type: 'Add', by: 2, fails, takesMs: 50 },
          { deadline: Date.UTC(2026, 0, 1) + 300 },
        ),
        sum.execute('s', { type: 'Add', by: 4 }),
      ]
      const [first, , last] = await endings(sent)
      expect([first, last]).toEqual(['replied 1', 'replied 2'])
      expect((await sum.read('s')).state).toEqual({ total: 5 })
    }
  })
})

describe('a command of which it was said that nothing was written', () => {
  test.each([1, 5, 10, 15, 25, 40])(
    'is not written: its time runs out %i ms after it was sent',
    async (leftMs) => {
      for (const takesMs of [0, 5, 10, 20, 30]) {
        const { engine, platform } = open()
        const sum = engine()
        const short = { deadline: platform.now() + leftMs }
        const sent = [
          sum.execute('s', { type: 'Add', by: 1, takesMs }, short),
          sum.execute('s', { type: 'Add', by: 10, takesMs }),
          sum.execute('s', { type: 'Add', by: 100, takesMs }, short),
        ]
        const settled = await Promise.allSettled(sent)
        const total = settled.reduce((sum, { status }, n) => sum + (status === 'fulfilled' ? 10 ** n : 0), 0)
        expect((await sum.read('s')).state).toEqual({ total })
        const codes = settled.map(
          (result) => result.status === 'rejected' && (result.reason as { code: string }).code,
        )
        expect(codes).not.toContain('outcome-unknown')
      }
    },
  )

  test('is not begun to be written after its deadline, when nobody could learn in time what became of it', async () => {
    const { engine, store, platform } = open()
    const sum = engine()
    await sum.execute('s', { type: 'Add', by: 100 })
    const deadline = platform.now() + 10
    store.plan(
      'append',
      after(() => sleep(platform, 30)),
    )
    const sent = [
      sum.execute('s', { type: 'Add', by: 1 }, { deadline }),
      sum.execute('s', { type: 'Add', by: 10, takesMs: 15 }),
    ]
    expect(await endings(sent)).toEqual(['conflict-budget-exhausted', 'replied 2'])
    expect((await sum.read('s')).state).toEqual({ total: 110 })
  })

  test('is not written when the clock is set back after that', async () => {
    const { engine, platform } = open()
    const sum = engine()
    const sent = [
      sum.execute('s', { type: 'Add', by: 1 }, { deadline: platform.now() + 1 }),
      sum.execute('s', { type: 'Add', by: 10, takesMs: 14 }),
      sum.execute('s', { type: 'Add', by: 100, takesMs: 14 }),
    ]
    // It was answered 20 ms after its deadline.
    platform.schedule(25, () => platform.jump(-1_000))
    expect(await endings(sent)).toEqual(['conflict-budget-exhausted', 'replied 1', 'replied 1'])
    expect((await sum.read('s')).state).toEqual({ total: 110 })
  })

  test('says how often it was tried', async () => {
    const { engine, store, platform } = openBank()
    const rival = engine()
    await rival.execute('a', command.deposit(1))
    const warm = engine()
    await warm.read('a')
    store.plan(
      'append',
      after(async () => {
        platform.jump(50_000)
        await rival.execute('a', command.deposit(1))
      }),
    )
    await expect(warm.execute('a', command.deposit(1))).rejects.toMatchObject({
      code: 'conflict-budget-exhausted',
      data: { attempts: 1 },
    })
    expect((await warm.read('a')).revision).toBe(2)
  })
})

describe('a store that fails', () => {
  test.each([
    ['lost requests', [requestLost, requestLost]],
    ['lost answers', [replyLost, replyLost]],
    ['no answer', [hangs]],
  ])('%s: every command of the batch is carried out once', async (_, faults) => {
    const { engine, store } = open()
    const sum = engine()
    store.plan('append', ...faults)
    const sent = [1, 2, 4].map((by) => sum.execute('s', { type: 'Add', by }))
    expect(await endings(sent)).toEqual(['replied 1', 'replied 1', 'replied 1'])
    expect((await sum.read('s')).state).toEqual({ total: 7 })
  })

  test('while it looks for one id fails that command alone', async () => {
    const { engine, store } = open()
    for (let n = 0; n < 100; n++)
      await engine().execute('s', { type: 'Add', by: 1 }, { commandId: `c${n}`, dedupe: 'always' })
    const denied = async () => {
      throw storeFailure('find a command id', 'access denied', { applied: 'no', retryable: false })
    }
    store.plan('findCommandId', denied)
    const sum = engine()
    const sent = [
      sum.execute('s', { type: 'Add', by: 1 }, { commandId: 'new', dedupe: 'always' }),
      sum.execute('s', { type: 'Add', by: 1 }),
    ]
    expect(await endings(sent)).toEqual(['store-unavailable', 'replied 101'])
  })

  test('that looks long for one id goes on without it: it is carried out in the next batch', async () => {
    const { engine, store, platform } = open()
    for (let n = 0; n < 100; n++)
      await engine().execute('s', { type: 'Add', by: 1 }, { commandId: `c${n}`, dedupe: 'always' })
    const sum = engine()
    await sum.read('s')
    store.plan('findCommandId', hangs)
    const start = platform.now()
    const scope = commandScope()
    const sent = [
      sum.execute('s', { type: 'Add', by: 1 }, { commandId: 'new', dedupe: 'always', scope }),
      sum.execute('s', { type: 'Add', by: 1 }, { scope }),
      sum.execute('s', { type: 'Add', by: 1 }, { commandId: 'c99' }),
      sum.execute('s', { type: 'Add', by: 1 }, { deadline: start + 1_000 }),
    ]
    const times = sent.map((outcome) => outcome.then(() => platform.now() - start))
    expect(await endings(sent)).toEqual(['replied 102', 'replied 102', 'replied 100', 'replied 101'])
    const [late, afterIt, ...others] = await Promise.all(times)
    expect(Math.max(...others)).toBeLessThan(50)
    // What follows it in its scope is carried out after it.
    expect(afterIt).toBe(late)
  })
})
