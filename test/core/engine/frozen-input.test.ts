import {
  type Behavior,
  Behaviors,
  type CommandContext,
  createEngine,
  entity,
  InMemoryJournal,
} from 'tailfold'
import { describe, expect, test } from 'vitest'
import { virtualPlatform } from '../../../src/testing/virtual-platform.ts'
import { noise } from '../../helpers/noise.ts'
import { schemaOf } from '../../helpers/schema.ts'
import { rejectionOf } from '../../helpers/thrown.ts'

type Added = { type: 'Added'; by: number; pad?: string }
interface State {
  readonly total: number
  readonly log: readonly number[]
}
type Command =
  | { type: 'AddAll'; items: number[]; pad?: string }
  | { type: 'Add'; items: number[]; nested: { list: { n: number }[] }; when?: Date }

type Deciding = (ctx: CommandContext, state: State, command: Command) => Behavior<Added, State>

function open(onCommand: Deciding) {
  const journal = new InMemoryJournal()
  const definition = entity({
    entityType: 'sum',
    initialState: { total: 0, log: [] } as State,
    onEvent: ({ total, log }, { by }: Added) => ({ total: total + by, log: [...log, by] }),
    onCommand,
  })
  return { journal, engine: () => createEngine(definition, { journal, platform: virtualPlatform() }) }
}

/** Empties the list of its command, as far as that goes. */
const greedy: Deciding = (_ctx, _state, { items, ...rest }) => {
  const events: Added[] = []
  const pad = 'pad' in rest && rest.pad !== undefined ? { pad: rest.pad } : {}
  while (items.length > 0) events.push({ type: 'Added', by: items.pop() as number, ...pad })
  return Behaviors.persisted({ events, reply: ({ total }) => total })
}

describe('a handler that changes its command', () => {
  test('fails at once, and the caller’s own object is as it was', async () => {
    const { engine } = open(greedy)
    for (const options of [{}, { commandId: 'c1' }]) {
      const items = [1, 2, 3]
      const error = await rejectionOf(engine().execute('s', { type: 'AddAll', items }, options))
      expect(error).toMatchObject({ code: 'handler-failed', data: { handler: 'onCommand' } })
      expect(items).toEqual([1, 2, 3])
      expect(Object.isFrozen(items)).toBe(false)
    }
    expect((await engine().read('s')).revision).toBe(0)
  })

  test.each([
    ['the list of its command', (_: CommandContext, __: State, command: Command) => command.items.push(1)],
    [
      'its command',
      (_: CommandContext, __: State, command: Command) => Object.assign(command, { items: [] }),
    ],
    [
      'a nested part',
      (_: CommandContext, __: State, command: Command) =>
        (command as { nested: { list: { n: number }[] } }).nested.list.map((each) => (each.n += 1)),
    ],
    [
      'its replyTo',
      (_: CommandContext, __: State, command: Command) =>
        Object.assign((command as unknown as { replyTo: object }).replyTo, { tell: () => {} }),
    ],
    ['the state', (_: CommandContext, state: State) => (state.log as number[]).push(1)],
    ['the top of the state', (_: CommandContext, state: State) => Object.assign(state, { total: 1 })],
    ['the context', (ctx: CommandContext) => Object.assign(ctx, { now: 0 })],
    ['its principal', (ctx: CommandContext) => Object.assign(ctx.principal as object, { id: 'x' })],
    [
      'a claim of its principal',
      (ctx: CommandContext) => (ctx.principal as unknown as { roles: string[] }).roles.push('admin'),
    ],
  ] as const)('or %s, fails', async (_, change) => {
    const { engine } = open((ctx, state, command) => {
      change(ctx, state, command)
      return Behaviors.persisted({ events: [{ type: 'Added', by: 1 }] })
    })
    const sent = { type: 'Add', items: [1], nested: { list: [{ n: 1 }] } } as const
    const principal = { id: 'alice', roles: ['user'] }
    const given = structuredClone({ sent, principal })
    const error = await rejectionOf(
      engine().execute('s', given.sent as never, { principal: given.principal }),
    )
    expect(error).toMatchObject({ code: 'handler-failed', cause: expect.any(TypeError) as unknown })
    expect(given).toEqual({ sent, principal })
  })
})

