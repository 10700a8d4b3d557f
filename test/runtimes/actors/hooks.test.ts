import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { actorBench } from '../../helpers/actors.ts'

const broken: Record<string, () => unknown> = {
  throws: () => {
    throw new Error('hook')
  },
  rejects: async () => {
    throw new Error('hook')
  },
  'rejects later': () => new Promise((_, reject) => setImmediate(() => reject(new Error('hook')))),
  'returns a thenable that throws': () => ({
    // oxlint-disable-next-line unicorn/no-thenable -- that is the case
    then() {
      throw new Error('hook')
    },
  }),
  'returns an object whose `then` cannot be read': () =>
    // oxlint-disable-next-line unicorn/no-thenable -- that is the case
    Object.defineProperty({}, 'then', {
      get() {
        throw new Error('hook')
      },
    }),
}

const unhandled: unknown[] = []
const note = (reason: unknown) => void unhandled.push(reason)

beforeEach(() => {
  unhandled.length = 0
  process.on('unhandledRejection', note)
  vi.spyOn(console, 'error').mockImplementation(() => {})
})

afterEach(() => {
  process.off('unhandledRejection', note)
  vi.restoreAllMocks()
})

async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve))
}

describe.for(Object.entries(broken))('a hook that %s', ([, hook]) => {
  test('as onFailure ends nothing, and its failure is written to stderr instead', async () => {
    const { system, ticker } = actorBench()
    await using actors = system({ supervision: { onFailure: hook } })
    const ref = actors.spawn(ticker(), 't')
    ref.tell({ type: 'Tick', n: -1 })
    expect(await actors.ask(ref, { type: 'Tick', n: 1 }, 1_000)).toBe(1)
    await settled()
    expect(unhandled).toEqual([])
    expect(vi.mocked(console.error).mock.calls.map(([line]) => line)).toEqual([
      'tailfold: supervision.onFailure failed; this was its failure:',
      expect.stringMatching(/^tailfold: ticker\/t: handler-failed: .* The actor restarts from its journal/),
    ])
  })

  test('as replyTo.tell changes no outcome', async () => {
    const { system, ticker, failures, committed } = actorBench()
    await using actors = system()
    const ref = actors.spawn(ticker(), 't')
    ref.tell({ type: 'Tick', n: 1, replyTo: { tell: hook } })
    expect(await actors.ask(ref, { type: 'Tick', n: 2 }, 1_000)).toBe(2)
    await settled()
    expect([unhandled, failures, await committed()]).toEqual([[], [], [1, 2]])
  })
})

const cyclic: Record<string, unknown> = { type: 'Tick' }
cyclic['self'] = cyclic
const notCommands: Record<string, unknown> = {
  null: null,
  undefined,
  'a text': 'x',
  'a number': 1,
  NaN: Number.NaN,
  'an empty object': {},
  'an array': [],
  'a number as type': { type: 1 },
  'a function': () => {},
  'a Date': new Date(0),
  'a Map': new Map(),
  'an object whose type cannot be read': Object.defineProperty({}, 'type', {
    enumerable: true,
    get() {
      throw new Error('hostile')
    },
  }),
}

describe('what is not a command', () => {
  test.for(Object.entries(notCommands))('is invalid-command: %s', async ([, command]) => {
    const { system, ticker, failures, committed } = actorBench()
    await using actors = system()
    const ref = actors.spawn(ticker(), 't')
    ref.tell(command as never)
    actors.tell(ref, command as never)
    await expect(actors.ask(ref, command as never, 1_000)).rejects.toMatchObject({ code: 'invalid-command' })
    expect(failures).toMatchObject([
      { error: { code: 'invalid-command' }, decision: 'resumed' },
      { error: { code: 'invalid-command' }, decision: 'resumed' },
    ])
    await settled()
    expect([unhandled, await committed()]).toEqual([[], []])
  })

  test.for([null, 'here', 1, {}, { tell: 'x' }, []])('nor is one with a replyTo of %o', async (replyTo) => {
    const { system, ticker, failures, committed } = actorBench()
    await using actors = system()
    const ref = actors.spawn(ticker(), 't')
    const command = { type: 'Tick', n: 1, replyTo } as never
    ref.tell(command)
    await expect(actors.ask(ref, command, 1_000)).rejects.toMatchObject({
      code: 'invalid-command',
      message: expect.stringContaining('`replyTo`'),
    })
    expect(failures).toMatchObject([{ error: { code: 'invalid-command' } }])
    expect(await committed()).toEqual([])
  })

  test('a cyclic command with a command id is invalid-command', async () => {
    const { system, ticker } = actorBench()
    await using actors = system()
    const ref = actors.spawn(ticker(), 't')
    await expect(
      actors.ask(ref, cyclic as never, { timeoutMs: 1_000, commandId: 'c' }),
    ).rejects.toMatchObject({ code: 'invalid-command' })
  })

  test.for([1, '', null, {}, 'x'.repeat(257), '\ud800'])(
    'a command id of %o is invalid-command',
    async (commandId) => {
      const { system, ticker } = actorBench()
      await using actors = system()
      const ref = actors.spawn(ticker(), 't')
      const options = { timeoutMs: 1_000, commandId } as never
      await expect(actors.ask(ref, { type: 'Tick', n: 1 }, options)).rejects.toMatchObject({
        code: 'invalid-command',
      })
    },
  )
})

test('what a sender changes after tell does not arrive', async () => {
  const { system, ticker, committed } = actorBench()
  await using actors = system()
  const ref = actors.spawn(ticker(), 't')
  const command = { type: 'Tick' as const, n: 1 }
  ref.tell(command)
  command.n = 2
  ref.tell(command)
  await actors.stop()
  expect([await committed(), command]).toEqual([[1, 2], { type: 'Tick', n: 2 }])
})
