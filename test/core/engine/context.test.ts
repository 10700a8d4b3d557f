import { AsyncLocalStorage } from 'node:async_hooks'
import {
  type Behavior,
  Behaviors,
  type CommandContext,
  createEngine,
  type Engine,
  entity,
  InMemoryJournal,
  systemPlatform,
} from 'tailfold'
import { describe, expect, test } from 'vitest'
import { schemaOf } from '../../helpers/schema.ts'
import { rejectionOf } from '../../helpers/thrown.ts'

const caller = new AsyncLocalStorage<string>()

type Added = { type: 'Added'; from: string }
type Command = { type: 'Add'; from: string; takesMs?: number } | { type: 'Look'; from: string }

/** Notes for each piece of user code in whose context it ran. */
function open() {
  const notes: [string, string, string | undefined][] = []
  const note = (what: string, from: string) => notes.push([what, from, caller.getStore()])
  const schema = (what: string) =>
    schemaOf((value) => {
      note(what, (value as { from?: string }).from ?? String(value))
      return { value: value as object }
    })
  const definition = entity({
    entityType: 'sum',
    initialState: { froms: [] as readonly string[] },
    onEvent: ({ froms }, { from }: Added) => ({ froms: [...froms, from] }),
    async onCommand(
      _ctx: CommandContext,
      _state,
      sent: Command,
    ): Promise<Behavior<Added, { froms: readonly string[] }>> {
      note('onCommand', sent.from)
      await new Promise((resolve) => setTimeout(resolve, ('takesMs' in sent && sent.takesMs) || 1))
      note('onCommand later', sent.from)
      if (sent.type === 'Look') return Behaviors.same()
      const reply = () => {
        note('reply', sent.from)
        return sent.from
      }
      return Behaviors.persisted({ events: [{ type: 'Added', from: sent.from }], reply })
    },
    commands: { Add: schema('command schema'), Look: schema('command schema') } as never,
    events: { Added: schema('event schema') } as never,
    replies: { Add: schema('reply schema') } as never,
  })
  const engine = createEngine(definition, {
    journal: new InMemoryJournal(),
    platform: systemPlatform,
    observers: [
      ({ requestId = '' }) => {
        note('observer start', requestId)
        return () => void note('observer end', requestId)
      },
    ],
  })
  const send = (from: string, sent: Partial<Command> = {}) =>
    caller.run(from, () => {
      const replyTo = { tell: () => void note('replyTo', from) }
      return engine.execute('s', { type: 'Add', from, ...sent } as Command, { requestId: from, replyTo })
    })
  return { notes, send, engine }
}

const whats = [
  'command schema',
  'observer start',
  'onCommand',
  'onCommand later',
  'event schema',
  'reply',
  'reply schema',
  'observer end',
  'replyTo',
]

describe('user code runs in the async context of its caller', () => {
  test.each([
    ['alone', 1, {}],
    ['decided together', 5, {}],
    ['with a slow neighbour', 3, { takesMs: 40 }],
  ] as const)('%s', async (_, count, sent) => {
    const { notes, send } = open()
    const callers = Array.from({ length: count }, (__, n) => `caller ${n}`)
    await Promise.all(callers.map((from) => send(from, sent)))
    expect(notes.filter(([, from, context]) => from !== context)).toEqual([])
    for (const from of callers) {
      const seen = new Set(notes.filter(([, each]) => each === from).map(([what]) => what))
      expect([...seen].toSorted()).toEqual(whats.toSorted())
    }
  })

  test('when it waits behind others', async () => {
    const { notes, send } = open()
    const first = send('a')
    await new Promise((resolve) => setTimeout(resolve, 0))
    await Promise.all([first, send('b'), send('c', { type: 'Look' })])
    expect(notes.filter(([, from, context]) => from !== context)).toEqual([])
  })
})

describe('a command that a handler sends to its own entity', () => {
  type Ping = { type: 'Ping'; to?: string; thenable?: boolean }

  function pings() {
    const journal = new InMemoryJournal()
    let engine: Engine<Ping>
    const definition = entity({
      entityType: 'ping',
      initialState: { n: 0 },
      onEvent: ({ n }: { n: number }, _event: { type: 'Pinged' }) => ({ n: n + 1 }),
      onCommand(_ctx, _state, { to, thenable }: Ping) {
        const pinged = Behaviors.persisted({ events: [{ type: 'Pinged' as const }] })
        if (to === undefined) return pinged
        const sending = Promise.resolve().then(() => engine.execute(to, { type: 'Ping' }))
        const work = sending.then(() => pinged)
        // oxlint-disable-next-line unicorn/no-thenable -- a promise of another library
        return (thenable ? { then: work.then.bind(work) } : work) as typeof work
      },
    })
    engine = createEngine(definition, { journal, platform: systemPlatform }) as Engine<Ping>
    return engine
  }

  test.each([false, true])('fails at once; promise of another library: %s', async (thenable) => {
    const engine = pings()
    const startedAt = performance.now()
    const error = await rejectionOf(engine.execute('a', { type: 'Ping', to: 'a', thenable }))
    expect(error).toMatchObject({
      code: 'handler-failed',
      cause: { name: 'TypeError', message: expect.stringContaining('would wait for itself') as string },
    })
    expect(performance.now() - startedAt).toBeLessThan(5_000)
  })

  test('to another entity is carried out', async () => {
    const engine = pings()
    expect(await engine.execute('a', { type: 'Ping', to: 'b' })).toMatchObject({ revision: 1 })
    expect((await engine.read('b')).revision).toBe(1)
  })
})