describe('a second attempt', () => {
  const seen: unknown[] = []
  const watching: Deciding = (ctx, state, command) => {
    seen.push(structuredClone({ items: command.items, principal: ctx.principal, commandId: ctx.commandId }))
    const events = command.items.map((by) => ({ type: 'Added' as const, by }))
    return Behaviors.persisted({ events, reply: () => state.total })
  }

  test('after a conflict sees what the first saw, whatever its caller did to it meanwhile', async () => {
    const { engine } = open(watching)
    const [one, two] = [engine(), engine()]
    await one.execute('s', { type: 'AddAll', items: [1] })
    await two.execute('s', { type: 'AddAll', items: [2] })
    seen.length = 0
    const items = [3, 4]
    const principal = { id: 'alice', roles: ['user'] }
    const outcome = one.execute('s', { type: 'AddAll', items }, { principal })
    items.length = 0
    principal.roles.push('admin')
    expect(await outcome).toMatchObject({ revision: 3 })
    expect(seen).toHaveLength(2)
    expect(seen[1]).toEqual(seen[0])
    expect(seen[0]).toMatchObject({ items: [3, 4], principal: { roles: ['user'] } })
    expect((await engine().read('s')).state).toMatchObject({ total: 10 })
  })

  test('behind an asynchronous schema sees the principal that was given, as the receipt does', async () => {
    const seenPrincipals: unknown[] = []
    const definition = entity({
      entityType: 'sum',
      initialState: { total: 0 },
      commands: { Add: schemaOf<object>(async (value) => ({ value: value as object })) },
      onEvent: ({ total }: { total: number }, { by }: Added) => ({ total: total + by }),
      onCommand(ctx) {
        seenPrincipals.push(ctx.principal)
        return Behaviors.persisted({ events: [{ type: 'Added', by: 1 }] })
      },
    })
    const engine = createEngine(definition, { journal: new InMemoryJournal(), platform: virtualPlatform() })
    const principal = { id: 'ann', roles: ['user'] }
    const outcome = engine.execute('s', { type: 'Add' }, { commandId: 'c1', principal })
    principal.id = 'bob'
    principal.roles.push('admin')
    await outcome
    expect(seenPrincipals).toEqual([{ id: 'ann', roles: ['user'] }])
  })

  test('because a neighbour is too large for one record sees the same', async () => {
    const wide = open((_ctx, _state, command) =>
      Behaviors.persisted({
        events: command.items.map((by) => ({
          type: 'Added',
          by,
          ...('pad' in command && { pad: noise(500_000) }),
        })),
        reply: ({ total }) => total,
      }),
    ).engine()
    const [small, large, last] = await Promise.allSettled([
      wide.execute('s', { type: 'AddAll', items: [1, 2] }, { commandId: 'c1' }),
      wide.execute('s', { type: 'AddAll', items: [5], pad: '' }),
      wide.execute('s', { type: 'AddAll', items: [4] }),
    ])
    expect(small).toMatchObject({ status: 'fulfilled', value: { reply: 3 } })
    expect(large).toMatchObject({ status: 'rejected', reason: { code: 'record-too-large' } })
    expect(last).toMatchObject({ status: 'fulfilled', value: { reply: 7 } })
    expect((await wide.read('s')).state).toEqual({ total: 7, log: [1, 2, 4] })
  })
})

describe('a field named replyTo that is not an ActorRef', () => {
  const { engine } = open((_ctx, _state, command) =>
    Behaviors.persisted({ events: command.items.map((by) => ({ type: 'Added', by })) }),
  )
  test.each([
    ['a text', 'queue-7'],
    ['null', null],
    ['an object', {}],
    ['a number', 7],
    ['a function', () => {}],
  ])('is invalid-command: %s', async (_, replyTo) => {
    for (const options of [{}, { commandId: 'c1' }]) {
      const sent = { type: 'AddAll', items: [1], replyTo } as never
      expect(await rejectionOf(engine().execute('s', sent, options))).toMatchObject({
        code: 'invalid-command',
      })
    }
    expect((await engine().read('s')).revision).toBe(0)
  })

  test('is invalid-command where the schema of the command makes it', async () => {
    const definition = entity({
      entityType: 'sum',
      initialState: { total: 0 },
      onEvent: (state: { total: number }, _event: Added) => state,
      onCommand: (_ctx, _state, _sent: { type: 'AddAll' }) => Behaviors.same(),
      commands: { AddAll: schemaOf(() => ({ value: { replyTo: 'queue-7' } })) } as never,
    })
    const journal = new InMemoryJournal()
    const sending = createEngine(definition, { journal, platform: virtualPlatform() })
    const error = await rejectionOf(sending.execute('s', { type: 'AddAll' }))
    expect(error).toMatchObject({
      code: 'invalid-command',
      message: expect.stringContaining('replyTo') as string,
    })
  })
})
