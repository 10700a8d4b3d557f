import {
  type ActorRef,
  type Behavior,
  Behaviors,
  type CommandContext,
  createEngine,
  type EngineOptions,
  entity,
  KeyValueJournal,
  memoryStore,
} from 'tailfold'
import { commandScope } from '../../../src/core/engine/command-scope.ts'
import { toJournal } from 'tailfold/store'
import { describe, expect, test } from 'vitest'
import { account } from '../../../functions/bank/account.ts'
import { virtualPlatform } from '../../../src/testing/virtual-platform.ts'
import { command, openBank } from '../../helpers/bank.ts'
import { faultyStore } from '../../helpers/faulty-store.ts'
import { fourMethodJournal } from '../../helpers/four-method-journal.ts'

type State = { readonly items: readonly number[] }
type Event = { type: 'Added'; item: number }
type Command =
  | { type: 'Add'; item: number; replyTo: ActorRef<State> }
  | { type: 'AddFirst'; item: number }
  | { type: 'AddTwice'; replyTo: ActorRef<number> }
  | { type: 'Hang' }
  | { type: 'ReplyLater' }
  | { type: 'Break' }
  | { type: 'Stop' }
  | { type: 'Top'; replyTo: ActorRef<number | undefined> }

/** A list whose commands misbehave in every way a handler can. */
const list = entity({
  entityType: 'list',
  initialState: { items: [] } as State,
  onEvent: (state: State, event: Event): State => Object.freeze({ items: [...state.items, event.item] }),
  onCommand(
    ctx: CommandContext,
    state: State,
    sent: Command,
  ): Behavior<Event, State> | Promise<Behavior<Event, State>> {
    switch (sent.type) {
      case 'Add':
        return Behaviors.persisted({ events: [{ type: 'Added', item: sent.item }], reply: (after) => after })
      case 'AddFirst':
        if (ctx.revision > 0) return Behaviors.rejected('not the first')
        return Behaviors.persisted({ events: [{ type: 'Added', item: sent.item }] })
      case 'AddTwice':
        sent.replyTo.tell(1)
        sent.replyTo.tell(2)
        return Behaviors.persisted({ events: [{ type: 'Added', item: 0 }] })
      case 'Hang':
        return new Promise(() => {})
      case 'ReplyLater':
        return Behaviors.persisted({
          events: [{ type: 'Added', item: 0 }],
          reply: () => new Promise(() => {}),
        })
      case 'Break':
        return Behaviors.persisted({} as never)
      case 'Stop':
        return Behaviors.stopped()
      case 'Top':
        sent.replyTo.tell([...state.items].pop())
        return Behaviors.same()
    }
  },
})

function open(options: Partial<EngineOptions> = {}) {
  const store = faultyStore(memoryStore())
  const journal = new KeyValueJournal(store)
  const platform = virtualPlatform()
  return { store, journal, platform, engine: () => createEngine(list, { journal, platform, ...options }) }
}

const codes = (results: readonly PromiseSettledResult<{ kind: string }>[]) =>
  results.map((result) =>
    result.status === 'fulfilled' ? result.value.kind : (result.reason as { code: string }).code,
  )

describe('one command of a batch does not harm the others', () => {
  test('when its replyTo throws after the commit', async () => {
    const warnings: string[] = []
    const { engine } = open({ onWarning: (message) => void warnings.push(message) })
    const shared = engine()
    const angry = { tell: () => JSON.parse('{') as void }
    const sent = [
      shared.execute('l', { type: 'Add', item: 1 }, { replyTo: angry }),
      shared.execute('l', { type: 'Add', item: 2 }),
    ]
    expect(codes(await Promise.allSettled(sent))).toEqual(['replied', 'replied'])
    expect(warnings).toEqual([expect.stringContaining('replyTo of a command for list/l failed')])
  })

  test('when its handler never answers: each fails by its own deadline, none blocks what comes after', async () => {
    const { engine, platform } = open({ retry: { timeoutMs: 200 } })
    const shared = engine()
    const startedAt = platform.now()
    const hanging = Array.from({ length: 8 }, () => shared.execute('l', { type: 'Hang' }))
    expect(new Set(codes(await Promise.allSettled(hanging)))).toEqual(
      new Set(['handler-failed', 'conflict-budget-exhausted']),
    )
    expect(platform.now() - startedAt).toBeLessThanOrEqual(220)
    expect(await shared.execute('l', { type: 'Add', item: 1 })).toMatchObject({ kind: 'replied' })
  })

  test('when its reply is a promise, which is refused', async () => {
    const { engine } = open()
    const shared = engine()
    const sent = [shared.execute('l', { type: 'ReplyLater' }), shared.execute('l', { type: 'Add', item: 1 })]
    expect(codes(await Promise.allSettled(sent))).toEqual(['not-json', 'replied'])
  })

  test('when it persists no list of events', async () => {
    const { engine } = open()
    const shared = engine()
    const sent = [shared.execute('l', { type: 'Break' }), shared.execute('l', { type: 'Add', item: 1 })]
    expect(codes(await Promise.allSettled(sent))).toEqual(['handler-failed', 'replied'])
  })
})

