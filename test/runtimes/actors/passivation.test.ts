import { sleep } from '../../../src/core/base/platform.ts'
import { describe, expect, test } from 'vitest'
import { actorBench } from '../../helpers/actors.ts'

describe('an actor that is idle for passivateAfterMs', () => {
  test('leaves memory; its next message brings it back with its state from the journal', async () => {
    const { system, ticker, platform, store } = actorBench()
    await using actors = system({ passivateAfterMs: 1_000 })
    const ref = actors.spawn(ticker(), 't')
    await actors.ask(ref, { type: 'Tick', n: 1 }, 100)
    await sleep(platform, 999)
    expect(actors.size).toBe(1)
    await sleep(platform, 2)
    expect(actors.size).toBe(0)
    const before = store.calls.recover
    expect(await actors.ask(ref, { type: 'Tick', n: 2 }, 100)).toBe(2)
    expect([actors.size, store.calls.recover - before]).toEqual([1, 1])
  })

  test('counts from its last message, not from its spawning', async () => {
    const { system, ticker, platform } = actorBench()
    await using actors = system({ passivateAfterMs: 1_000 })
    const ref = actors.spawn(ticker(), 't')
    for (let n = 0; n < 5; n++) {
      await sleep(platform, 600)
      await actors.ask(ref, { type: 'Tick', n }, 100)
      expect(actors.size).toBe(1)
    }
  })

  test('is not idle while a slow handler runs', async () => {
    const { system, ticker, platform, committed } = actorBench()
    await using actors = system({ passivateAfterMs: 1_000 })
    const ref = actors.spawn(ticker(), 't')
    ref.tell({ type: 'Slow', ms: 5_000 })
    await sleep(platform, 4_000)
    expect(actors.size).toBe(1)
    await sleep(platform, 2_500)
    expect([actors.size, await committed()]).toEqual([0, [5_000]])
  })

  test('stays while its restarts are counted: passivation does not forgive failures', async () => {
    const { system, ticker, platform, failures } = actorBench()
    const supervision = { maxRestarts: 1, withinMs: 10_000 }
    await using actors = system({ passivateAfterMs: 100, supervision })
    const ref = actors.spawn(ticker(), 't')
    ref.tell({ type: 'Tick', n: -1 })
    await sleep(platform, 5_000)
    ref.tell({ type: 'Tick', n: -1 })
    await sleep(platform, 1_000)
    expect(failures.map(({ decision }) => decision)).toEqual(['restarted', 'stopped'])
  })

  test('leaves once they no longer count', async () => {
    const { system, ticker, platform } = actorBench()
    await using actors = system({ passivateAfterMs: 100, supervision: { withinMs: 10_000 } })
    actors.spawn(ticker(), 't').tell({ type: 'Tick', n: -1 })
    await sleep(platform, 10_500)
    expect(actors.size).toBe(0)
  })

  test('can be stopped for good', async () => {
    const { system, ticker, platform } = actorBench()
    await using actors = system({ passivateAfterMs: 1_000 })
    const ref = actors.spawn(ticker(), 't')
    await sleep(platform, 2_000)
    await actors.stop(ref)
    await expect(actors.ask(ref, { type: 'Seen' }, 100)).rejects.toMatchObject({ code: 'entity-stopped' })
  })

  test('frees its name; the former reference then reaches the actor of that name and entity', async () => {
    const { system, ticker, platform } = actorBench()
    await using actors = system({ passivateAfterMs: 1_000 })
    const former = actors.spawn(ticker(), 't')
    await sleep(platform, 2_000)
    expect(actors.lookup('t')).toBeUndefined()
    const current = actors.spawn(ticker(), 't')
    expect(await actors.ask(former, { type: 'Tick', n: 1 }, 100)).toBe(1)
    expect(await actors.ask(current, { type: 'Tick', n: 2 }, 100)).toBe(2)
    expect(actors.size).toBe(1)
  })

  test('comes back without a name when that was given to another entity', async () => {
    const { system, ticker, platform } = actorBench()
    await using actors = system({ passivateAfterMs: 1_000 })
    const former = actors.spawn(ticker('a'), 'x')
    await sleep(platform, 2_000)
    const other = actors.spawn(ticker('b'), 'x')
    await actors.ask(former, { type: 'Tick', n: 1 }, 100)
    expect(await actors.ask(other, { type: 'Seen' }, 100)).toEqual([])
    expect(await actors.ask(former, { type: 'Seen' }, 100)).toEqual([1])
    expect([actors.lookup('x') === other, actors.size]).toEqual([true, 2])
  })
})

test('without passivateAfterMs actors stay', async () => {
  const { system, ticker, platform } = actorBench()
  await using actors = system()
  actors.spawn(ticker(), 't')
  await sleep(platform, 1e9)
  expect(actors.size).toBe(1)
})

test('20,000 passivated actors leave nothing behind: no actor, no name, no timer', {
  timeout: 60_000,
}, async () => {
  const { system, ticker, platform } = actorBench()
  await using actors = system({ passivateAfterMs: 1_000 })
  for (let n = 0; n < 20_000; n++) actors.spawn(ticker(`t-${n}`), `t-${n}`)
  expect([actors.size, platform.pending()]).toEqual([20_000, 1])
  await sleep(platform, 2_000)
  expect([actors.size, platform.pending(), actors.lookup('t-0')]).toEqual([0, 0, undefined])
})
