import { AsyncLocalStorage } from 'node:async_hooks'
import { setImmediate as turn } from 'node:timers/promises'
import { type ActorRef, ActorSystem, Behaviors, InMemoryJournal } from 'tailfold'
import { describe, expect, test } from 'vitest'

type Command = { type: 'Do'; task: string; replyTo: ActorRef<string> } | { type: 'Note'; text: string }
type Noted = { type: 'Noted'; text: string }

/** Actors whose command `Do` runs a function of the test and replies with its result. */
function workers(tasks: Record<string, () => string | undefined | void | Promise<string | void>>) {
  const system = new ActorSystem({ name: 'workers', supervision: { onFailure() {} } })
  const journal = new InMemoryJournal()
  const spawn = (name: string) =>
    system.spawn(
      Behaviors.eventSourced({
        entityType: 'worker',
        entityId: name,
        journal,
        initialState: { notes: [] as readonly string[] },
        onEvent: ({ notes }, { text }: Noted) => ({ notes: [...notes, text] }),
        async onCommand(_ctx, state, command: Command) {
          if (command.type === 'Note')
            return Behaviors.persisted({ events: [{ type: 'Noted' as const, text: command.text }] })
          const result = await tasks[command.task]?.()
          command.replyTo.tell(result ?? state.notes.join())
          return Behaviors.same()
        },
      }),
      name,
    )
  return { system, a: spawn('a'), b: spawn('b') }
}

const selfCall = {
  code: 'handler-failed',
  cause: { name: 'TypeError', message: expect.stringContaining('must not send a command to worker/a') },
}

describe('an ask that would wait for itself fails at once', () => {
  test.for([
    ['before the first await', async () => {}],
    ['after one', turn],
  ] as const)('%s of the handler', async ([, before]) => {
    const { system, a } = workers({
      async self() {
        await before()
        return system.ask(a, { type: 'Do', task: 'nothing' }, 60_000)
      },
    })
    await expect(system.ask(a, { type: 'Do', task: 'self' }, 60_000)).rejects.toMatchObject(selfCall)
    await system.stop()
  })

  test('through another actor', async () => {
    const { system, a, b } = workers({
      first: () => system.ask(b, { type: 'Do', task: 'second' }, 60_000),
      second: () =>
        system.ask(a, { type: 'Do', task: 'nothing' }, 60_000).catch((error: Error) => error.message),
    })
    expect(await system.ask(a, { type: 'Do', task: 'first' }, 60_000)).toMatch(
      /must not send a command to worker\/a/,
    )
    await system.stop()
  })
})

describe('an actor may', () => {
  test('ask another one', async () => {
    const { system, a, b } = workers({
      first: () => system.ask(b, { type: 'Do', task: 'second' }, 5_000),
      second: () => 'from b',
    })
    expect(await system.ask(a, { type: 'Do', task: 'first' }, 5_000)).toBe('from b')
    await system.stop()
  })

  test('tell itself', async () => {
    const { system, a } = workers({ self: () => a.tell({ type: 'Note', text: 'later' }) })
    await system.ask(a, { type: 'Do', task: 'self' }, 5_000)
    expect(await system.ask(a, { type: 'Do', task: 'notes' }, 5_000)).toBe('later')
    await system.stop()
  })

  test('be asked by one that it told, while its handler runs', async () => {
    const answers: string[] = []
    const { system, a, b } = workers({
      async first() {
        b.tell({ type: 'Do', task: 'second', replyTo: { tell: (answer) => void answers.push(answer) } })
        await turn()
        await turn()
        return 'done'
      },
      second: () => system.ask(a, { type: 'Do', task: 'third' }, 5_000),
      third: () => 'from a',
    })
    expect(await system.ask(a, { type: 'Do', task: 'first' }, 5_000)).toBe('done')
    await system.stop()
    expect(answers).toEqual(['from a'])
  })

  test('ask itself once its handler has returned', async () => {
    const later = Promise.withResolvers<string>()
    const { system, a } = workers({
      first() {
        setImmediate(() => later.resolve(system.ask(a, { type: 'Do', task: 'second' }, 5_000)))
      },
      second: () => 'from a',
    })
    await system.ask(a, { type: 'Do', task: 'first' }, 5_000)
    expect(await later.promise).toBe('from a')
    await system.stop()
  })

  test('be asked from the replyTo of its own reply', async () => {
    const later = Promise.withResolvers<string>()
    const { system, a } = workers({ first: () => 'one', second: () => 'two' })
    const replyTo = {
      tell: () => later.resolve(system.ask(a, { type: 'Do', task: 'second' }, 5_000)),
    }
    a.tell({ type: 'Do', task: 'first', replyTo })
    expect(await later.promise).toBe('two')
    await system.stop()
  })

  test('stop itself from its handler: stop does not wait for that handler', async () => {
    const { system, a } = workers({ stop: () => system.stop(a).then(() => 'stopped') })
    expect(await system.ask(a, { type: 'Do', task: 'stop' }, 5_000)).toBe('stopped')
    expect(system.size).toBe(1)
    await system.stop()
  })

  test('stop its system from its handler', async () => {
    const { system, a } = workers({ stop: () => system.stop().then(() => 'stopped') })
    expect(await system.ask(a, { type: 'Do', task: 'stop' }, 5_000)).toBe('stopped')
    expect(system.size).toBe(0)
  })
})

test('a handler runs in the async context of its sender, also when messages waited together', async () => {
  const context = new AsyncLocalStorage<string>()
  const { system, a } = workers({ who: () => context.getStore() })
  const answers = await Promise.all(
    ['x', 'y', 'z'].map((name) => context.run(name, () => system.ask(a, { type: 'Do', task: 'who' }, 5_000))),
  )
  expect(answers).toEqual(['x', 'y', 'z'])
  await system.stop()
})