describe('in a batch', () => {
  test('a command sees the revision that the ones before it make', async () => {
    const { engine } = open()
    const shared = engine()
    const sent = [1, 2].map((item) => shared.execute('l', { type: 'AddFirst', item }))
    expect(codes(await Promise.allSettled(sent))).toEqual(['replied', 'rejected'])
  })

  test('every command id of the newest commit is known, however many they are', async () => {
    const { engine } = open()
    const shared = engine()
    await Promise.all(
      Array.from({ length: 40 }, (_, n) =>
        shared.execute('l', { type: 'Add', item: n }, { commandId: `c${n}` }),
      ),
    )
    expect(await engine().execute('l', { type: 'Add', item: 0 }, { commandId: 'c0' })).toMatchObject({
      replayed: true,
    })
    expect(await shared.execute('l', { type: 'Add', item: 39 }, { commandId: 'c39' })).toMatchObject({
      replayed: true,
    })
  })

  test('nothing of a scope is carried out after one of its commands stopped it', async () => {
    const ending = open().engine()
    const scope = commandScope()
    const sent = [
      ending.execute('l', { type: 'Stop' }, { scope }),
      ending.execute('l', { type: 'Add', item: 1 }, { scope }),
    ]
    expect(codes(await Promise.allSettled(sent))).toEqual(['replied', 'entity-stopped'])
    expect((await ending.read('l')).revision).toBe(0)
  })
})

describe('what callers hand in', () => {
  test.each([
    ['a command id that is a number', { type: 'Add', item: 1 }, { commandId: 42 as never }],
    ['a command id with half a surrogate pair', { type: 'Add', item: 1 }, { commandId: '\ud800' }],
    ['a deadline that is not a number', { type: 'Add', item: 1 }, { deadline: Number.NaN }],
    ['a command with an id that is not JSON', { type: 'Add', item: 1n as never }, { commandId: 'c1' }],
    [
      'a command with an id that holds a Date',
      { type: 'Add', item: new Date(0) as never },
      { commandId: 'c1' },
    ],
  ] as const)('%s is refused', async (_, sent, options) => {
    const { engine, store } = open()
    await expect(engine().execute('l', sent, options)).rejects.toMatchObject({ code: 'invalid-command' })
    expect(store.requests()).toBe(0)
  })

  test('a deadline that has passed: nothing is read or written', async () => {
    const { engine, platform, store } = open()
    await expect(
      engine().execute('l', { type: 'Add', item: 1 }, { deadline: platform.now() - 1 }),
    ).rejects.toMatchObject({ code: 'conflict-budget-exhausted' })
    expect(store.requests()).toBe(0)
  })

  test.each([
    [{ maxBatch: 0 }, /maxBatch must be a whole number from 1 to 1000, not 0/],
    [{ maxBatch: 1_001 }, /maxBatch/],
    [{ retry: { maxAttempts: 0 } }, /retry.maxAttempts must be above 0/],
    [{ retry: { timeoutMs: Number.NaN } }, /retry.timeoutMs/],
    [{ cache: { maxEntries: -1 } }, /cache.maxEntries must be 0 or more/],
  ])('options that cannot work are a TypeError: %o', (options, message) => {
    expect(() => open(options).engine()).toThrow(message)
  })
})

describe('a recorded reply', () => {
  test('cannot be changed by whoever got it', async () => {
    const { engine } = open()
    const shared = engine()
    const first = await shared.execute('l', { type: 'Add', item: 1 }, { commandId: 'c1' })
    const items = first.kind === 'replied' ? (first.reply.items as number[]) : []
    expect(() => items.push(2)).toThrow(TypeError)
    expect(await shared.execute('l', { type: 'Add', item: 1 }, { commandId: 'c1' })).toMatchObject({
      reply: { items: [1] },
    })
  })

  test('is the first that was told', async () => {
    const { engine } = open()
    const told: unknown[] = []
    const replyTo = { tell: (message: unknown) => void told.push(message) }
    await engine().execute('l', { type: 'AddTwice' }, { commandId: 'c1', replyTo })
    await engine().execute('l', { type: 'AddTwice' }, { commandId: 'c1', replyTo })
    expect(told).toEqual([1, 2, 1])
  })
})

