import { sleep } from '../../../src/core/base/platform.ts'
import { describe, expect, test } from 'vitest'
import { actorBench } from '../../helpers/actors.ts'

const hundred = Array.from({ length: 100 }, (_, n) => n)

describe('nothing told to an actor after its end is carried out, and each sender learns entity-stopped', () => {
  test('after Behaviors.stopped()', async () => {
    const { system, ticker, committed, failures } = actorBench()
    await using actors = system()
    const ref = actors.spawn(ticker(), 't')
    ref.tell({ type: 'Stop' })
    for (const n of hundred) ref.tell({ type: 'Tick', n })
    await actors.stop()
    expect(await committed()).toEqual([])
    expect(failures).toHaveLength(100)
    expect(new Set(failures.map(({ error, decision }) => `${error.code} ${decision}`))).toEqual(
      new Set(['entity-stopped stopped']),
    )
  })

  test('after a fatal failure', async () => {
    const { system, ticker, committed, failures, platform } = actorBench()
    await using actors = system({ supervision: { maxRestarts: 1, backoffMs: 1 } })
    const ref = actors.spawn(ticker(), 't')
    await actors.ask(ref, { type: 'Tick', n: -1 }, 1_000).catch(() => {})
    ref.tell({ type: 'Tick', n: 7 })
    ref.tell({ type: 'Tick', n: -2 })
    for (const n of hundred) ref.tell({ type: 'Tick', n })
    await sleep(platform, 1_000)
    expect(await committed()).toEqual([7])
    expect(failures.map(({ error, decision }) => `${error.code} ${decision}`)).toEqual([
      'handler-failed restarted',
      'handler-failed stopped',
      ...hundred.map(() => 'entity-stopped stopped'),
    ])
  })

  test('after a first failure where none is allowed', async () => {
    const { system, ticker, committed } = actorBench()
    await using actors = system({ supervision: { maxRestarts: 0 } })
    const ref = actors.spawn(ticker(), 't')
    ref.tell({ type: 'Tick', n: -1 })
    for (const n of hundred) ref.tell({ type: 'Tick', n })
    await actors.stop()
    expect(await committed()).toEqual([])
  })

  test('after a fatal failure among slow handlers that waited together', async () => {
    const { system, ticker, committed, failures, platform } = actorBench()
    await using actors = system({ supervision: { maxRestarts: 2, backoffMs: 1, maxBackoffMs: 1 } })
    const ref = actors.spawn(ticker(), 't')
    for (let n = 0; n < 5; n++) {
      ref.tell({ type: 'Slow', ms: 300 })
      ref.tell({ type: 'Tick', n: -1 })
    }
    await sleep(platform, 10_000)
    expect(await committed()).toEqual([300, 300, 300])
    expect(failures.map(({ error, decision }) => `${error.code} ${decision}`)).toEqual([
      'handler-failed restarted',
      'handler-failed restarted',
      'handler-failed stopped',
      ...Array.from({ length: 4 }, () => 'entity-stopped stopped'),
    ])
  })

  test('and askers reject', async () => {
    const { system, ticker } = actorBench()
    await using actors = system()
    const ref = actors.spawn(ticker(), 't')
    ref.tell({ type: 'Stop' })
    const answers = await Promise.allSettled(hundred.map((n) => actors.ask(ref, { type: 'Tick', n }, 1_000)))
    expect(answers.map((answer) => answer.status === 'rejected' && answer.reason.code)).toEqual(
      hundred.map(() => 'entity-stopped'),
    )
  })
})

describe('one actor stopped from outside', () => {
  test('carries out what was sent before, takes nothing new and frees its name', async () => {
    const { system, ticker, committed } = actorBench()
    await using actors = system()
    const ref = actors.spawn(ticker(), 't')
    for (const n of hundred) ref.tell({ type: 'Tick', n })
    const stopped = actors.stop(ref)
    const late = actors.ask(ref, { type: 'Tick', n: 1_000 }, 1_000)
    expect(actors.lookup('t')).toBeUndefined()
    await expect(late).rejects.toMatchObject({ code: 'entity-stopped' })
    await stopped
    expect(await committed()).toEqual(hundred)
    expect(actors.size).toBe(0)
    expect(await actors.ask(actors.spawn(ticker(), 't'), { type: 'Seen' }, 1_000)).toEqual(hundred)
  })

  test('leaves the others alone', async () => {
    const { system, ticker } = actorBench()
    await using actors = system()
    const [a, b] = [actors.spawn(ticker('a'), 'a'), actors.spawn(ticker('b'), 'b')]
    await actors.stop(a)
    expect(await actors.ask(b, { type: 'Tick', n: 1 }, 1_000)).toBe(1)
  })

  test('does not wait for a pending restart: what waits for it fails with entity-stopped', async () => {
    const { system, ticker, platform } = actorBench()
    await using actors = system({ supervision: { backoffMs: 60_000, maxBackoffMs: 60_000 } })
    const ref = actors.spawn(ticker(), 't')
    await actors.ask(ref, { type: 'Tick', n: -1 }, 1_000).catch(() => {})
    const waiting = actors.ask(ref, { type: 'Tick', n: 1 }, 120_000)
    await Promise.all([actors.stop(ref), expect(waiting).rejects.toMatchObject({ code: 'entity-stopped' })])
    expect(platform.pending()).toBe(0)
  })

  test('ends at a failure on the way, which is reported', async () => {
    const { system, ticker, committed, failures } = actorBench()
    await using actors = system()
    const ref = actors.spawn(ticker(), 't')
    ref.tell({ type: 'Tick', n: -1 })
    for (const n of [...hundred, ...hundred]) ref.tell({ type: 'Tick', n })
    await actors.stop(ref)
    expect(failures[0]).toMatchObject({ decision: 'stopped', error: { code: 'handler-failed' } })
    expect((await committed()).length + failures.length).toBe(201)
  })

  test('may be stopped twice', async () => {
    const { system, ticker } = actorBench()
    await using actors = system()
    const ref = actors.spawn(ticker(), 't')
    await Promise.all([actors.stop(ref), actors.stop(ref)])
    await actors.stop(ref)
    expect(actors.size).toBe(0)
  })

  test('is one of this system: others are a TypeError', async () => {
    const { system, ticker } = actorBench()
    await using one = system()
    await using two = system()
    await expect(two.stop(one.spawn(ticker(), 't'))).rejects.toThrow(
      new TypeError('ref of stop must be a reference that this system spawned.'),
    )
  })
})

describe('a stopped system', () => {
  test('has carried out what was sent before', async () => {
    const { system, ticker, committed } = actorBench()
    const actors = system()
    const ref = actors.spawn(ticker(), 't')
    for (const n of hundred) ref.tell({ type: 'Tick', n })
    await actors.stop()
    expect(await committed()).toEqual(hundred)
    expect(actors.size).toBe(0)
  })

  test('answers passivated actors with entity-stopped, too', async () => {
    const { system, ticker, platform, failures } = actorBench()
    const actors = system({ passivateAfterMs: 1_000 })
    const ref = actors.spawn(ticker(), 't')
    await new Promise<void>((resolve) => void platform.schedule(2_000, resolve))
    await actors.stop()
    ref.tell({ type: 'Tick', n: 1 })
    await expect(actors.ask(ref, { type: 'Seen' }, 1_000)).rejects.toMatchObject({ code: 'entity-stopped' })
    expect(failures).toMatchObject([{ error: { code: 'entity-stopped' } }])
    expect([actors.size, platform.pending()]).toEqual([0, 0])
  })
})
