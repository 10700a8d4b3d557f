import { runInNewContext } from 'node:vm'
import { Behaviors, createEngine, entity, type Journal, memoryStore, snapshotEvery } from 'tailfold'
import { keyValueJournal, toJournal } from 'tailfold/store'
import { describe, expect, test } from 'vitest'
import { virtualPlatform } from '../../../src/testing/virtual-platform.ts'
import { fourMethodJournal } from '../../helpers/four-method-journal.ts'
import { rejectionOf } from '../../helpers/thrown.ts'

type State = Readonly<Record<string, unknown>>
type Added = { type: 'Added'; n: number }
type Command = { type: 'Add'; n: number } | { type: 'Look' }

/** An entity whose states are what a function makes of the one before. */
function shaped(next: (state: State, n: number) => unknown, nEvents = 1_000_000) {
  return entity({
    entityType: 'shape',
    initialState: {} as State,
    snapshotPolicy: snapshotEvery({ nEvents }),
    onEvent: (state, { n }: Added) => next(state, n) as State,
    onCommand: (_ctx, _state, sent: Command) =>
      sent.type === 'Look'
        ? Behaviors.same()
        : Behaviors.persisted({ events: [{ type: 'Added', n: sent.n } as Added] }),
  })
}

/** The states that a command may be decided on, by how they came to be. */
async function statesOf(next: (state: State, n: number) => unknown, journal: Journal, count: number) {
  const platform = virtualPlatform()
  const engine = (nEvents?: number, snapshot: 'use' | 'ignore' = 'use') =>
    createEngine(shaped(next, nEvents), { journal, platform, snapshot })
  const warm = engine()
  for (let n = 1; n <= count; n++) await warm.execute('s', { type: 'Add', n })
  const stateIn = async (process: typeof warm) => (await process.read('s')).state
  const states = { warm: await stateIn(warm), stored: await stateIn(engine()) }
  const saving = engine(1)
  await saving.execute('s', { type: 'Look' })
  await saving.idle()
  return { ...states, snapshot: await stateIn(engine()), folded: await stateIn(engine(undefined, 'ignore')) }
}

const padding = 'x'.repeat(5_000)
const shapes: [string, (state: State, n: number) => unknown][] = [
  ['undefined properties', (state, n) => ({ ...state, [`k${n}`]: n % 2 ? n : undefined })],
  [
    'defaults of missing properties',
    (state, n) => Object.assign({ discount: 0 }, state, { discount: undefined, n }),
  ],
  ['negative zero', (state, n) => ({ ...state, zero: -0, list: [-0, n] })],
  [
    'keys in the order they came',
    (_state, n) => ({ z: n, 10: 'ten', a: 1, 2: 'two', undefined: undefined, m: 0 }),
  ],
  [
    'keys that move to the end',
    (state, n) => {
      const { first, ...rest } = state
      return { ...rest, [`k${n}`]: n, first: first ?? 'x' }
    },
  ],
  ['a key named __proto__', (_state, n) => JSON.parse(`{"__proto__":{"n":${n}},"b":1}`) as unknown],
  [
    'getters',
    (_state, n) => ({
      get half() {
        return n / 2
      },
    }),
  ],
  [
    'plain objects of another realm',
    (_state, n) => runInNewContext(`({ list: [{ n: ${n} }], at: { n: ${n} } })`) as unknown,
  ],
  ['objects without a prototype', (_state, n) => Object.assign(Object.create(null) as object, { n })],
  ['shared parts', (state, n) => ({ before: state['now'] ?? null, now: { n }, again: state['now'] ?? null })],
  [
    'numbers at the edges',
    (_state, n) => ({ n: Number.MAX_VALUE, m: Number.MIN_VALUE, e: 1e21, i: 2 ** 53 + n }),
  ],
  ['text of every kind', (_state, n) => ({ text: `\ud800 \u2028 "\\ \u0000 ${n} \u{1f600}` })],
]

describe.each([
  ['riding', () => keyValueJournal(memoryStore())],
  ['not riding', () => keyValueJournal(memoryStore(), { inlineState: false })],
  ['in a journal of four methods', () => toJournal(fourMethodJournal())],
] as const)('a state that is warm, stored, in a snapshot or folded is the same: %s', (_, journal) => {
  test.each(shapes)('%s', async (_name, next) => {
    for (const grown of [
      next,
      (state: State, n: number) => Object.assign(next(state, n) as object, { padding }),
    ]) {
      const { warm, stored, snapshot, folded } = await statesOf(grown, journal(), 5)
      expect(stored).toStrictEqual(warm)
      expect(snapshot).toStrictEqual(warm)
      expect(folded).toStrictEqual(warm)
      for (const each of [stored, snapshot, folded]) expect(JSON.stringify(each)).toBe(JSON.stringify(warm))
      expect(Object.isFrozen(warm)).toBe(true)
    }
  })
})

class Money {
  readonly amount = 1
}

const holes = () => {
  const list: unknown[] = [1]
  list[2] = 3
  return list
}

describe('a state that JSON cannot hold fails its command, whatever its size, and nothing is written', () => {
  test.each([
    ['a Date', () => new Date(0), '/deep/0/at', 'an instance of Date'],
    ['a Map', () => new Map(), '/deep/0/at', 'an instance of Map'],
    ['a Set', () => new Set(), '/deep/0/at', 'an instance of Set'],
    ['a class instance', () => new Money(), '/deep/0/at', 'an instance of Money'],
    ['a boxed number', () => Object(5) as unknown, '/deep/0/at', 'an instance of Number'],
    ['NaN', () => Number.NaN, '/deep/0/at', 'NaN'],
    ['Infinity', () => Number.NEGATIVE_INFINITY, '/deep/0/at', '-Infinity'],
    ['a bigint', () => 1n, '/deep/0/at', 'a bigint'],
    ['a symbol', () => Symbol('s'), '/deep/0/at', 'a symbol'],
    ['a function', () => () => 1, '/deep/0/at', 'a function'],
    ['a hole', holes, '/deep/0/at/1', 'undefined'],
    ['undefined in a list', () => [undefined], '/deep/0/at/0', 'undefined'],
    ['a symbol as key', () => ({ [Symbol('s')]: 1 }), '/deep/0/at', 'an object with a symbol as key'],
    [
      'a list with a property',
      () => Object.assign([1], { a: 1 }),
      '/deep/0/at',
      'an array with properties of its own',
    ],
    [
      'a list with a symbol',
      () => Object.assign([1], { [Symbol('s')]: 1 }),
      '/deep/0/at',
      'an array with properties of its own',
    ],
    [
      'a Date of another realm',
      () => runInNewContext('new Date(0)') as unknown,
      '/deep/0/at',
      'an instance of Date',
    ],
    ['typed arrays', () => new Uint8Array(2), '/deep/0/at', 'an instance of Uint8Array'],
  ])('%s', async (_, make, path, found) => {
    for (const pad of ['', padding]) {
      const store = memoryStore()
      const next = (state: State, n: number) => ({ ...state, pad, n, deep: n === 2 ? [{ at: make() }] : [] })
      const engine = createEngine(shaped(next), {
        journal: keyValueJournal(store),
        platform: virtualPlatform(),
      })
      await engine.execute('s', { type: 'Add', n: 1 })
      const error = await rejectionOf(engine.execute('s', { type: 'Add', n: 2 }))
      expect(error).toMatchObject({ code: 'not-json', data: { path, found } })
      expect(await engine.execute('s', { type: 'Add', n: 3 })).toMatchObject({ revision: 2 })
    }
  })
})
