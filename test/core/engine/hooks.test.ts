import {
  type CommandObserver,
  createEngine,
  type EngineOptions,
  InMemoryJournal,
  memoryStore,
  KeyValueJournal,
  type SnapshotPolicy,
} from 'tailfold'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { account } from '../../../functions/bank/account.ts'
import { virtualPlatform } from '../../../src/testing/virtual-platform.ts'
import { command } from '../../helpers/bank.ts'
import { after, faultyStore } from '../../helpers/faulty-store.ts'
import { rejectionOf } from '../../helpers/thrown.ts'

const id = 'acc-001'

/** What would have ended the process. */
let escaped: unknown[] = []
const note = (error: unknown) => void escaped.push(error)
let others: NodeJS.UnhandledRejectionListener[] = []

beforeEach(() => {
  escaped = []
  others = process.listeners('unhandledRejection')
  process.removeAllListeners('unhandledRejection')
  process.on('unhandledRejection', note)
})

afterEach(async () => {
  // Node.js reports them when the queue of promises is empty.
  await new Promise((resolve) => setTimeout(resolve, 5))
  process.off('unhandledRejection', note)
  for (const other of others) process.on('unhandledRejection', other)
  if (escaped.length > 0) throw new Error('An error escaped.', { cause: escaped[0] })
})

/** All the ways in which a function of the user may fail. */
const failures: [string, () => unknown][] = [
  [
    'throws',
    () => {
      throw new Error('at once')
    },
  ],
  ['rejects', () => Promise.reject(new Error('at once, as a promise'))],
  [
    'rejects later',
    async () => {
      await Promise.resolve()
      throw new Error('later')
    },
  ],
  [
    'returns a thenable that throws',
    () => ({
      // oxlint-disable-next-line unicorn/no-thenable -- a promise of another library
      then() {
        throw new Error('then')
      },
    }),
  ],
  [
    'throws what is no error',
    () => {
      // oxlint-disable-next-line typescript/only-throw-error -- user code may
      throw undefined
    },
  ],
]

function open(options: Partial<EngineOptions> = {}, snapshotPolicy?: SnapshotPolicy) {
  const warnings: string[] = []
  const onWarning = (message: string) => void warnings.push(message)
  const definition = snapshotPolicy === undefined ? account : { ...account, snapshotPolicy }
  const engine = createEngine(definition, {
    journal: new InMemoryJournal({ inlineState: false }),
    platform: virtualPlatform(),
    onWarning,
    ...options,
  })
  return { engine, warnings }
}

/** A command that is carried out, one that is rejected and one that fails. */
async function useAll(engine: ReturnType<typeof open>['engine'], replyTo = { tell: () => {} }) {
  const options = { replyTo }
  expect(await engine.execute(id, command.deposit(5), options)).toMatchObject({
    kind: 'replied',
    revision: 1,
  })
  expect(await engine.execute(id, command.getBalance, options)).toMatchObject({ reply: { balance: 5 } })
  expect(await engine.execute(id, command.withdraw(50), options)).toMatchObject({ kind: 'rejected' })
  expect(await rejectionOf(engine.execute(id, { type: 'Nope' } as never, options))).toMatchObject({
    code: 'unhandled-command',
  })
  await engine.idle()
}

describe.each(failures)('a hook that %s changes no outcome and does not end the process', (_, fail) => {
  test('an observer, at the start', async () => {
    const { engine, warnings } = open({ observers: [fail as unknown as CommandObserver] })
    await useAll(engine)
    expect(new Set(warnings)).toEqual(new Set(['An observer failed; the command is not affected.']))
  })

  test('an observer, at the end', async () => {
    const { engine, warnings } = open({ observers: [() => fail as () => void] })
    await useAll(engine)
    expect(warnings).toHaveLength(4)
  })

  test('onWarning', async () => {
    const { engine } = open({
      observers: [fail as unknown as CommandObserver],
      onWarning: fail as () => void,
    })
    await useAll(engine)
    expect((await engine.read(id)).revision).toBe(1)
  })

  test('replyTo.tell', async () => {
    const { engine, warnings } = open()
    await useAll(engine, { tell: fail as () => void })
    expect(warnings).toEqual([expect.stringContaining('replyTo of a command')])
  })

  test('a snapshot policy: no snapshot, one warning', async () => {
    const { engine, warnings } = open({}, fail as unknown as SnapshotPolicy)
    await useAll(engine)
    await engine.execute(id, command.deposit(1))
    expect(warnings).toEqual([expect.stringContaining('snapshotPolicy of account failed')])
  })
})

test.each([
  ['a promise of true', async () => true],
  ['a text', () => 'yes'],
  ['one', () => 1],
])('a snapshot policy that returns %s saves nothing', async (_, policy) => {
  const store = faultyStore(memoryStore())
  const journal = new KeyValueJournal(store, { inlineState: false })
  const { engine, warnings } = open({ journal }, policy as never)
  for (let n = 0; n < 3; n++) await engine.execute(id, command.deposit(1))
  await engine.idle()
  expect(store.calls.saveSnapshot).toBe(0)
  expect(warnings).toHaveLength(1)
})

test.each([1.5, Number.NaN, 0, -1, '5', null, Number.POSITIVE_INFINITY])(
  'dedupeForSeconds of %s is a mistake found at construction, not with each command',
  (dedupeForSeconds) => {
    expect(() => createEngine({ ...account, dedupeForSeconds } as never, {} as never)).toThrow(TypeError)
    const options = { journal: new InMemoryJournal(), platform: virtualPlatform() }
    expect(() => createEngine({ ...account, dedupeForSeconds } as never, options)).toThrow(
      /dedupeForSeconds of account/,
    )
  },
)

describe('forget', () => {
  test.each(['append', 'recover'] as const)(
    'during a command, at its %s, is not undone by it',
    async (operation) => {
      const store = faultyStore(memoryStore())
      const { engine } = open({ journal: new KeyValueJournal(store) })
      store.plan(
        operation,
        after(async () => engine.forget(id)),
      )
      await engine.execute(id, command.deposit(1))
      const before = store.calls.recover
      await engine.execute(id, command.deposit(1))
      expect(store.calls.recover).toBe(before + 1)
      // That one is kept again.
      await engine.execute(id, command.deposit(1))
      expect(store.calls.recover).toBe(before + 1)
    },
  )

  test('during a read is not undone by it', async () => {
    const store = faultyStore(memoryStore())
    const { engine } = open({ journal: new KeyValueJournal(store) })
    await open({ journal: new KeyValueJournal(store) }).engine.execute(id, command.deposit(1))
    store.plan(
      'recover',
      after(async () => engine.forget(id)),
    )
    await engine.read(id)
    const before = store.calls.recover
    await engine.read(id)
    expect(store.calls.recover).toBe(before + 1)
  })

  test('of other entities, however many, keeps the view', async () => {
    const store = faultyStore(memoryStore())
    const { engine } = open({ journal: new KeyValueJournal(store) })
    await engine.execute(id, command.deposit(1))
    for (let n = 0; n < 3_000; n++) engine.forget(`other-${n}`)
    const before = store.requests()
    await engine.execute(id, command.deposit(1))
    expect(store.requests()).toBe(before + 1)
  })
})
