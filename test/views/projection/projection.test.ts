import { memoryRows } from 'tailfold'
import { createConsumers } from 'tailfold/consumers'
import { projection, readViews } from 'tailfold/views'
import { describe, expect, test } from 'vitest'
import { days, shop, shops } from './sales.ts'

const valid = {
  name: 'sales',
  from: shop,
  initialRow: { n: 0 },
  key: () => 'all',
  on: { Sold: ({ n }: { n: number }) => ({ n: n + 1 }) },
}

/** What makes a definition wrong, and what is said of it. */
const wrong: readonly (readonly [string, unknown, string])[] = [
  ['is nothing', undefined, 'name'],
  ['is a text', 'x', 'projection needs an object of options'],
  ['has no name', { name: '' }, 'Projection name "" is not valid'],
  ['has a name with a slash', { name: 'a/b' }, 'Projection name "a/b" is not valid'],
  ['has version 0', { version: 0 }, 'The version of projection sales must be a whole number from 1 on.'],
  ['has no entities', { from: [] }, 'from of projection sales'],
  ['lacks from', { from: undefined }, 'from of projection sales'],
  ['has a key that is a text', { key: 'all' }, 'key of projection sales must be a function.'],
  ['has no initial row', { initialRow: undefined }, 'initialRow of projection sales must be an object.'],
  ['has a list as initial row', { initialRow: [] }, 'initialRow of projection sales must be an object.'],
  [
    'has an initial row that is no JSON',
    { initialRow: { n: new Date() } },
    'initialRow of projection sales must be JSON',
  ],
  ['has no folds', { on: {} }, 'on of projection sales'],
  ['has a fold that is none', { on: { Sold: 1 } }, 'on.Sold of projection sales must be a function.'],
  ['has spread 0', { spread: 0 }, 'spread of projection sales must be a whole number from 1 to 64.'],
  ['has spread 65', { spread: 65, merge: () => ({ n: 0 }) }, 'spread of projection sales must be'],
  ['has spread without merge', { spread: 8 }, 'merge of projection sales is missing'],
  ['has a merge that is none', { merge: {} }, 'merge of projection sales must be a function.'],
  [
    'has spread and indexes',
    { spread: 2, merge: () => ({ n: 0 }), indexes: { byN: { by: (): number => 1 } } },
    'indexes of projection sales cannot be kept with spread',
  ],
  ['has an index without by', { indexes: { byN: {} } }, 'Index byN of projection sales needs a function by.'],
  [
    'has four indexes',
    { indexes: Object.fromEntries(['a', 'b', 'c', 'd'].map((name) => [name, { by: (): number => 1 }])) },
    'Projection sales has 4 indexes; at most 3 are possible.',
  ],
]

describe('a definition', () => {
  test.for(wrong)('that %s is a TypeError that names it', ([, change, says]) => {
    const definition = typeof change === 'object' ? { ...valid, ...change } : change
    expect(() => projection(definition as never)).toThrow(expect.objectContaining({ name: 'TypeError' }))
    expect(() => projection(definition as never)).toThrow(says)
  })

  test('names version 1, and shows in its shape what its rows depend on', () => {
    const { id, shape } = projection({ ...valid, spread: 4, merge: (one, { n }) => ({ n: one.n + n }) })
    expect(id).toBe('sales@1')
    expect(shape).toBe('rows, each in 4 parts, by Sold of shop with the indexes none')
    expect(days.shape).toBe(
      'rows by Counted, Returned, Sold of counter, shop with the indexes bySize (sorted)',
    )
  })
})

test('two projections of one name are refused, by consumers and by readers', () => {
  const { journal } = shops()
  const twice = [days, days]
  expect(() => createConsumers({ journal, rows: memoryRows(), consumers: twice })).toThrow(
    'Two consumers are named days@1.',
  )
  expect(() => readViews({ journal, rows: memoryRows(), views: twice })).toThrow(
    'Two views are named days, version 1: rename one, or raise its version.',
  )
})
