import { Behaviors, InMemoryJournal } from 'tailfold'
import { describe, expect, test } from 'vitest'
import { account } from '../../../functions/bank/account.ts'
import { actorBench, type Tick } from '../../helpers/actors.ts'

const taken = new TypeError('The name "t" is taken in the system "bench".')

describe('getOrSpawn', () => {
  test('spawns under a free name, and returns the same reference from then on', async () => {
    const { system, ticker } = actorBench()
    await using actors = system()
    const ref = actors.getOrSpawn(ticker(), 't')
    expect(actors.getOrSpawn(ticker(), 't')).toBe(ref)
    expect(await actors.ask(ref, { type: 'Tick', n: 1 }, 100)).toBe(1)
    expect(actors.size).toBe(1)
  })

  test('returns what spawn started', async () => {
    const { system, ticker } = actorBench()
    await using actors = system()
    expect(actors.spawn(ticker(), 't')).toBe(actors.getOrSpawn(ticker(), 't'))
  })

  test('is a TypeError when the name stands for another entity', async () => {
    const { system, ticker } = actorBench()
    await using actors = system()
    actors.spawn(ticker('a'), 't')
    expect(() => actors.getOrSpawn(ticker('b'), 't')).toThrow(taken)
  })

  test('is a TypeError when the name stands for the entity in another journal', async () => {
    const { system } = actorBench()
    await using actors = system()
    const behavior = () =>
      Behaviors.eventSourced({ ...account, entityId: 'a', journal: new InMemoryJournal() })
    actors.spawn(behavior(), 't')
    expect(() => actors.getOrSpawn(behavior(), 't')).toThrow(taken)
  })

  test('after the system was stopped is entity-stopped', async () => {
    const { system, ticker } = actorBench()
    const actors = system()
    await actors.stop()
    expect(() => actors.getOrSpawn(ticker(), 't')).toThrow(
      't cannot be spawned: the system bench was stopped.',
    )
  })
})

describe('lookup', () => {
  test('finds an actor by its name', async () => {
    const { system, ticker } = actorBench()
    await using actors = system()
    const ref = actors.spawn(ticker(), 't')
    expect(actors.lookup<Tick>('t')).toBe(ref)
  })

  test('is undefined for a name that no actor has', async () => {
    const { system } = actorBench()
    await using actors = system()
    expect(actors.lookup('t')).toBeUndefined()
  })
})

describe('a name', () => {
  test('is taken while its actor is in memory', async () => {
    const { system, ticker } = actorBench()
    await using actors = system()
    actors.spawn(ticker('a'), 't')
    expect(() => actors.spawn(ticker('b'), 't')).toThrow(taken)
  })

  test('is free after its actor was stopped by its behavior', async () => {
    const { system, ticker } = actorBench()
    await using actors = system()
    await actors.ask(actors.spawn(ticker(), 't'), { type: 'Stop' }, 100)
    expect(actors.lookup('t')).toBeUndefined()
    expect(await actors.ask(actors.spawn(ticker(), 't'), { type: 'Tick', n: 1 }, 100)).toBe(1)
  })

  test('is free after its actor was stopped by supervision', async () => {
    const { system, ticker } = actorBench()
    await using actors = system({ supervision: { maxRestarts: 0 } })
    const ref = actors.spawn(ticker(), 't')
    await expect(actors.ask(ref, { type: 'Tick', n: -1 }, 100)).rejects.toMatchObject({
      code: 'handler-failed',
    })
    expect([actors.lookup('t'), actors.size]).toEqual([undefined, 0])
  })
})

test('two actors of one entity under two names share its history', async () => {
  const { system, ticker, committed } = actorBench()
  await using actors = system()
  const [a, b] = [actors.spawn(ticker(), 'a'), actors.spawn(ticker(), 'b')]
  for (let n = 0; n < 20; n++) (n % 2 === 0 ? a : b).tell({ type: 'Tick', n })
  await Promise.all([actors.stop(a), actors.stop(b)])
  expect((await committed()).toSorted((x, y) => x - y)).toEqual(Array.from({ length: 20 }, (_, n) => n))
})

test('of two actors of one entity, one that stops leaves the other alone', async () => {
  const { system, ticker, committed, failures } = actorBench()
  await using actors = system()
  const [a, b] = [actors.spawn(ticker(), 'a'), actors.spawn(ticker(), 'b')]
  a.tell({ type: 'Stop' })
  a.tell({ type: 'Tick', n: 1 })
  b.tell({ type: 'Tick', n: 2 })
  await Promise.all([actors.stop(a), actors.stop(b)])
  expect(await committed()).toEqual([2])
  expect(failures.map(({ error }) => error.code)).toEqual(['entity-stopped'])
})
