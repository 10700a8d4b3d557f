import { describe, expect, test } from 'vitest'
import { sleep } from '../../../src/core/base/platform.ts'
import { actorBench } from '../../helpers/actors.ts'
import { hangs } from '../../helpers/faulty-store.ts'

describe('a time-out touches only its asker', () => {
  test('50 impatient asks are all ask-timeout, no failure of the actor, which goes on', async () => {
    const { system, ticker, failures } = actorBench()
    await using actors = system()
    const ref = actors.spawn(ticker(), 't')
    const asks = Array.from({ length: 50 }, (_, n) => actors.ask(ref, { type: 'Slow', ms: 300 }, 10 + n))
    const answers = await Promise.allSettled(asks)
    expect(answers.map((answer) => answer.status === 'rejected' && answer.reason)).toMatchObject(
      asks.map((_, n) => ({
        code: 'ask-timeout',
        retryable: true,
        data: { entity: 'ticker/t', timeoutMs: 10 + n },
      })),
    )
    expect(failures).toEqual([])
    expect(await actors.ask(ref, { type: 'Tick', n: 1 }, 60_000)).toBeGreaterThan(0)
  })

  test('time-outs spread over a minute stop nothing', async () => {
    const { system, ticker, failures, platform } = actorBench()
    await using actors = system()
    const ref = actors.spawn(ticker(), 't')
    for (let n = 0; n < 30; n++) {
      await expect(actors.ask(ref, { type: 'Slow', ms: 300 }, 100)).rejects.toMatchObject({
        code: 'ask-timeout',
      })
      await sleep(platform, 1_000)
    }
    expect([failures, actors.size]).toEqual([[], 1])
  })

  test('a store that does not answer is ask-timeout, too', async () => {
    const { system, ticker, store } = actorBench()
    await using actors = system()
    const ref = actors.spawn(ticker(), 't')
    store.plan('recover', hangs)
    await expect(actors.ask(ref, { type: 'Seen' }, 500)).rejects.toMatchObject({ code: 'ask-timeout' })
  })

  test('a command that has not begun by then is dropped; one that has is carried out', async () => {
    const { system, ticker, committed, platform } = actorBench()
    await using actors = system()
    const ref = actors.spawn(ticker(), 't')
    const begun = actors.ask(ref, { type: 'Slow', ms: 1_000 }, 100)
    await sleep(platform, 50)
    const waiting = actors.ask(ref, { type: 'Tick', n: 2 }, 100)
    const patient = actors.ask(ref, { type: 'Tick', n: 3 }, 10_000)
    await expect(begun).rejects.toMatchObject({ code: 'ask-timeout' })
    await expect(waiting).rejects.toMatchObject({ code: 'ask-timeout' })
    expect(await patient).toBe(2)
    expect(await committed()).toEqual([1_000, 3])
  })

  test('a time-out of 0 ends the wait at once', async () => {
    const { system, ticker } = actorBench()
    await using actors = system()
    const ref = actors.spawn(ticker(), 't')
    await expect(actors.ask(ref, { type: 'Slow', ms: 5 }, 0)).rejects.toMatchObject({ code: 'ask-timeout' })
  })

  test('Infinity waits without a limit', async () => {
    const { system, ticker } = actorBench()
    await using actors = system()
    const ref = actors.spawn(ticker(), 't')
    expect(await actors.ask(ref, { type: 'Slow', ms: 9_000 }, Infinity)).toBe(1)
  })
})

describe('a tell has no deadline', () => {
  test('60 tells to a handler of 300 ms are all carried out', async () => {
    const { system, ticker, committed, failures } = actorBench()
    await using actors = system()
    const ref = actors.spawn(ticker(), 't')
    for (let n = 0; n < 60; n++) ref.tell({ type: 'Slow', ms: 300 })
    await actors.stop()
    expect([(await committed()).length, failures]).toEqual([60, []])
  })

  test('asks behind it are carried out as well, however long they waited', async () => {
    const { system, ticker } = actorBench()
    await using actors = system()
    const ref = actors.spawn(ticker(), 't')
    for (let n = 0; n < 10; n++) ref.tell({ type: 'Slow', ms: 5_000 })
    expect(await actors.ask(ref, { type: 'Tick', n: 1 }, 120_000)).toBe(11)
  })
})

describe('a handler that does not return', () => {
  test('fails after retry.timeoutMs from its own start; the messages behind it are carried out', async () => {
    const { system, ticker, failures, committed, platform } = actorBench()
    await using actors = system({ retry: { timeoutMs: 1_000 } })
    const ref = actors.spawn(ticker(), 't')
    for (let n = 0; n < 4; n++) ref.tell({ type: 'Slow', ms: 900 })
    ref.tell({ type: 'Slow', ms: 1e9 })
    ref.tell({ type: 'Tick', n: 1 })
    await sleep(platform, 10_000)
    expect(await committed()).toEqual([900, 900, 900, 900, 1])
    expect(failures).toMatchObject([{ decision: 'restarted', error: { code: 'handler-failed' } }])
  })
})

describe('timeoutMs', () => {
  test.for([-1, Number.NaN, '5', undefined, null, true, {}, { timeoutMs: -1 }, { timeoutMs: '5' }, [], 5n])(
    'of %o is a TypeError that names it, and nothing is sent',
    async (timeout) => {
      const { system, ticker, committed } = actorBench()
      await using actors = system()
      const ref = actors.spawn(ticker(), 't')
      const asked = actors.ask(ref, { type: 'Tick', n: 1 }, timeout as never)
      await expect(asked).rejects.toThrow(
        /^timeoutMs of ask must be a number of milliseconds from 0 on, not |^ask needs an object of options: timeoutMs/,
      )
      await expect(asked).rejects.toBeInstanceOf(TypeError)
      expect(await committed()).toEqual([])
    },
  )
})
