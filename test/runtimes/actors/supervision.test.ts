import type { TailfoldError } from 'tailfold'
import { describe, expect, test } from 'vitest'
import { sleep } from '../../../src/core/base/platform.ts'
import { actorBench } from '../../helpers/actors.ts'
import { after, type Fault } from '../../helpers/faulty-store.ts'

const pass: Fault = (call) => call()

describe('a handler that throws', () => {
  test('fails its command, writes nothing, and restarts the actor', async () => {
    const { system, ticker, failures } = actorBench()
    await using actors = system()
    const ref = actors.spawn(ticker(), 't')
    await actors.ask(ref, { type: 'Tick', n: 1 }, 1_000)
    await expect(actors.ask(ref, { type: 'Tick', n: -1 }, 1_000)).rejects.toMatchObject({
      code: 'handler-failed',
      cause: new Error('cannot tick -1'),
    })
    expect(await actors.ask(ref, { type: 'Seen' }, 1_000)).toEqual([1])
    expect(failures).toMatchObject([{ entity: 'ticker/t', decision: 'restarted', restarts: 1, delayMs: 10 }])
  })

  test('does not fail the messages that wait: they keep their order', async () => {
    const { system, ticker, platform } = actorBench()
    await using actors = system({ supervision: { backoffMs: 500 } })
    const ref = actors.spawn(ticker(), 't')
    await actors.ask(ref, { type: 'Tick', n: -1 }, 1_000).catch(() => {})
    const failedAt = platform.now()
    for (const n of [1, 2, 3]) ref.tell({ type: 'Tick', n })
    expect(await actors.ask(ref, { type: 'Seen' }, 5_000)).toEqual([1, 2, 3])
    expect(platform.now() - failedAt).toBe(500)
  })

  test('keeps the order of the messages behind it, also of those that were handed over with it', async () => {
    const { system, ticker, committed } = actorBench()
    await using actors = system()
    const ref = actors.spawn(ticker(), 't')
    const numbers = Array.from({ length: 100 }, (_, n) => n)
    ref.tell({ type: 'Tick', n: -1 })
    ref.tell({ type: 'Slow', ms: 300 })
    for (const n of numbers) ref.tell({ type: 'Tick', n })
    await actors.ask(ref, { type: 'Seen' }, 60_000)
    expect(await committed()).toEqual([300, ...numbers])
  })

  test('stops the actor after more restarts than allowed in the window, with doubling waits before', async () => {
    const { system, ticker, failures } = actorBench()
    const supervision = { maxRestarts: 3, withinMs: 10_000, backoffMs: 100, maxBackoffMs: 300 }
    await using actors = system({ supervision })
    const ref = actors.spawn(ticker(), 't')
    for (let n = 0; n < 4; n++) await actors.ask(ref, { type: 'Tick', n: -1 }, 5_000).catch(() => {})
    expect(failures.map(({ decision, delayMs }) => [decision, delayMs])).toEqual([
      ['restarted', 100],
      ['restarted', 200],
      ['restarted', 300],
      ['stopped', 0],
    ])
    await expect(actors.ask(ref, { type: 'Seen' }, 1_000)).rejects.toMatchObject({
      code: 'entity-stopped',
      data: { why: 'it failed again after 3 restarts (handler-failed)' },
    })
  })

  test('never stops the actor where failures are further apart than the window', async () => {
    const { system, ticker, failures, platform } = actorBench()
    await using actors = system({ supervision: { maxRestarts: 1, withinMs: 1_000 } })
    const ref = actors.spawn(ticker(), 't')
    for (let n = 0; n < 5; n++) {
      await actors.ask(ref, { type: 'Tick', n: -1 }, 1_000).catch(() => {})
      platform.jump(2_000)
    }
    expect(failures.map(({ decision }) => decision)).toEqual(Array.from({ length: 5 }, () => 'restarted'))
  })

  test('is reported each time, also while a restart is pending', async () => {
    const { system, ticker, failures } = actorBench()
    await using actors = system({ supervision: { backoffMs: 50 } })
    const ref = actors.spawn(ticker(), 't')
    for (let n = 0; n < 5; n++) ref.tell({ type: 'Tick', n: -1 })
    await actors.ask(ref, { type: 'Seen' }, 1_000)
    expect(failures.map(({ decision, restarts }) => [decision, restarts])).toEqual(
      Array.from({ length: 5 }, () => ['restarted', 1]),
    )
  })

  test('restarts its own actor alone', async () => {
    const { system, ticker, platform } = actorBench()
    await using actors = system({ supervision: { backoffMs: 1_000 } })
    const [a, b] = [actors.spawn(ticker('a'), 'a'), actors.spawn(ticker('b'), 'b')]
    await actors.ask(a, { type: 'Tick', n: -1 }, 1_000).catch(() => {})
    const failedAt = platform.now()
    expect(await actors.ask(b, { type: 'Tick', n: 1 }, 1_000)).toBe(1)
    expect(platform.now()).toBe(failedAt)
  })
})

