import { Behaviors, InMemoryJournal, snapshotEvery, systemPlatform } from 'tailfold'
import { describe, expect, test } from 'vitest'
import { account } from '../../../functions/bank/account.ts'
import { sharedEngines } from '../../../src/runtimes/actors/shared-engines.ts'
import type { AnyBehavior } from '../../../src/runtimes/actors/any-behavior.ts'
import { selfCalls } from '../../../src/core/engine/self-calls.ts'

const journal = new InMemoryJournal()
const engines = () => sharedEngines({ platform: systemPlatform }, selfCalls(systemPlatform))

function behavior(fields: Partial<Parameters<typeof Behaviors.eventSourced>[0]> = {}): AnyBehavior {
  return Behaviors.eventSourced({ ...account, entityId: 'a', journal, ...fields })
}

describe('actors of one entity type and journal share an engine', () => {
  test('though each behavior is a new object', () => {
    const shared = engines()
    const leases = Array.from({ length: 1_000 }, (_, n) => shared.acquire(behavior({ entityId: `a-${n}` })))
    expect([new Set(leases.map(({ engine }) => engine)).size, shared.size()]).toEqual([1, 1])
  })

  const schema = {
    '~standard': { version: 1 as const, vendor: 'test', validate: () => ({ value: { amount: 1 } }) },
  }

  test('also where initial state, schemas and snapshotEvery are written out at each call', () => {
    const shared = engines()
    const make = (entityId: string) =>
      behavior({
        entityId,
        initialState: { balance: 0, txCount: 0 },
        commands: { Deposit: schema },
        snapshotPolicy: snapshotEvery({ nEvents: 100 }),
      })
    expect(shared.acquire(make('a')).engine).toBe(shared.acquire(make('b')).engine)
  })

  test.for([
    ['journal', { journal: new InMemoryJournal() }],
    ['initialState', { initialState: { balance: 1, txCount: 0 } }],
    ['onEvent', { onEvent: (state: unknown) => state }],
    ['onCommand', { onCommand: () => Behaviors.same() }],
    ['schemaVersion', { schemaVersion: 2 }],
    ['snapshotPolicy', { snapshotPolicy: snapshotEvery({ nEvents: 5 }) }],
    ['entityType', { entityType: 'savings' }],
  ])('but not when %s differs', ([, fields]) => {
    const shared = engines()
    expect(shared.acquire(behavior()).engine).not.toBe(shared.acquire(behavior(fields as never)).engine)
  })
})

describe('an engine', () => {
  test('is dropped once no actor uses it', async () => {
    const shared = engines()
    const leases = [shared.acquire(behavior()), shared.acquire(behavior({ entityId: 'b' }))]
    leases[0]?.release()
    await shared.idle()
    expect(shared.size()).toBe(1)
    leases[1]?.release()
    await expect.poll(() => shared.size()).toBe(0)
  })

  test('is kept when an actor comes before it was idle', async () => {
    const shared = engines()
    const first = shared.acquire(behavior())
    first.release()
    const second = shared.acquire(behavior())
    await new Promise((resolve) => setImmediate(resolve))
    expect([second.engine === first.engine, shared.size()]).toEqual([true, 1])
  })
})
