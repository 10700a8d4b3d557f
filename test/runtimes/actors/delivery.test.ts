import {
  ActorSystem,
  type Behavior,
  Behaviors,
  KeyValueJournal,
  memoryStore,
  type TailfoldError,
} from 'tailfold'
import { describe, expect, test } from 'vitest'
import { sleep } from '../../../src/core/base/platform.ts'
import type { StandardSchema } from '../../../src/core/entity/schema.ts'
import { virtualPlatform } from '../../../src/testing/virtual-platform.ts'
import { faultyStore } from '../../helpers/faulty-store.ts'

type Note = { type: 'Slow' | 'Fast' | 'Direct' | 'Stop' | 'Refused' | 'Broken' | 'Silent' }
type Schema = StandardSchema<unknown, object>
type Noted = { type: 'Noted'; what: string }

/** Actors whose commands have schemas that take their time; it notes what it was sent. */
function notebook({ backoffMs = 10, timeoutMs = 10_000 } = {}) {
  const platform = virtualPlatform()
  const store = faultyStore(memoryStore())
  const journal = new KeyValueJournal(store)
  const failures: string[] = []
  const schema = (ms: number, check: (value: unknown) => unknown = (value) => ({ value })): Schema =>
    ({
      '~standard': {
        version: 1,
        vendor: 'test',
        validate(value: unknown) {
          if (ms === 0) return check(value)
          return ms === Number.POSITIVE_INFINITY
            ? new Promise<never>(() => {})
            : sleep(platform, ms).then(() => check(value))
        },
      },
    }) as Schema
  const broken = () => {
    throw new Error('broken')
  }
  const definition = {
    entityType: 'notebook',
    initialState: [] as readonly string[],
    onEvent: (notes: readonly string[], { what }: Noted): readonly string[] => [...notes, what],
    onCommand: (
      _ctx: unknown,
      _notes: readonly string[],
      { type }: Note,
    ): Behavior<Noted, readonly string[]> =>
      type === 'Stop'
        ? Behaviors.stopped()
        : Behaviors.persisted({ events: [{ type: 'Noted', what: type }], reply: (notes) => notes }),
    commands: {
      Slow: schema(30),
      Fast: schema(1),
      Direct: schema(0),
      Stop: schema(30),
      Refused: schema(30, () => ({ issues: [{ message: 'no' }] })),
      Broken: schema(30, broken),
      Silent: schema(Number.POSITIVE_INFINITY),
    },
  }
  const system = new ActorSystem({
    name: 'notes',
    platform,
    supervision: {
      backoffMs,
      onFailure: ({ error, decision }) => void failures.push(`${error.code} ${decision}`),
    },
    retry: { timeoutMs },
  })
  const ref = system.spawn(Behaviors.eventSourced({ ...definition, entityId: 'n', journal }), 'n')
  const tell = (...types: Array<Note['type']>) => types.forEach((type) => ref.tell({ type }))
  const ask = (type: Note['type']) => system.ask(ref, { type }, Number.POSITIVE_INFINITY)
  return { platform, store, system, failures, tell, ask }
}

describe('messages whose schemas answer later', () => {
  test('are carried out in the order in which they were sent, together', async () => {
    const { tell, ask, store } = notebook()
    tell('Slow', 'Fast', 'Direct')
    expect(await ask('Fast')).toEqual(['Slow', 'Fast', 'Direct', 'Fast'])
    expect(store.calls.append).toBe(1)
  })

  test('do not wait for each other to be checked', async () => {
    const { ask, tell, platform } = notebook()
    const startedAt = platform.now()
    for (let n = 0; n < 20; n++) tell('Slow')
    await ask('Slow')
    expect(platform.now() - startedAt).toBeLessThan(60)
  })

  test('are not carried out behind one that stops the actor', async () => {
    const { tell, ask, system, failures, store } = notebook()
    tell('Stop', 'Fast', 'Direct')
    await expect(ask('Fast')).rejects.toMatchObject({ code: 'entity-stopped' })
    await system.stop()
    expect(failures).toEqual(['entity-stopped stopped', 'entity-stopped stopped'])
    expect(store.calls.append).toBe(0)
  })

  test('go on behind one that its schema refuses', async () => {
    const { tell, ask, failures } = notebook()
    tell('Slow', 'Refused', 'Direct')
    expect(await ask('Fast')).toEqual(['Slow', 'Direct', 'Fast'])
    expect(failures).toEqual(['invalid-command resumed'])
  })

  test('wait for the restart behind one whose schema throws', async () => {
    const { tell, ask, failures, platform } = notebook({ backoffMs: 500 })
    const startedAt = platform.now()
    tell('Broken')
    expect(await ask('Direct')).toEqual(['Direct'])
    expect(platform.now() - startedAt).toBeGreaterThanOrEqual(530)
    expect(failures).toEqual(['handler-failed restarted'])
  })
})

describe('a schema that never answers', () => {
  test('fails its message after retry.timeoutMs, and those behind it are carried out', async () => {
    const { tell, ask, failures } = notebook({ timeoutMs: 300 })
    tell('Silent', 'Direct')
    expect(await ask('Fast')).toEqual(['Direct', 'Fast'])
    expect(failures).toEqual(['handler-failed restarted'])
  })

  test('does not keep the system from stopping', async () => {
    const { tell, ask, system } = notebook()
    tell('Silent')
    const outcome = ask('Direct').catch((error: unknown) => (error as TailfoldError).code)
    await system.stop()
    expect(await outcome).toBe('entity-stopped')
  })
})
