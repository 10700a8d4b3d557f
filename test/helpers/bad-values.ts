import { runInNewContext } from 'node:vm'
import { isTailfoldError } from 'tailfold'

class Custom {
  readonly field = 1
}

const cyclic: Record<string, unknown> = {}
cyclic['self'] = cyclic

/** Values that are wrong nearly everywhere. */
export const bad = {
  null: null,
  undefined,
  true: true,
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  'minus one': -1,
  'a fraction': 1.5,
  'a bigint': 1n,
  'a symbol': Symbol('s'),
  'an empty text': '',
  'a huge text': 'x'.repeat(5_000_000),
  'half a surrogate pair': '\ud800',
  'an array': [],
  'an object': {},
  'an object without a prototype': Object.create(null) as unknown,
  'a Date': new Date(0),
  'a Map': new Map(),
  'a class instance': new Custom(),
  'an object of another realm': runInNewContext('({ a: 1 })') as unknown,
  'a cycle': cyclic,
  'a function': () => {},
} as const

/** What a value is called in a title. */
export type BadName = keyof typeof bad
/** A call with a bad value, what its error names, and the values that are no mistake there. */
export type Call = readonly [
  name: string,
  call: (value: never) => unknown,
  names: RegExp,
  fine?: readonly BadName[],
]

/** Values that pass for an object of options. */
export const objects: readonly BadName[] = [
  'an object',
  'an object without a prototype',
  'a Date',
  'a Map',
  'a class instance',
  'an object of another realm',
  'a cycle',
]
/** The value that stands for a default. */
export const optional: readonly BadName[] = ['undefined']

/** Each call with each value that is a mistake there. */
export const cases = (calls: readonly Call[]) =>
  calls.flatMap(([name, call, names, fine = []]) =>
    (Object.keys(bad) as BadName[])
      .filter((each) => !fine.includes(each))
      .map((each) => ({ name, value: each, call, names })),
  )

/** What a call throws or rejects with, or what it returns. */
export async function outcomeOf(
  run: () => unknown,
): Promise<{ readonly error?: unknown; readonly value?: unknown }> {
  try {
    return { value: await run() }
  } catch (error) {
    return { error }
  }
}

/** Throws unless a call was refused by a typed error that names its argument. */
export async function expectRefusal({ call, value, names }: ReturnType<typeof cases>[number]): Promise<void> {
  const { error } = await outcomeOf(() => call(bad[value] as never))
  const { message = '' } = (error ?? {}) as Partial<Error>
  // Not one of the engine of JavaScript, which names no argument.
  const isBare = /Cannot (read|convert|destructure|use)|is not (a function|iterable|an object)/.test(message)
  const isTyped = isTailfoldError(error) || error instanceof TypeError
  if (isTyped && names.test(message) && !isBare && message.length < 1_000) return
  throw new Error(`Expected a typed error that names the argument; got ${message.slice(0, 1_000)}`, {
    cause: error,
  })
}