describe('what is not a failure of the actor', () => {
  test('a recovery that fails reaches the asker, and the next message recovers', async () => {
    const { system, ticker, store, failures } = actorBench()
    const record = { v: 1, id: 'x', ts: 0, n: 1, e: '[{"type":"Unheard"}]', h: 'wrong' }
    await store.append('ticker/t', 1, record)
    await using actors = system()
    const ref = actors.spawn(ticker(), 't')
    await expect(actors.ask(ref, { type: 'Seen' }, 1_000)).rejects.toMatchObject({
      code: 'journal-corrupt',
      data: { entity: 'ticker/t', revision: 1 },
    })
    store.plan('recover', async () => ({ commits: [], snapshot: undefined, more: false }))
    expect(await actors.ask(ref, { type: 'Seen' }, 1_000)).toEqual([])
    expect(failures).toEqual([])
  })

  test('time that is lost to other writers, however often, reaches the asker alone', async () => {
    const { system, ticker, store, failures } = actorBench()
    await using rivals = system()
    await using actors = system({ retry: { timeoutMs: 300 }, supervision: { maxRestarts: 1 } })
    const rival = rivals.spawn(ticker(), 't')
    const ref = actors.spawn(ticker(), 't')
    const write = () => rivals.ask(rival, { type: 'Tick', n: 0 }, 1_000)
    const codes = new Set<unknown>()
    for (let n = 0; n < 5; n++) {
      // The rival's own append is the one that comes next.
      store.plan(
        'append',
        ...Array.from({ length: 100 }, (_, call) => (call % 2 === 0 ? after(write) : pass)),
      )
      const answer = actors.ask(ref, { type: 'Tick', n: 1 }, 60_000)
      codes.add(await answer.catch(({ code }: TailfoldError) => code))
    }
    expect([...codes]).toEqual(['conflict-budget-exhausted'])
    expect(failures).toEqual([])
  })

  test('a told command that is rejected or unknown is reported, and the actor goes on', async () => {
    const { system, ticker, failures } = actorBench()
    await using actors = system()
    const ref = actors.spawn(ticker(), 't')
    ref.tell({ type: 'Reject' })
    ref.tell({ type: 'Unheard' } as never)
    expect(await actors.ask(ref, { type: 'Tick', n: 1 }, 1_000)).toBe(1)
    expect(failures).toMatchObject([
      { error: { code: 'rejected' }, decision: 'resumed', restarts: 0, delayMs: 0 },
      { error: { code: 'unhandled-command' }, decision: 'resumed', restarts: 0, delayMs: 0 },
    ])
  })

  test('asks that fail are not reported to onFailure: their askers know', async () => {
    const { system, ticker, failures, platform } = actorBench()
    await using actors = system()
    const ref = actors.spawn(ticker(), 't')
    await expect(actors.ask(ref, { type: 'Reject' }, 1_000)).rejects.toMatchObject({ code: 'rejected' })
    await expect(actors.ask(ref, { type: 'Slow', ms: 500 }, 10)).rejects.toMatchObject({
      code: 'ask-timeout',
    })
    await sleep(platform, 1_000)
    expect(failures).toEqual([])
  })
})
