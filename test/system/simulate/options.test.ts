import {
  type ActorRef,
  type Behavior,
  Behaviors,
  type CommandContext,
  entity,
  memoryStore,
  type Store,
} from 'tailfold'
import { type SimulateOptions, simulate, simulateCrashes } from 'tailfold/testing'
import { describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { account } from '../../../functions/bank/account.ts'

vi.setConfig({ testTimeout: 60_000 })

type State = { readonly n: number }
type Event = { type: 'Added'; by: number }
type Command = { type: 'Add'; by: number } | { type: 'Look' }
type Options = SimulateOptions<State, Event, Command>

const parts = {
  entityType: 'counter',
  initialState: { n: 0 },
  onEvent: (state: State, event: Event): State => ({ n: state.n + event.by }),
  onCommand: (_ctx: CommandContext, _state: State, command: Command): Behavior<Event, State> =>
    command.type === 'Add'
      ? Behaviors.persisted({ events: [{ type: 'Added', by: command.by }] })
      : Behaviors.same(),
} as const

const counter = { entity: entity(parts), command: () => ({ type: 'Add', by: 1 }) } satisfies Options

async function brokenRules(options: Partial<Options>): Promise<string[]> {
  const report = await simulate({ histories: 40, ...counter, ...options })
  return report.violations.map(({ rule }) => rule)
}

describe('a run that proves nothing fails', () => {
  test('when a schema refuses the commands, and says why', async () => {
    const commands = { Add: z.strictObject({ by: z.number().min(5) }), Look: z.strictObject({}) }
    const report = await simulate({ ...counter, histories: 20, entity: entity({ ...parts, commands }) })
    expect(report.answered).toBe(0)
    expect(report.unanswered[0]).toMatchObject({ code: 'invalid-command', command: 'Add' })
    expect(report.violations).toMatchObject([
      { rule: 'at least 30 % of the commands are answered', shrunk: undefined },
    ])
    expect(report.violations[0]?.detail).toContain('invalid-command (Add)')
    expect(report.unanswered[0]?.message).toContain('/by: Too small')
  })

  test('when the handler always throws', async () => {
    const onCommand = () => {
      throw new Error('not today')
    }
    const report = await simulate({ ...counter, histories: 20, entity: entity({ ...parts, onCommand }) })
    expect(report.violations).toMatchObject([{ rule: 'at least 30 % of the commands are answered' }])
    expect(report.violations[0]?.detail).toContain('handler-failed (Add)')
    expect(report.unanswered[0]?.message).toContain('Error: not today')
  })

  test('when the handler throws an error without a text, and names the error', async () => {
    const onCommand = () => {
      throw new RangeError()
    }
    const report = await simulate({ ...counter, histories: 20, entity: entity({ ...parts, onCommand }) })
    expect(report.unanswered[0]?.message).toMatch(/ RangeError$/)
  })

  test('when it crashes processes, too', async () => {
    const onCommand = () => {
      throw new Error('not today')
    }
    const broken = { ...counter, histories: 2, entity: entity({ ...parts, onCommand }) }
    const { crashes, violations } = await simulateCrashes(broken)
    expect(crashes).toBeGreaterThan(0)
    expect(violations).toMatchObject([{ rule: 'at least 30 % of the commands are answered' }])
  })

  test('and stops at the first violation, unless it is told not to', async () => {
    const broken = { ...counter, histories: 2, invariant: { state: ({ n }: State) => n < 1 } }
    const stopped = await simulateCrashes(broken)
    expect(stopped.violations).toHaveLength(1)
    const all = await simulateCrashes({ ...broken, stopAtViolation: false })
    expect(all.violations.length).toBeGreaterThan(10)
    expect(all.crashes).toBeGreaterThan(stopped.crashes)
  })

  test('when no process crashes, and says what to change', async () => {
    const { crashes, violations } = await simulateCrashes({ ...counter, histories: 2, operations: 1 })
    expect(crashes).toBe(0)
    expect(violations).toMatchObject([
      { rule: 'processes crash', detail: expect.stringContaining('Raise operations or histories') },
    ])
  })

  test('when nothing is ever written', async () => {
    expect(await brokenRules({ command: () => ({ type: 'Look' }) })).toEqual(['commands write events'])
    const onCommand = () => Behaviors.rejected('closed')
    expect(await brokenRules({ entity: entity({ ...parts, onCommand }) })).toEqual(['commands write events'])
  })
})

describe('commands that die with the process that is crashed are not counted as not answered', () => {
  const deposit = (random: () => number) =>
    ({ type: 'Deposit', amount: 1 + Math.floor(random() * 20) }) as const
  const either = (random: () => number) => {
    const type = random() < 0.6 ? 'Deposit' : 'Withdraw'
    return { type, amount: 1 + Math.floor(random() * 20) } as const
  }

  test.for([
    { command: either, operations: 4, seed: 5 },
    { command: either, processes: 2, operations: 6, seed: 18 },
    { command: deposit, processes: 1, operations: 6, seed: 2 },
    { command: deposit, processes: 1, operations: 6, seed: 4 },
  ])('of a sound entity: %j', async (options) => {
    const { crashes, violations } = await simulateCrashes({ entity: account, histories: 1, ...options })
    expect(crashes).toBeGreaterThan(0)
    expect(violations).toEqual([])
  })
})

describe('invariants', () => {
  test('of the state hold, or are a violation with a plan that breaks them', async () => {
    expect(await brokenRules({ invariant: { state: ({ n }) => n >= 0 } })).toEqual([])
    const report = await simulate({
      ...counter,
      invariant: { state: ({ n }) => n < 3 || `n is ${n}` },
    })
    expect(report.violations[0]).toMatchObject({ rule: 'invariant(state)', detail: 'at revision 3: n is 3' })
    expect(report.violations[0]?.shrunk?.operations).toHaveLength(3)
  })

  test('of the history see every command with its events and the state after them', async () => {
    const sum: Options['invariant'] = {
      history: ({ initialState, steps }) =>
        steps.every(({ command, events, state }, index) => {
          const before = steps[index - 1]?.state ?? initialState
          return events.length === 1 && command.type === 'Add' && state.n === before.n + (events[0]?.by ?? 0)
        }),
    }
    expect(await brokenRules({ invariant: sum })).toEqual([])
    expect(await brokenRules({ invariant: { history: ({ steps }) => steps.length < 5 } })).toEqual([
      'invariant(history)',
    ])
  })

  test('that throw do not hold', async () => {
    const report = await simulate({
      ...counter,
      invariant: {
        state: ({ n }) => {
          if (n > 0) throw new Error('too much')
        },
      },
    })
    expect(report.violations).toMatchObject([{ rule: 'invariant(state)', detail: 'at revision 1: too much' }])
  })

  test('that are asynchronous are refused by a violation, not by the end of the process', async () => {
    const later = (async () => {
      throw new Error('nobody handles it')
    }) as never
    for (const invariant of [{ state: later }, { history: later }]) {
      const { violations } = await simulate({ ...counter, invariant })
      expect(violations[0]?.detail).toContain('it returns a promise: an invariant must answer at once')
    }
  })
})

describe('simulate finds', () => {
  async function firstViolation(handlers: Partial<typeof parts>) {
    const report = await simulate({ ...counter, histories: 40, entity: entity({ ...parts, ...handlers }) })
    return report.violations[0]
  }

  test('an onCommand that does not decide by its arguments alone, and shows what it decides', async () => {
    let calls = 0
    const onCommand = (): Behavior<Event, State> =>
      Behaviors.persisted({ events: [{ type: 'Added', by: ++calls }] })
    expect(await firstViolation({ onCommand })).toMatchObject({
      rule: 'decided on the state before it',
      detail: expect.stringMatching(
        /^revision 1 holds \[\{"by":\d+,.+\]; decided again on the same state: \[\{"by":\d+,.+\]$/,
      ),
    })
  })

  test('an onCommand that changes its state, and shows what it throws', async () => {
    const onCommand = (_ctx: CommandContext, state: State, command: Command): Behavior<Event, State> => {
      Object.assign(state, { n: state.n + 1 })
      return parts.onCommand(_ctx, state, command)
    }
    expect(await firstViolation({ onCommand })).toMatchObject({
      rule: 'decided on the state before it',
      detail: expect.stringContaining('onCommand throws TypeError: Cannot assign to read only property'),
    })
  })

  test.for<[string, (event: Event) => State]>([
    ['throws', () => JSON.parse('')],
    ['has no case', () => undefined as never],
  ])('an onEvent that %s for a rare event', async ([, fail]) => {
    const onEvent = (state: State, event: Event): State =>
      event.by === 7 ? fail(event) : parts.onEvent(state, event)
    const { violations } = await simulate({
      entity: entity({ ...parts, onEvent }),
      command: (random) => ({ type: 'Add', by: Math.floor(random() * 20) }),
      histories: 60,
    })
    expect(violations).toMatchObject([
      {
        rule: 'onEvent folds what onCommand decides',
        detail: expect.stringMatching(/^onEvent of counter\/e\d .* type Added/),
      },
    ])
    expect(violations[0]?.shrunk?.operations).toHaveLength(1)
  })

  test('an onCommand that changes its command', async () => {
    const onCommand = (ctx: CommandContext, state: State, command: Command): Behavior<Event, State> => {
      if (command.type === 'Add' && command.by === 7) command.by = 8
      return parts.onCommand(ctx, state, command)
    }
    const { violations } = await simulate({
      entity: entity({ ...parts, onCommand }),
      command: (random) => ({ type: 'Add', by: Math.floor(random() * 9) }),
      histories: 60,
    })
    expect(violations[0]?.detail).toContain("Cannot assign to read only property 'by'")
  })

  test('a handler that gives what JSON cannot hold for a rare command', async () => {
    const onCommand = (ctx: CommandContext, state: State, command: Command): Behavior<Event, State> =>
      command.type === 'Add' && command.by === 7
        ? Behaviors.rejected('no', new Map())
        : parts.onCommand(ctx, state, command)
    const { violations } = await simulate({
      entity: entity({ ...parts, onCommand }),
      command: (random) => ({ type: 'Add', by: Math.floor(random() * 20) }),
      histories: 60,
    })
    expect(violations).toMatchObject([
      { rule: 'handlers give plain JSON', detail: expect.stringContaining('an instance of Map') },
    ])
  })

  test('an onEvent that does not fold by its arguments alone, and shows both states', async () => {
    let calls = 0
    const onEvent = (): State => ({ n: ++calls })
    expect(await firstViolation({ onEvent })).toMatchObject({
      rule: 'onEvent folds by its arguments alone',
      detail: expect.stringMatching(/^revision \d+: folded once \{"n":\d+\}, again \{"n":\d+\}$/),
    })
  })

  test('an answer that has nothing to do with the state, and shows what else it may be', async () => {
    let calls = 0
    const onCommand = (
      _ctx: CommandContext,
      _state: State,
      command: { type: 'Look'; replyTo: ActorRef<number> },
    ): Behavior<Event, State> => {
      command.replyTo.tell(++calls)
      return Behaviors.same()
    }
    const looking = entity({ ...parts, onCommand })
    const { violations } = await simulate({
      entity: looking,
      command: () => ({ type: 'Look' }),
      histories: 5,
    })
    expect(violations).toMatchObject([
      {
        rule: 'an answer fits a state within its interval',
        detail: expect.stringMatching(/; decided again there: same, \["replied",\d+,false\]$/),
      },
    ])
  })

  test('a store that lets a second writer replace the first', async () => {
    const openStore = () => {
      const store = memoryStore()
      const records = new Map<string, Parameters<typeof store.append>[2]>()
      const name = (key: string, revision: number) => `${key} ${revision}`
      return {
        ...store,
        async append(...[key, revision, record, request]: Parameters<typeof store.append>) {
          await store.append(key, revision, record, request)
          records.set(name(key, revision), record)
          return { kind: 'appended' as const }
        },
        async range(...[key, from, limit, request]: Parameters<typeof store.range>) {
          const page = await store.range(key, from, limit, request)
          const commits = page.commits.map((commit) => ({
            ...commit,
            record: records.get(name(key, commit.revision)) ?? commit.record,
          }))
          return { ...page, commits }
        },
      }
    }
    expect(await brokenRules({ store: openStore })).not.toEqual([])
  })
})

test('simulate gives handlers the frozen state that the engine gives them, also at the beginning', async () => {
  const initialState = { n: 0 }
  const onCommand = (ctx: CommandContext, state: State, command: Command): Behavior<Event, State> => {
    // Without effect, as an assignment is in code that is not strict.
    Reflect.set(state, 'n', 99)
    return parts.onCommand(ctx, state, command)
  }
  expect(await brokenRules({ entity: entity({ ...parts, initialState, onCommand }) })).toEqual([])
  expect(initialState).toEqual({ n: 0 })
})

describe('options', () => {
  test('that cannot work are a TypeError that names them', async () => {
    for (const name of ['seed', 'histories', 'operations', 'processes', 'entities'] as const) {
      for (const value of [-1, 1.5, Number.NaN, '3' as never]) {
        await expect(simulate({ ...counter, [name]: value })).rejects.toThrow(
          new RegExp(`^${name} must be a whole number`),
        )
      }
    }
    await expect(simulate({ ...counter, command: undefined as never })).rejects.toThrow(
      /^command must be a function/,
    )
    await expect(simulate({ command: counter.command } as never)).rejects.toThrow(
      'entity must be what entity() returns, not null.',
    )
  })

  test('that are missing are a TypeError that says what to pass', async () => {
    for (const missing of [undefined, null]) {
      await expect(simulate(missing as never)).rejects.toThrow(
        /^simulate needs an object of options: entity, command, /,
      )
      await expect(simulateCrashes(missing as never)).rejects.toThrow(
        /^simulateCrashes needs an object of options: entity, command, /,
      )
    }
  })

  test('that are misspelt are a TypeError, for they would leave out what they ask for', async () => {
    for (const misspelt of [
      { invariants: {} },
      { invariant: () => false },
      { invariant: { states: () => false } },
    ])
      await expect(simulate({ ...counter, ...misspelt } as never)).rejects.toThrow(/option/)
    await expect(simulate({ ...counter, without: ['restart' as never] })).rejects.toThrow(
      /^without has no class "restart"; there are /,
    )
  })

  test('may not draw what is no command, nor commands that the seed would not draw again', async () => {
    await expect(simulate({ ...counter, command: () => undefined as never })).rejects.toThrow(
      'command must return a command with its name in type, not undefined.',
    )
    let drawn = 0
    await expect(simulate({ ...counter, command: () => ({ type: 'Add', by: ++drawn }) })).rejects.toThrow(
      /^command must draw by the randomness that it is given/,
    )
  })

  test('may be an entity whose ids are kept for good', async () => {
    expect(await brokenRules({ entity: entity({ ...parts, dedupe: 'always' }) })).toEqual([])
  })

  test('may be a store that cannot find command ids, or whose methods are of a class', async () => {
    const openStore = (): Store => {
      const { findCommandId: _, ...store } = memoryStore()
      return Object.create(store) as Store
    }
    expect(await brokenRules({ store: openStore })).toEqual([])
    expect(await brokenRules({ store: openStore, entity: entity({ ...parts, dedupe: 'always' }) })).toEqual(
      [],
    )
  })

  test('leave out classes of faults', async () => {
    const report = await simulate({ ...counter, histories: 40, without: ['throttled', 'read', 'crash'] })
    expect(report.faults).toMatchObject({ throttled: 0, read: 0, crash: 0 })
    expect(report.faults.hang).toBeGreaterThan(0)
  })
})