describe('a warm state', () => {
  test('cannot be changed by a handler, also where onEvent froze only its top', async () => {
    const sorting = entity({
      entityType: 'list',
      initialState: { items: [] } as { items: number[] },
      onEvent: (state, event: Event) => Object.freeze({ items: [...state.items, event.item] }),
      onCommand(
        _ctx,
        state,
        sent: { type: 'Add'; item: number } | { type: 'Top' },
      ): Behavior<Event, { items: number[] }> {
        if (sent.type === 'Top') state.items.pop()
        return sent.type === 'Add'
          ? Behaviors.persisted({ events: [{ type: 'Added', item: sent.item }] })
          : Behaviors.same()
      },
    })
    const { journal, platform } = open()
    const engine = createEngine(sorting, { journal, platform })
    await engine.execute('l', { type: 'Add', item: 1 })
    await expect(engine.execute('l', { type: 'Top' })).rejects.toMatchObject({ code: 'handler-failed' })
    expect((await engine.read('l')).state).toEqual({ items: [1] })
  })

  test('that JSON cannot hold fails the command that makes it, and nothing is written', async () => {
    const dated = entity({
      entityType: 'dated',
      initialState: { at: null as Date | null, n: 0 },
      onEvent: (state: { at: Date | null; n: number }, _event: { type: 'Ticked' }) => ({
        at: new Date(0),
        n: state.n + 1,
      }),
      onCommand: (_ctx, _state, _sent: { type: 'Tick' }) =>
        Behaviors.persisted({ events: [{ type: 'Ticked' as const }] }),
    })
    const engine = createEngine(dated, {
      journal: toJournal(fourMethodJournal()),
      platform: virtualPlatform(),
    })
    await expect(engine.execute('d', { type: 'Tick' })).rejects.toMatchObject({
      code: 'not-json',
      data: { path: '/at', found: 'an instance of Date' },
    })
    expect((await engine.read('d')).revision).toBe(0)
  })
})

describe('a wrong guess that an entity is new', () => {
  test('costs a conflict and a recovery, however long the history is', async () => {
    const { engine, store } = openBank()
    const filler = engine()
    for (let n = 0; n < 300; n++) await filler.execute('a', command.deposit(1))
    const before = store.requests()
    await engine().execute('a', command.deposit(1), { expect: 'new' })
    expect(store.requests() - before).toBe(3)
  })
})

describe('damage', () => {
  async function filled() {
    const { store, engine } = openBank()
    for (let n = 1; n <= 6; n++) await engine().execute('a', command.deposit(1))
    return store
  }

  test('in the winner of a conflict: no command builds on it', async () => {
    const store = await filled()
    const [one, two] = [store, store].map((shared) => new KeyValueJournal(shared)) as [
      KeyValueJournal,
      KeyValueJournal,
    ]
    const behind = createEngine(account, { journal: one, platform: virtualPlatform() })
    const ahead = createEngine(account, { journal: two, platform: virtualPlatform() })
    await behind.execute('a', command.deposit(1))
    await ahead.execute('a', command.deposit(1))
    store.plan('append', async (call) => {
      const answer = (await call()) as { record: object }
      return { ...answer, record: { ...answer.record, e: '[{"type":"Deposited","amount":1000}]' } }
    })
    // What does not follow from the commit before is read again.
    expect(await behind.execute('a', command.deposit(1))).toMatchObject({ revision: 9 })
    expect((await ahead.read('a')).state).toEqual({ balance: 9, txCount: 9 })
  })

  test('in the oldest commit of a page is found where recovery starts from its state', async () => {
    const store = await filled()
    const altered = async (call: () => Promise<unknown>) => {
      const page = (await call()) as { commits: { revision: number; record: Record<string, unknown> }[] }
      const commits = page.commits.map(({ revision, record }, index) => {
        const { s: _s, sv: _sv, w: _w, ...bare } = record
        const oldest = index === page.commits.length - 1
        return { revision, record: oldest ? { ...record, s: '{"balance":999,"txCount":3}' } : bare }
      })
      return { ...page, commits }
    }
    // What is found corrupt once is read again.
    store.plan('recover', altered, altered)
    const reader = createEngine(account, { journal: new KeyValueJournal(store), platform: virtualPlatform() })
    await expect(reader.read('a')).rejects.toMatchObject({ code: 'journal-corrupt' })
  })
})

describe('a journal with just the four methods', () => {
  test('has a snapshot ahead of its events ignored', async () => {
    const journal = fourMethodJournal()
    const engine = () => createEngine(account, { journal: toJournal(journal), platform: virtualPlatform() })
    const key = { entityType: 'account', entityId: 'a' }
    await engine().execute('a', command.deposit(1))
    await journal.saveSnapshot(key, { sequenceNr: 4, state: { balance: 999, txCount: 4 }, timestamp: 0 })
    expect((await engine().read('a')).state).toEqual({ balance: 1, txCount: 1 })
    expect(await engine().execute('a', command.deposit(1))).toMatchObject({ revision: 2 })
  })

  test('counts events of another program after a commit of several events', async () => {
    const journal = fourMethodJournal()
    const engine = () => createEngine(list, { journal: toJournal(journal), platform: virtualPlatform() })
    const shared = engine()
    await Promise.all([1, 2].map((item) => shared.execute('l', { type: 'Add', item })))
    await journal.persist({ entityType: 'list', entityId: 'l' }, [
      { sequenceNr: 3, event: { type: 'Added', item: 3 }, timestamp: 0 },
    ])
    expect(await engine().execute('l', { type: 'Add', item: 4 })).toMatchObject({ revision: 3 })
    expect((await engine().read('l')).state).toEqual({ items: [1, 2, 3, 4] })
  })
})
